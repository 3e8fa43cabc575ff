"""Multiply the rows of a step when the step comes, where the products of all steps are a large array.

A recurrent network's inputs are known before its first step, so that it is usual to multiply them by
their weights all at once, ``dot(x, W) + b``. With few inputs to a unit that is less work than it is to
write the result, which is too large for the cache, and to read it again. Then the step itself
multiplies, and adds the product of the states where it lies.
"""

import math

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scalar.basic import Add
from pytensor.scan.op import Scan
from pytensor.scan.utils import ScanArgs
from pytensor.tensor.basic import alloc
from pytensor.tensor.blas import Dot22
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import dot
from pytensor.tensor.shape import Reshape

from symgen.rewrites.keep_products import rebuild, replace_in_step

# After the BLAS's rewrites, at 1.7, and before elementwise Ops are fused.
POSITION = 2.8

# By measurement, float32: bytes of all products from which they pay, rows of a step from which they
# are multiplied at about the speed of many rows, inputs to a unit up to which it is not slower.
_LARGE, _ROWS, _INPUTS = 1 << 21, 32, 64


@node_rewriter([Scan])
def multiply_in_steps(fgraph, node):
    """Let a step read the left factor, where it read the product."""
    found = {
        position: product
        for position, sequence in enumerate(node.op.outer_seqs(node.inputs), start=1)
        if (product := _product_of_steps(fgraph, sequence)) is not None
    }
    if not found:
        return None
    args = ScanArgs.from_node(node, clone=True)
    for position, (x, w, b) in found.items():
        row = args.inner_in_seqs[position - 1]
        x_now, w_now = x[0].type(), w.type()
        args.outer_in_seqs[position - 1], args.inner_in_seqs[position - 1] = x, x_now
        outer, inner, now = [w], [w_now], dot(x_now, w_now)
        if b is not None:
            outer.append(alloc(b, *row.type.shape))
            inner.append(outer[1].type())
            now = inner[1] + now
        args.outer_in_non_seqs += outer
        args.inner_in_non_seqs += inner
        replace_in_step(args, {row: row.type.filter_variable(now, allow_convert=True)})
    return rebuild(node, args)


def _product_of_steps(fgraph, sequence):
    """``(x, w, b)`` of ``sequence = reshape(dot(rows(x), w) + b)``, b perhaps None; else None.

    x has the shape (steps, rows, inputs).
    """
    sums, shape = _only(fgraph, sequence, Reshape), sequence.type.shape
    if sums is None or len(shape) != 3 or None in shape or sequence.type.dtype != "float32":
        return None
    product, b = sums.inputs[0], None
    added = _only(fgraph, product, Elemwise)
    if added is not None and isinstance(added.op.scalar_op, Add) and len(added.inputs) == 2:
        product, b = sorted(added.inputs, key=lambda term: term.type.broadcastable[0])
        if not b.type.broadcastable[0] or b.type.shape[1] != shape[2]:
            return None
    factors = _only(fgraph, product, Dot22)
    if factors is None:
        return None
    rows, w = factors.inputs
    if rows.owner is None or not isinstance(rows.owner.op, Reshape):
        return None
    x = rows.owner.inputs[0]
    if x.type.ndim != 3 or x.type.shape[:2] != shape[:2] or x.type.shape[2] != rows.type.shape[1]:
        return None
    inputs = x.type.shape[2]
    if inputs is None or w.type.shape not in ((inputs, shape[2]), (None, shape[2])):
        return None
    pays = 4 * math.prod(shape) >= _LARGE and shape[1] >= _ROWS and inputs <= _INPUTS
    return (x, w, b) if pays else None


def _only(fgraph, variable, kind):
    """The node of this kind that makes a variable which is read once; None for all else."""
    made = variable.owner is not None and isinstance(variable.owner.op, kind)
    return variable.owner if made and len(fgraph.clients[variable]) == 1 else None


multiply_in_steps_everywhere = out2in(multiply_in_steps, name="multiply_in_steps")
