"""The Op of a slice whose length is known when the graph is compiled, and whose start is not."""

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from symgen.errors import DtypeError, RangeError, ShapeError


class WindowSlice(Op):
    """``x[..., start : start + length, ...]`` along one axis, wholly inside of `x`.

    Unlike a NumPy slice it is never shorter than `length`, so its shape is known to compilers that
    need it, and a window that begins before `x` or ends behind it is an error.

    Parameters
    ----------
    axis : int
    length : int > 0

    Raises
    ------
    RangeError
        When run, for a window that is not inside of `x`.
    """

    __props__ = ("axis", "length")
    view_map = {0: [0]}

    def __init__(self, axis, length):
        if length < 1 or axis < 0:
            raise RangeError(
                "an axis >= 0 and a length > 0", f"axis {axis}, length {length}", "Slice otherwise."
            )
        self.axis, self.length = int(axis), int(length)

    def make_node(self, x, start):
        """Inputs: a tensor, and an integer scalar variable."""
        x, start = pt.as_tensor_variable(x), pt.as_tensor_variable(start)
        if x.type.ndim <= self.axis or start.type.ndim:
            raise ShapeError(
                f"a tensor with an axis {self.axis} and a scalar start",
                f"{x.type} and {start.type}",
                "Slice another axis.",
            )
        if start.type.dtype not in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"):
            raise DtypeError("an integer start", start.type.dtype, "Cast it to int64.")
        shape = list(x.type.shape)
        shape[self.axis] = self.length
        return Apply(self, [x, start], [pt.tensor(dtype=x.type.dtype, shape=shape)])

    def infer_shape(self, *arguments):
        """The shape of `x` with `length`; PyTensor 3.0 passes (fgraph, node, shapes)."""
        _, shapes = arguments[-2:]
        shape = list(shapes[0])
        shape[self.axis] = pt.constant(np.int64(self.length))
        return [tuple(shape)]

    def perform(self, node, inputs, outputs):
        """Slice in NumPy."""
        x, start = inputs
        check_window(int(start), int(start), self.length, x.shape[self.axis], self.axis)
        index = (slice(None),) * self.axis + (slice(int(start), int(start) + self.length),)
        outputs[0][0] = x[index]


def check_window(first, last, length, size, axis):
    """Raise RangeError unless windows with starts `first` to `last` are inside of `size`."""
    if first < 0 or last + length > size:
        start = first if first < 0 else last
        raise RangeError(
            f"a slice of {length} inside of axis {axis}, which has {size} elements",
            f"{start}:{start + length}",
            "Pass an index of a whole minibatch: 0 to size // length - 1.",
        )
