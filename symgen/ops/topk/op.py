"""The k largest or smallest elements along an axis."""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Constant
from pytensor.graph.op import Op
from pytensor.tensor.type import TensorType, integer_dtypes

from symgen.errors import DtypeError, RangeError, SettingsError, ShapeError


class AxisRangeError(RangeError, IndexError):
    """An axis that the array does not have."""


class TopK(Op):
    """``TopK(axis)(x, k)``: the k largest elements along an axis, and their places.

    With k < 0 the ``-k`` smallest. NaN counts as larger than every number.

    Parameters
    ----------
    axis : int
        In ``[-ndim, ndim)`` of `x`.
    sorted : bool
        Whether the elements come in descending order; else their order is not specified.
    idx_dtype : str
        Integer dtype of the places.
    return_values, return_indices : bool
        The outputs, in this order; at least one.
    """

    __props__ = ("axis", "sorted", "idx_dtype", "return_values", "return_indices")

    def __init__(
        self, axis=-1, sorted=True, idx_dtype="int64", return_values=True, return_indices=True
    ):
        if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
            raise DtypeError("an integer axis", repr(axis), "Flatten the array for all axes.")
        if idx_dtype not in integer_dtypes:
            raise DtypeError(
                "an integer dtype as idx_dtype", repr(idx_dtype), "Use idx_dtype='int64'."
            )
        if not (return_values or return_indices):
            raise SettingsError(
                "return_values or return_indices to be true", "neither", "Ask for one of them."
            )
        self.axis = int(axis)
        self.sorted = bool(sorted)
        self.idx_dtype = idx_dtype
        self.return_values = bool(return_values)
        self.return_indices = bool(return_indices)

    def make_node(self, x, k):
        """`x` is a tensor with at least one axis, `k` an integer scalar."""
        x, k = pt.as_tensor_variable(x), pt.as_tensor_variable(k)
        if x.type.ndim == 0:
            raise ShapeError("an array with at least one axis", "a scalar", "Give a vector.")
        if not -x.type.ndim <= self.axis < x.type.ndim:
            raise AxisRangeError(
                f"an axis in [{-x.type.ndim}, {x.type.ndim - 1}]", f"{self.axis}", "Change axis."
            )
        if k.type.ndim != 0:
            raise ShapeError("a scalar k", f"{k.type.ndim} dimensions", "Give one integer.")
        if k.type.dtype not in integer_dtypes:
            raise DtypeError("an integer k", k.type.dtype, "Cast it: k.astype('int64').")
        shape = list(x.type.shape)
        known = isinstance(k, Constant)
        shape[self.axis] = count(int(k.data), shape[self.axis]) if known else None
        outputs = []
        if self.return_values:
            outputs.append(TensorType(x.type.dtype, shape)())
        if self.return_indices:
            outputs.append(TensorType(self.idx_dtype, shape)())
        return Apply(self, [x, k], outputs)

    def perform(self, node, inputs, outputs):
        """Select in linear time; sort where that is asked for."""
        x, k = inputs
        k = int(k)
        size = count(k, x.shape[self.axis])
        if size == 1:
            places = (np.argmax if k > 0 else np.argmin)(x, axis=self.axis, keepdims=True)
        else:
            if self.sorted:
                order = np.argsort(x, axis=self.axis, kind="stable")
            elif size == x.shape[self.axis]:
                order = np.argsort(np.zeros(x.shape, bool), axis=self.axis, kind="stable")
            else:
                order = np.argpartition(x, -k if k > 0 else size - 1, axis=self.axis)
            places = np.take(order, self._chosen(k, x.shape[self.axis]), axis=self.axis)
        results = []
        if self.return_values:
            results.append(np.take_along_axis(x, places, axis=self.axis))
        if self.return_indices:
            results.append(places.astype(self.idx_dtype))
        for storage, result in zip(outputs, results, strict=True):
            storage[0] = result

    def _chosen(self, k, length):
        """Where the result stands in ascending order."""
        chosen = np.arange(length - k, length) if k > 0 else np.arange(-k)
        return chosen[::-1] if self.sorted else chosen

    def infer_shape(self, *arguments):
        """The shape of `x`, with ``abs(k)`` along the axis."""
        node, shapes = arguments[-2:]
        shape = list(shapes[0])
        shape[self.axis] = pt.abs(node.inputs[1]).astype("int64")
        return [tuple(shape)] * (self.return_values + self.return_indices)

    def connection_pattern(self, node):
        """Only the values depend smoothly on `x`; nothing does on `k`."""
        smooth = [output == 0 and self.return_values for output in range(len(node.outputs))]
        return [smooth, [False] * len(node.outputs)]

    def places(self, x, k, outputs=()):
        """Indices, one for each axis of `x`, of what the Op returns."""
        if self.return_values and self.return_indices and outputs:
            at = outputs[1]
        else:
            at = TopK(self.axis, self.sorted)(x, k)[1]
        axis = self.axis % x.type.ndim
        return tuple(
            at
            if d == axis
            else pt.arange(x.shape[d]).dimshuffle([0] + ["x"] * (x.type.ndim - d - 1))
            for d in range(x.type.ndim)
        )

    def pullback(self, inputs, outputs, cotangents):
        """The cotangent at the places of the values; 0 elsewhere."""
        x, k = inputs
        nothing = DisconnectedType()()
        if not self.return_values or isinstance(cotangents[0].type, DisconnectedType):
            return [nothing, nothing]
        wanted = self.places(x, k, outputs)
        zeros = pt.zeros_like(x, dtype=cotangents[0].type.dtype)
        return [zeros[wanted].set(cotangents[0]), nothing]

    def pushforward(self, inputs, outputs, tangents):
        """The tangent at the places of the values."""
        x, k = inputs
        results = [DisconnectedType()() for _ in outputs]
        if self.return_values and not isinstance(tangents[0].type, DisconnectedType):
            results[0] = tangents[0][self.places(x, k, outputs)]
        return results

    def __str__(self):
        return f"{type(self).__name__}{{axis={self.axis}, sorted={self.sorted}}}"


def count(k, length):
    """Number of elements that `k` asks for.

    Parameters
    ----------
    k : int
    length : int or None
        Of the axis, where it is known.

    Raises
    ------
    RangeError
        For 0, or more than there are.
    """
    if k == 0:
        raise RangeError(
            "k other than 0", "0", "Use k > 0 for the largest, k < 0 for the smallest."
        )
    if length is not None and abs(k) > length:
        raise RangeError(
            f"k of at most {length} in size, the length of the axis", f"{k}", "Use a smaller k."
        )
    return abs(k)
