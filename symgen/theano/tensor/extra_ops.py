"""``theano.tensor.extra_ops``: NumPy's lesser functions, in Theano's forms on PyTensor's Ops."""

import pytensor.tensor as pt
from pytensor.tensor import extra_ops
from pytensor.tensor.extra_ops import (  # noqa: F401
    Bartlett,
    CpuContiguous,
    FillDiagonal,
    FillDiagonalOffset,
    RavelMultiIndex,
    SearchsortedOp,
    UnravelIndex,
    bartlett,
    bartlett_,
    bincount,
    compress,
    cpu_contiguous,
    cumprod,
    cumsum,
    diff,
    fill_diagonal,
    fill_diagonal_,
    fill_diagonal_offset,
    fill_diagonal_offset_,
    ravel_multi_index,
    searchsorted,
    squeeze,
    to_one_hot,
)

from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor._op_forms import Form

__getattr__ = attribute_lookup(__name__)


class CumOp(Form):
    """``CumOp(axis, mode)(x)``: cumulative sums (mode ``"add"``) or products (``"mul"``).

    ``axis=None`` flattens x.
    """

    op_classes = (extra_ops.CumOp,)
    __props__ = ("axis", "mode")

    def __init__(self, axis=None, mode="add"):
        if mode not in ("add", "mul"):
            raise RangeError("mode 'add' or 'mul'", repr(mode), "Use one of them.")
        self.axis, self.mode = axis, mode

    def __call__(self, x):
        """Return them."""
        return (cumsum if self.mode == "add" else cumprod)(x, self.axis)


class CumsumOp(CumOp):
    """``CumsumOp(axis)(x)``: ``cumsum(x, axis)``."""

    def __init__(self, axis=None):
        super().__init__(axis, "add")


class CumprodOp(CumOp):
    """``CumprodOp(axis)(x)``: ``cumprod(x, axis)``."""

    def __init__(self, axis=None):
        super().__init__(axis, "mul")


class DiffOp(Form):
    """``DiffOp(n, axis)(x)``: ``diff(x, n, axis)``."""

    __props__ = ("n", "axis")

    def __init__(self, n=1, axis=-1):
        self.n, self.axis = n, axis

    def __call__(self, x):
        """Return the differences."""
        return diff(pt.as_tensor_variable(x), self.n, self.axis)


class RepeatOp(Form):
    """``RepeatOp(axis)(x, repeats)``: ``repeat(x, repeats, axis)``."""

    __props__ = ("axis",)

    def __init__(self, axis=None):
        self.axis = axis

    def __call__(self, x, repeats):
        """Return the repeated elements."""
        return repeat(x, repeats, self.axis)


def repeat(x, repeats, axis=None):
    """Repeat each element of `x` along an axis.

    Parameters
    ----------
    x : tensor
    repeats : int, integer scalar, or integer vector
        How often; a vector has a number for each place along the axis.
    axis : int, optional
        By default `x` is flattened.

    Raises
    ------
    ShapeError
        A ``ValueError``: for `repeats` with more than one dimension, or an axis that is not there.
    DtypeError
        A ``TypeError``: for `repeats` that are not integers, or of dtype uint64, as in Theano.
    """
    x, repeats = pt.as_tensor_variable(x), pt.as_tensor_variable(repeats)
    if repeats.type.ndim > 1:
        raise ShapeError("repeats of at most 1 dimension", f"{repeats.type.ndim}", "Flatten them.")
    if repeats.type.dtype not in pt.type.integer_dtypes or repeats.type.dtype == "uint64":
        raise DtypeError("integer repeats, not uint64", repeats.type.dtype, "Cast them to int64.")
    if axis is not None and not -x.type.ndim <= axis < max(x.type.ndim, 1):
        raise ShapeError(f"an axis below {x.type.ndim}", f"{axis}", "Change axis.")
    if repeats.type.broadcastable == (True,):
        repeats = repeats[0]
    return extra_ops.repeat(x, repeats, axis)


class Unique(Form):
    """``Unique(…)(x)``: the elements of x (or its parts along `axis`), each once, in order.

    Parameters
    ----------
    return_index, return_inverse, return_counts : bool
        Further results: where each comes first; for each place of (flattened) x, which one is
        there; how often each comes.
    axis : int, optional
        By default x is flattened.
    """

    op_classes = (extra_ops.Unique,)
    __props__ = ("return_index", "return_inverse", "return_counts", "axis")

    def __init__(
        self, return_index=False, return_inverse=False, return_counts=False, axis=None
    ):
        self.return_index, self.return_inverse = return_index, return_inverse
        self.return_counts, self.axis = return_counts, axis

    def __call__(self, x, return_list=False):
        """Return the elements, or a list of them and the further results."""
        x, axis = pt.as_tensor_variable(x), self.axis
        if axis is not None:
            if not -x.type.ndim <= axis < x.type.ndim:
                raise ShapeError(f"an axis of {x.type}", f"{axis}", "Change axis.")
            axis %= x.type.ndim
        op = extra_ops.Unique(self.return_index, self.return_inverse, self.return_counts, axis)
        return op(x, return_list=return_list)


def unravel_index(indices, dims, order="C", ndim=None):
    """Return the coordinates, a tensor for each axis, of places in a flattened array.

    Parameters
    ----------
    indices : integer tensor
    dims : tuple of int, or integer vector
        Shape of the array.
    order : {"C", "F"}
        Whether the last or the first axis changes fastest.
    ndim : int, optional
        Length of `dims`, where it is a vector of unknown length.
    """
    if ndim is not None:
        dims = pt.specify_shape(pt.as_tensor_variable(dims), (ndim,))
    return extra_ops.unravel_index(indices, dims, order=order)
