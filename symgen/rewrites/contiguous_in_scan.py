"""Lay out a transposed matrix once for all steps of a scan that multiply by it.

A product with few rows by a matrix whose rows are not contiguous, ``dot(h, W.T)`` with ``W.T`` the
same at each step, costs a BLAS nearly twice as much as one by a contiguous matrix: it lays the
matrix out anew each time. What a scan goes through row by row, reshaped from a transposed matrix, is copied
too, by NumPy at a line of the cache for each number.
"""

from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scan.op import Scan
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.shape import Reshape

from symgen.ops.contiguous import transposed_to_rows

# A copy of the matrix costs about as much as a product with twenty rows.
_FEWEST_STEPS = 4


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
    op = None if variable.owner is None else variable.owner.op
    return isinstance(op, DimShuffle) and tuple(op.new_order) == (1, 0)


def _is_read_in_rows(fgraph, variable):
    """Whether a matrix is a factor of a product in a graph, whatever the product's Op, or rows are taken of it."""
    names = ("Dot", "Gemm", "AdvancedSubtensor")
    return any(type(client.op).__name__.startswith(names) for client, _ in fgraph.clients[variable])


@node_rewriter([Reshape])
def copy_transposed_before_reshaping(fgraph, node):
    """Make a transposed matrix contiguous before a reshape, which copies it anyway."""
    x, shape = node.inputs
    if not _is_transposed(x) or x.type.dtype not in ("float32", "float64"):
        return None
    return node.op.make_node(transposed_to_rows(x), shape).outputs


copy_before_reshaping = out2in(copy_transposed_before_reshaping, name="copy_before_reshaping")
copy_transposed_matrices_once = out2in(copy_transposed_matrices, name="copy_transposed_matrices")
