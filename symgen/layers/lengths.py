"""How long the axes of an array are: numbers, or what the array took its lengths from.

``x.shape[0]`` of an array deep in a network is a graph that holds the whole network. What is made of such a
length holds it too, and PyTensor looks through all of it whenever it asks how long that is. Here a length is
looked for upwards, to the first array that it is handed on from unchanged.
"""

from pytensor.graph.basic import Constant
from pytensor.scan.op import Scan
from pytensor.tensor.basic import Alloc, AllocEmpty, Join, MakeVector
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.shape import Reshape, Shape
from pytensor.tensor.subtensor import IncSubtensor, Subtensor

from symgen.ops.conv import Conv


def lengths(x):
    """The lengths of all axes of `x`.

    Parameters
    ----------
    x : variable

    Returns
    -------
    list of int or scalar variable
        A number where it is known.
    """
    return [length(x, axis) for axis in range(x.type.ndim)]


def length(x, axis):
    """The length of one axis of `x`: a number where it is known, else a scalar variable."""
    while (known := x.type.shape[axis]) is None:
        above = _above(x, axis)
        if above is None:
            return x.shape[axis]
        if not isinstance(above, tuple):
            return above
        x, axis = above
    return known


def _above(x, axis):
    """(the array that `x` has this length from, its axis), or the length itself, or None."""
    op = getattr(x.owner, "op", None)
    for kind, look in _ABOVE.items():
        if isinstance(op, kind):
            return look(x, axis, op, x.owner.inputs)
    return None


def _of_elemwise(x, axis, op, inputs):
    # An axis of unknown length is not repeated: all inputs that are not of length 1 have it.
    return next(i for i in inputs if i.type.shape[axis] != 1), axis


def _of_dimshuffle(x, axis, op, inputs):
    return inputs[0], op.new_order[axis]


def _of_reshape(x, axis, op, inputs):
    shape = inputs[1].owner
    if shape is None or not isinstance(shape.op, MakeVector):
        return None
    given = shape.inputs[axis]
    return given if _is_a_length(given) else None  # another number may be -1, for the rest


def _is_a_length(number):
    read = number.owner
    if read is None or not isinstance(read.op, Subtensor):
        return False
    return isinstance(getattr(read.inputs[0].owner, "op", None), Shape)


def _of_write(x, axis, op, inputs):
    return inputs[0], axis


def _of_read(x, axis, op, inputs):
    # The axes that are left: those that an index does not take away.
    kept = [k for k, index in enumerate(op.idx_list) if isinstance(index, slice)]
    kept += range(len(op.idx_list), inputs[0].type.ndim)
    before = kept[axis]
    whole = before >= len(op.idx_list) or op.idx_list[before] == slice(None)
    return (inputs[0], before) if whole else None


def _of_join(x, axis, op, inputs):
    if hasattr(op, "axis"):  # since PyTensor 3.3
        return (inputs[0], axis) if axis != op.axis else None
    joined, first, *_ = inputs
    return (first, axis) if isinstance(joined, Constant) and axis != joined.data else None


def _of_scan(x, axis, op, inputs):
    # States are kept in arrays that come as inputs.
    info, place = op.info, x.owner.outputs.index(x)
    states = info.n_mit_mot + info.n_mit_sot + info.n_sit_sot
    return (inputs[1 + info.n_seqs + place], axis) if axis and place < states else None


def _of_convolution(x, axis, op, inputs):
    return (inputs[0], 0) if axis == 0 else None


_ABOVE = {
    DimShuffle: _of_dimshuffle,
    Elemwise: _of_elemwise,
    Reshape: _of_reshape,
    Alloc: lambda x, axis, op, inputs: inputs[1 + axis],
    AllocEmpty: lambda x, axis, op, inputs: inputs[axis],
    IncSubtensor: _of_write,
    Subtensor: _of_read,
    Join: _of_join,
    Scan: _of_scan,
    Conv: _of_convolution,
}
