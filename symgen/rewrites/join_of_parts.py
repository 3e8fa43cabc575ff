"""Join what is added to zeros part by part.

The gradient of slices that together are a whole, such as the gates of an LSTM, is a chain: zeros,
then ``inc_subtensor`` of one slice after the other. Each of them reads and writes its part once
more. As one ``join`` the parts are written once, and into memory that a scan provides.
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


join_parts_everywhere = in2out(join_parts, name="join_parts")
