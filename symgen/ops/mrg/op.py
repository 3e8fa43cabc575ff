"""Uniform numbers from MRG31k3p streams, as an Op in NumPy and in C."""

import math

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.tensor.basic import infer_static_shape

from symgen.errors import DtypeError, ShapeError
from symgen.ops.mrg.c import UNIFORM_SUPPORT_CODE, uniform_code
from symgen.ops.mrg.recurrence import M1, M2

DTYPES = ("float16", "float32", "float64")

#: What a word is multiplied by, in the dtype. For float32 slightly less than 2^-31, so that the
#: largest word stays below 1; for float16 it applies to the 15 lowest bits plus 1.
FLOAT32_NORM = np.float32(4.6566126e-10)
FLOAT64_NORM = 2.0**-31
FLOAT16_NORM = 3.0458e-05
FLOAT16_MASK = 0x7FFF

#: The most numbers of one draw, as in Theano: more are a mistake in a size far more often than not.
MOST_NUMBERS = 2**31 - 1


class MRGUniform(COp):
    """Uniform numbers over (0, 1) from several streams, and the states after them.

    ``new_state, draw = MRGUniform(dtype)(state, *shape)``: number i, in C order, comes from stream
    ``i mod n`` and advances it once (:mod:`symgen.ops.mrg.recurrence`).

    Parameters
    ----------
    dtype : {"float16", "float32", "float64"}
    counted : bool
        Whether the number of draws is an input of its own,
        ``MRGUniform(dtype, counted=True)(state, count, *shape)``: only the first ``count[0]``
        numbers of `shape` are drawn, the others are 0 and advance no stream. So a number of draws
        that depends on data needs no shape that does (integer scalars are sizes).
    scale : float
        What the numbers are multiplied by, rounded before anything is added to them: no backend
        may fuse the two, so that all give the same bits.

    Raises
    ------
    DtypeError
        For another dtype, or a state that is not int32.
    ShapeError
        For a state that is not a matrix of 6 columns.
    """

    __props__ = ("dtype", "counted", "scale")

    def __init__(self, dtype, counted=False, scale=1.0):
        if dtype not in DTYPES:
            raise DtypeError("a float dtype", repr(dtype), f"Use one of {', '.join(DTYPES)}.")
        self.dtype, self.counted = dtype, bool(counted)
        self.scale = float(np.asarray(scale, dtype))

    def make_node(self, state, *numbers):
        """Inputs: the int32 states (n, 6), the count (1,) if there is one, and the dimensions."""
        state = pt.as_tensor_variable(state)
        if state.type.dtype != "int32":
            raise DtypeError("an int32 state", state.type.dtype, "Take get_substream_rstates().")
        if state.type.ndim != 2 or state.type.shape[1] not in (None, 6):
            raise ShapeError(
                "a state of shape (n, 6)", f"{state.type}", "Take get_substream_rstates()."
            )
        count = [pt.cast(n, "int64") for n in numbers[: int(self.counted)]]
        if count and count[0].type.shape != (1,):
            raise ShapeError("a count of shape (1,)", f"{count[0].type}", "Pass n.reshape((1,)).")
        shape = [pt.cast(n, "int64") for n in numbers[int(self.counted) :]]
        shape, static_shape = infer_static_shape(shape)
        draw = pt.tensor(dtype=self.dtype, shape=static_shape)
        return Apply(self, [state, *count, *shape], [state.type(), draw])

    def infer_shape(self, *arguments):
        """Shapes of the outputs; PyTensor 3.0 passes (fgraph, node, shapes), 3.3 drops fgraph."""
        node, shapes = arguments[-2:]
        return [shapes[0], tuple(node.inputs[1 + self.counted :])]

    def connection_pattern(self, node):
        """No gradient flows to the states or the dimensions."""
        return [[False, False] for _ in node.inputs]

    def split(self, numbers):
        """What follows the state as (how many to draw, shape)."""
        shape = tuple(int(n) for n in numbers[int(self.counted) :])
        if min(shape, default=0) < 0:
            raise ValueError(f"a random draw of a negative size: {shape}")
        if math.prod(shape) > MOST_NUMBERS:
            raise ValueError(f"a random draw of more than 2^31 - 1 numbers: {shape}")
        return (numbers[0][0] if self.counted else int(np.prod(shape))), shape

    def perform(self, node, inputs, outputs):
        """Draw in NumPy, one step of all streams at a time."""
        state, *numbers = inputs
        count, shape = self.split(numbers)
        new_state, words = advance(state, int(count))
        draw = np.zeros(int(np.prod(shape)), self.dtype)
        if len(words) > len(draw):
            raise ValueError(f"{len(words)} random numbers do not fit into the shape {shape}")
        draw[: len(words)] = scaled(words, self.dtype) * draw.dtype.type(self.scale)
        outputs[0][0], outputs[1][0] = new_state, draw.reshape(shape)

    def c_support_code(self, **kwargs):
        """The generator in C."""
        return UNIFORM_SUPPORT_CODE

    def c_headers(self, **kwargs):
        """For integers of a known width."""
        return ["<stdint.h>"]

    def c_code(self, node, name, inames, onames, sub):
        """Allocate where needed and draw; float16 is left to NumPy."""
        if self.dtype == "float16":
            raise NotImplementedError("float16 has no arithmetic in C")
        return uniform_code(self.dtype, self.counted, self.scale, inames, onames, sub)

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (3,)


def advance(state, count):
    """Draw `count` words.

    Parameters
    ----------
    state : int32 array of shape (n, 6)
    count : int

    Returns
    -------
    int32 array of shape (n, 6), int64 array of shape (count,)
        The states afterwards, and the words, from 1 to 2^31 - 1.

    Raises
    ------
    ValueError
        Where there are words to draw and no stream.
    """
    if count and (state.ndim != 2 or state.shape[0] == 0 or state.shape[1] != 6):
        raise ValueError(f"expected MRG states of shape (n, 6) with n > 0; got {state.shape}")
    x = state.T.astype(np.int64)
    words = np.empty(count, np.int64)
    for start in range(0, count, state.shape[0] or 1):
        n = min(state.shape[0], count - start)
        a, b = x[:3, :n], x[3:, :n]
        x1 = ((a[1] << 22) + a[2] * 129) % M1
        x2 = ((b[0] << 15) + b[2] * 32769) % M2
        x[:, :n] = x1, a[0].copy(), a[1].copy(), x2, b[0].copy(), b[1].copy()
        words[start : start + n] = np.where(x1 <= x2, x1 - x2 + M1, x1 - x2)
    return np.ascontiguousarray(x.T.astype(np.int32)), words


def scaled(words, dtype):
    """Words as fractions of 1 in `dtype`: what every backend has to give."""
    if dtype == "float64":
        return words * FLOAT64_NORM
    if dtype == "float32":
        return words.astype(np.float32) * FLOAT32_NORM
    return (((words & FLOAT16_MASK) + 1) * FLOAT16_NORM).astype(np.float16)
