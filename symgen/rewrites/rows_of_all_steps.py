"""Flatten the steps of a scan into rows first and transpose then, not the other way round.

The gradient of a scan's weights is one product for all steps, ``dot(A, D)`` with A of shape
``(units, steps * batch)``. PyTensor makes A by moving the units of ``(steps, batch, units)`` to the
front and reshaping, which copies every number apart from its neighbours. Reshaped to
``(steps * batch, units)`` and then transposed whole rows are copied, or nothing is: a BLAS takes a
transposed matrix as it is.
"""

from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.shape import Reshape

# After specialisation, at 2, and while shapes are still known, until 10.
POSITION = 2.6


@node_rewriter([Reshape])
def flatten_then_transpose(fgraph, node):
    """``x.transpose(2, 0, 1).reshape((units, -1))`` becomes ``x.reshape((-1, units)).T``."""
    moved, shape = node.inputs
    out = node.outputs[0]
    if out.type.ndim != 2 or moved.owner is None or not isinstance(moved.owner.op, DimShuffle):
        return None
    (x,) = moved.owner.inputs
    last = x.type.ndim - 1
    if last < 2 or tuple(moved.owner.op.new_order) != (last, *range(last)):
        return None
    units = x.type.shape[last]
    if units is None or not (isinstance(shape, Constant) and int(shape.data[0]) == units):
        return None
    flat = x.reshape((-1, units), ndim=2).T
    return [out.type.filter_variable(flat, allow_convert=True)]


flatten_then_transpose_everywhere = in2out(flatten_then_transpose, name="flatten_then_transpose")
