"""Join what is added to zeros part by part.

The gradient of slices that together are a whole, such as the gates of an LSTM, is a chain: zeros,
then ``inc_subtensor`` of one slice after the other. Each of them reads and writes its part once
more. As one ``join`` the parts are written once, and into memory that a scan provides.

The gradient of a scan's last state is zeros but for one step, added to zeros that are one step longer:
the step is added to these at once.
"""

import numpy as np
from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor.tensor.basic import Alloc, join
from pytensor.tensor.subtensor import IncSubtensor, indices_from_subtensor

# After specialisation, at 2, and before anything is done in place.
POSITION = 2.5


@node_rewriter([IncSubtensor])
def join_parts(fgraph, node):
    """``inc_subtensor(inc_subtensor(zeros[:, :2], a)[:, 2:], b)`` becomes ``join(1, a, b)``."""
    out, parts = node.outputs[0], []
    variable = out
    while variable.owner is not None and isinstance(variable.owner.op, IncSubtensor):
        if variable is not out and len(fgraph.clients[variable]) != 1:
            return None
        before, part, *indices = variable.owner.inputs
        op = variable.owner.op
        place = _place(indices_from_subtensor(indices, op.idx_list), out.type.shape)
        if place is None or op.set_instead_of_inc:
            return None
        parts.append((*place, part))
        variable = before
    if not _is_zeros(variable) or len({axis for axis, *_ in parts}) != 1:
        return None
    parts.sort(key=lambda part: part[1])
    axis = parts[0][0]
    starts = [start for _, start, _, _ in parts]
    stops = [stop for _, _, stop, _ in parts]
    if [0, *stops] != [*starts, out.type.shape[axis]]:
        return None
    for _, start, stop, part in parts:
        fits = part.type.shape[axis] == stop - start and part.type.dtype == out.type.dtype
        if not fits or part.type.broadcastable != out.type.broadcastable:
            return None
    joined = join(axis, *(part for *_, part in parts))
    return [out.type.filter_variable(joined, allow_convert=True)]


@node_rewriter([IncSubtensor])
def add_to_the_longer_zeros(fgraph, node):
    """``inc_subtensor(zeros(n + k)[k:], inc_subtensor(zeros(n)[-1], x))`` with one zeros."""
    longer, shorter, *indices = node.inputs
    (cut,) = found if len(found := indices_from_subtensor(indices, node.op.idx_list)) == 1 else (None,)
    to_the_end = isinstance(cut, slice) and cut.stop is cut.step is None
    if not to_the_end or shorter.owner is None or not isinstance(shorter.owner.op, IncSubtensor):
        return None
    zeros, part, *indices = shorter.owner.inputs
    op = shorter.owner.op
    (index,) = found if len(found := indices_from_subtensor(indices, op.idx_list)) == 1 else (None,)
    steps = shorter.type.shape[0]
    known = steps not in (None, 1) and isinstance(index, Constant)  # one step would be broadcast
    if not known or not -steps <= index.data < 0 or op.set_instead_of_inc or len(fgraph.clients[shorter]) != 1:
        return None
    if not (_is_zeros(longer) and _is_zeros(zeros)) or longer.type.dtype != shorter.type.dtype:
        return None
    if longer.type.shape[1:] != shorter.type.shape[1:] or None in longer.type.shape[1:]:
        return None
    return op.make_node(longer, part, *indices).outputs


def _place(indices, shape):
    """``(axis, start, stop)`` of what is cut along one axis by constants; None for all else."""
    cut = [(axis, i) for axis, i in enumerate(indices) if i != slice(None)]
    if len(cut) != 1:
        return None
    ((axis, index),) = cut
    length = shape[axis]
    if length is None or not isinstance(index, slice):
        return None
    ends = (index.start, index.stop, index.step)
    if not all(end is None or isinstance(end, Constant) for end in ends):
        return None
    numbers = slice(*(None if end is None else int(end.data) for end in ends))
    start, stop, step = numbers.indices(length)
    return (axis, start, stop) if step == 1 and start < stop else None


def _is_zeros(variable):
    if variable.owner is not None and isinstance(variable.owner.op, Alloc):
        variable = variable.owner.inputs[0]
    return isinstance(variable, Constant) and not np.any(variable.data)


join_parts_everywhere = in2out(join_parts, add_to_the_longer_zeros, name="join_parts")
