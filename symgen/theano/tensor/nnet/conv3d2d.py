"""``theano.tensor.nnet.conv3d2d``: convolution of films, whose second axis is time."""

import pytensor.tensor as pt

from symgen.errors import RangeError, ShapeError
from symgen.ops.conv import Conv
from symgen.ops.conv.functions import _known as with_shape
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet._stand_in import StandInOp

__all__ = [
    "DiagonalSubtensor",
    "IncDiagonalSubtensor",
    "conv3d",
    "diagonal_subtensor",
    "get_diagonal_subtensor_view",
    "inc_diagonal_subtensor",
]

__getattr__ = attribute_lookup(__name__)

MODES = ("valid", "full", "half")


class StripeError(ShapeError, NotImplementedError):
    """An axis too short for the stripe; Theano raised NotImplementedError."""


def conv3d(signals, filters, signals_shape=None, filters_shape=None, border_mode="valid"):
    """Convolve films with filters over time, rows and columns. Filters are flipped.

    Parameters
    ----------
    signals : tensor, shape (batch, time, channels, rows, columns)
    filters : tensor, shape (filters, time, channels, rows, columns)
    signals_shape, filters_shape : tuple of int or None, optional
        What is known of the shapes; checked when the function runs.
    border_mode : {"valid", "full", "half"} or three of them
        For time, rows and columns.

    Returns
    -------
    TensorVariable, shape (batch, time, filters, rows, columns)

    Raises
    ------
    RangeError, ShapeError

    See Also
    --------
    theano.tensor.nnet.conv3d : with channels before the three axes.
    """
    modes = (border_mode,) * 3 if isinstance(border_mode, str) else tuple(border_mode)
    if len(modes) != 3 or any(mode not in MODES for mode in modes):
        raise RangeError(f"one or three modes out of {MODES}", repr(border_mode), "Pass these.")
    signals = with_shape(signals, signals_shape, "signals_shape")
    filters = with_shape(filters, filters_shape, "filters_shape")
    for name, variable in (("signals", signals), ("filters", filters)):
        if variable.type.ndim != 5:
            raise ShapeError(f"{name} with 5 axes", f"{variable.type}", "Add axes of length 1.")
    signals, filters = signals.dimshuffle(0, 2, 1, 3, 4), filters.dimshuffle(0, 2, 1, 3, 4)
    if len(set(modes)) == 1:
        output = Conv(3, modes[0])(signals, filters)
    else:
        output = Conv(3)(_padded(signals, filters, modes), filters)
    return output.dimshuffle(0, 2, 1, 3, 4)


def _padded(signals, filters, modes):
    """The signals with the zeros around them that a mode for each axis asks for."""
    taps = [filters.shape[2 + k] if n is None else n for k, n in enumerate(filters.type.shape[2:])]
    pads = [
        {"valid": 0, "full": n - 1, "half": n // 2}[mode]
        for n, mode in zip(taps, modes, strict=True)
    ]
    sizes = [n + 2 * pad for n, pad in zip(tuple(signals.shape)[2:], pads, strict=True)]
    inside = [
        slice(pad, pad + n) for n, pad in zip(tuple(signals.shape)[2:], pads, strict=True)
    ]
    around = pt.zeros((*tuple(signals.shape)[:2], *sizes), dtype=signals.dtype)
    return pt.set_subtensor(around[(slice(None), slice(None), *inside)], signals)


def get_diagonal_subtensor_view(x, i0, i1):
    """A view of the stripe of an array along the diagonal of two of its axes.

    With n the length of axis `i1`, the view's element at r of axis `i0` and c of axis `i1` is the
    array's at ``r + n - 1 - c`` and c; axis `i0` is n - 1 shorter.

    Parameters
    ----------
    x : array
    i0, i1 : int

    Returns
    -------
    array, a view of `x`

    Raises
    ------
    StripeError
        A ShapeError and NotImplementedError: axis `i0` is shorter than axis `i1`.
    """
    i0, i1 = int(i0), int(i1)
    if x.shape[i0] < x.shape[i1]:
        raise StripeError(
            f"an axis {i0} at least as long as axis {i1}, {x.shape[i1]}",
            f"{x.shape[i0]}",
            "Swap the axes.",
        )
    view = x[(slice(None),) * i0 + (slice(x.shape[i1] - 1, None),)]
    if x.shape[i1] != 1:
        strides = list(view.strides)
        strides[i1] -= strides[i0]
        view.strides = strides
    return view


class DiagonalSubtensor(StandInOp):
    """``DiagonalSubtensor()(x, i0, i1)``: :func:`get_diagonal_subtensor_view` of a tensor.

    Parameters
    ----------
    inplace : bool
        Whether Theano's Op returned a view. The graph is the same; the backend decides.
    """

    __props__ = ("inplace",)

    def __init__(self, inplace=False):
        self.inplace = bool(inplace)

    def make_graph(self, x, i0, i1):
        """Return the stripe."""
        moved, stripe, order = _stripe(x, i0, i1)
        return moved[stripe].dimshuffle(order)


class IncDiagonalSubtensor(StandInOp):
    """``IncDiagonalSubtensor()(x, i0, i1, amt)``: `x` with `amt` added to its stripe.

    Parameters
    ----------
    inplace : bool
        Whether Theano's Op wrote into `x`. The graph is the same; the backend decides.
    """

    __props__ = ("inplace",)

    def __init__(self, inplace=False):
        self.inplace = bool(inplace)

    def make_graph(self, x, i0, i1, amt):
        """Return the sum."""
        moved, stripe, order = _stripe(x, i0, i1)
        back = [order.index(k) for k in range(len(order))]
        amt = pt.as_tensor_variable(amt).dimshuffle(back)
        return pt.inc_subtensor(moved[stripe], amt).dimshuffle(order)


def _stripe(x, i0, i1):
    """`x` with the two axes first, the indices of its stripe, and the order that undoes the move."""
    x, i0, i1 = pt.as_tensor_variable(x), int(i0), int(i1)
    others = [k for k in range(x.type.ndim) if k not in (i0, i1)]
    first = [i0, i1, *others]
    columns = pt.arange(x.shape[i1])
    rows = pt.arange(x.shape[i0] - x.shape[i1] + 1)[:, None] + x.shape[i1] - 1 - columns[None]
    order = [first.index(k) for k in range(x.type.ndim)]
    return x.dimshuffle(first), (rows, columns[None]), order


diagonal_subtensor = DiagonalSubtensor(False)
inc_diagonal_subtensor = IncDiagonalSubtensor(False)
