"""Lay out transposed arrays once, and by blocks, where NumPy would copy them or a BLAS would each time.

A product with few rows by a matrix whose rows are not contiguous, ``dot(h, W.T)`` with ``W.T`` the
same at each step, costs a BLAS nearly twice as much as one by a contiguous matrix: it lays the
matrix out anew each time. What is reshaped from a transposed array, or convolved, is copied too, by NumPy at
a line of the cache for each number, and by each convolution for itself. An elementwise Op that works in place of
it hands the transposed array on, to the steps of a scan for example.
"""

import math

from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scan.op import Scan
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.shape import Reshape

from symgen.ops.contiguous import MOST_AXES, transposed_to_rows
from symgen.ops.conv import Conv, ConvGradInputs, ConvGradWeights

# A copy of the matrix costs about as much as a product with twenty rows.
_FEWEST_STEPS = 4
# Numbers, from where on a copy by blocks is quicker than loops that are not along the memory.
_LARGE = 1 << 13


@node_rewriter([Scan])
def copy_transposed_matrices(fgraph, node):
    """Make contiguous what a scan multiplies by, or takes rows of, at each step and gets as a transposed view."""
    steps = node.inputs[0]
    if isinstance(steps, Constant) and int(steps.data) < _FEWEST_STEPS:
        return None
    inner = node.op.inner_non_seqs(node.op.inner_inputs)
    first = len(node.inputs) - len(inner)
    inputs = list(node.inputs)
    for position, variable in enumerate(inner, first):
        if _is_transposed(inputs[position]) and _is_read_in_rows(node.op.fgraph, variable):
            inputs[position] = transposed_to_rows(inputs[position])
    if inputs == list(node.inputs):
        return None
    return node.op.make_node(*inputs).outputs


def _is_transposed(variable):
    """Whether its axes are another array's in another order."""
    op = None if variable.owner is None else variable.owner.op
    if not isinstance(op, DimShuffle) or variable.type.ndim > MOST_AXES:
        return False
    order = list(op.new_order)
    return variable.type.dtype in ("float32", "float64") and sorted(map(str, order)) == [
        str(axis) for axis in range(op.input_ndim)
    ] != list(map(str, order))


def _is_read_in_rows(fgraph, variable):
    """Whether a matrix is a factor of a product in a graph, whatever the product's Op, or rows are taken of it."""
    names = ("Dot", "Gemm", "AdvancedSubtensor")
    return any(type(client.op).__name__.startswith(names) for client, _ in fgraph.clients[variable])


@node_rewriter([Reshape])
def copy_transposed_before_reshaping(fgraph, node):
    """Make a transposed array contiguous before a reshape, which copies it anyway."""
    x, shape = node.inputs
    if not _is_transposed(x):
        return None
    return node.op.make_node(transposed_to_rows(x), shape).outputs


@node_rewriter([Conv, ConvGradInputs, ConvGradWeights])
def copy_transposed_before_convolving(fgraph, node):
    """The same before convolutions; copies for both gradients are merged into one."""
    inputs = [transposed_to_rows(x) if _is_transposed(x) else x for x in node.inputs]
    if inputs == list(node.inputs):
        return None
    return node.op.make_node(*inputs).outputs


@node_rewriter([Elemwise])
def copy_transposed_before_elementwise(fgraph, node):
    """The same for large arrays before elementwise Ops, whose loops, and what reads their result, step far."""
    inputs = [
        transposed_to_rows(x) if _is_transposed(x) and _is_large(x) else x for x in node.inputs
    ]
    if inputs == list(node.inputs):
        return None
    return node.op.make_node(*inputs).outputs


def _is_large(variable):
    """Whether it has many numbers, by the lengths that are known, along more axes than a loop exchanges."""
    known = [length for length in variable.type.shape if length is not None]
    return variable.type.ndim > 2 and math.prod(known) >= _LARGE


copy_before_reshaping = out2in(copy_transposed_before_reshaping, name="copy_before_reshaping")
copy_before_convolving = out2in(copy_transposed_before_convolving, name="copy_before_convolving")
copy_before_elementwise = out2in(copy_transposed_before_elementwise, name="copy_before_elementwise")
copy_transposed_matrices_once = out2in(copy_transposed_matrices, name="copy_transposed_matrices")
