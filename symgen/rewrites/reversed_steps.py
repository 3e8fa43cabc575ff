"""Do not turn the steps of a scan round where their order is of no matter.

The gradient of a scan comes out last step first. Where it goes into a sum over all steps, or into a
product that adds over all of them, it is turned round and copied for nothing: for an LSTM the
gradient by its four gates, the largest array of the step. In a product the other, smaller factor
is turned round instead.
"""

from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor.tensor.blas import Dot22
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.math import Sum
from pytensor.tensor.shape import Reshape, SpecifyShape
from pytensor.tensor.subtensor import Subtensor, indices_from_subtensor

# After the BLAS's rewrites, at 1.7, and :mod:`symgen.rewrites.rows_of_all_steps`.
POSITION = 2.7


@node_rewriter([Sum])
def sum_in_any_order(fgraph, node):
    """``x[::-1].reshape((-1, n)).sum(axis=0)`` without the ``[::-1]``."""
    found = _turned_rows(fgraph, node.inputs[0])
    if found is None or tuple(node.op.axis or ()) != (0,):
        return None
    return node.op.make_node(_rows(found[1])).outputs


@node_rewriter([Dot22])
def turn_the_smaller_factor(fgraph, node):
    """``dot(rows(a).T, rows(x[::-1]))`` becomes ``dot(rows(a[::-1]).T, rows(x))``."""
    left, right = node.inputs
    found = _turned_rows(fgraph, right)
    if found is None or left.owner is None or not _is_transpose(left.owner.op):
        return None
    turned, straight = found
    other = _source_of_rows(left.owner.inputs[0])
    if other is None or not other.type.shape[2] < turned.type.shape[2]:
        return None
    steps = turned.type.shape[0]
    if steps is None or other.type.shape[0] != steps:
        return None
    return node.op.make_node(_rows(other[::-1]).T, _rows(straight)).outputs


def _turned_rows(fgraph, rows):
    """``(x[::-1], x)`` where `rows` is ``x[::-1].reshape((-1, n))``, for sums and products alone."""
    turned = _source_of_rows(rows)
    if turned is None:
        return None
    inside = turned
    if inside.owner is not None and isinstance(inside.owner.op, SpecifyShape):
        inside = inside.owner.inputs[0]
    if inside.owner is None or not isinstance(inside.owner.op, Subtensor):
        return None
    x, *indices = inside.owner.inputs
    parts = indices_from_subtensor(indices, inside.owner.op.idx_list)
    if len(parts) != 1 or not isinstance(parts[0], slice):
        return None
    (part,) = parts
    ends = part.start is part.stop is None
    if not (ends and isinstance(part.step, Constant) and int(part.step.data) == -1):
        return None
    if not all(isinstance(client.op, Sum | Dot22) for client, _ in fgraph.clients[rows]):
        return None
    return (turned, x) if x.type.shape[2] == turned.type.shape[2] else None


def _source_of_rows(rows):
    """`x` of three dimensions where `rows` is ``x.reshape((-1, n))`` and n its last length."""
    if rows.owner is None or not isinstance(rows.owner.op, Reshape) or rows.type.ndim != 2:
        return None
    x = rows.owner.inputs[0]
    if x.type.ndim != 3 or x.type.shape[2] is None or rows.type.shape[1] != x.type.shape[2]:
        return None
    return x


def _rows(x):
    return x.reshape((-1, x.type.shape[2]), ndim=2)


def _is_transpose(op):
    return isinstance(op, DimShuffle) and tuple(op.new_order) == (1, 0)


any_order_everywhere = in2out(sum_in_any_order, turn_the_smaller_factor, name="steps_in_any_order")
