"""Increasing maps of single numbers, whose parameters a network gives: the parts of a coupling.

A transform maps each number of an array by itself. ``parameters`` has shape (n_parameters, ...), the dots
standing for the shape of the numbers; all zeros make the identity, from which a flow starts. ``forward`` and
``inverse`` return the image and the logarithm of that direction's slope, both of the shape of the numbers.

The flows of vectors give numbers of shape (d, batch): what is done to one number of all examples then lies side
by side in memory.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad

from symgen.errors import RangeError
from symgen.models.described import Described
from symgen.models.flows.bijector import like
from symgen.models.validation import positive_int


class Additive(Described):
    """``x = z + t``: keeps volumes.

    References
    ----------
    Dinh, Krueger and Bengio (2015). NICE. Section 3.2: the additive coupling law.
    """

    n_parameters = 1

    def __init__(self):
        pass

    def forward(self, z, parameters):
        """(image, log slope) of `z`."""
        return z + parameters[0], pt.zeros_like(z)

    def inverse(self, x, parameters):
        """(image, log slope) of `x`."""
        return x - parameters[0], pt.zeros_like(x)


class Affine(Described):
    """``x = z exp(s) + t``, with ``s = limit tanh(s' / limit)`` of the network's ``s'``.

    Parameters
    ----------
    limit : float > 0
        Largest logarithm of a scale. It keeps samples finite far from the data, where nothing has
        taught the network.

    References
    ----------
    L. Dinh, J. Sohl-Dickstein, S. Bengio (2017). Density estimation using Real NVP. ICLR.
    Equations 4, 5: the coupling; 8: its inverse.
    """

    n_parameters = 2

    def __init__(self, limit=5.0):
        self.limit = _positive(limit, "limit")

    def forward(self, z, parameters):
        """(image, log slope) of `z`."""
        log_scale = self._log_scale(parameters)
        return z * pt.exp(log_scale) + parameters[0], log_scale

    def inverse(self, x, parameters):
        """(image, log slope) of `x`."""
        log_scale = self._log_scale(parameters)
        return (x - parameters[0]) * pt.exp(-log_scale), -log_scale

    def _log_scale(self, parameters):
        raw = parameters[1]
        return like(self.limit, raw) * pt.tanh(raw * like(1 / self.limit, raw))


class RationalQuadraticSpline(Described):
    """Quotients of quadratics between knots in ``[-tail_bound, tail_bound]``; outside, the identity.

    The network gives widths and heights of the bins, by a softmax each, and the slopes at the inner
    knots, by a softplus; at the outer ones the slope is 1.

    Parameters
    ----------
    bins : int >= 2
    tail_bound : float > 0

    References
    ----------
    C. Durkan, A. Bekasov, I. Murray, G. Papamakarios (2019). Neural spline flows. NeurIPS.
    Equation 4: the map; 5: its slope; 6 to 8 with appendix A.3: its inverse; section 3.1: the
    linear tails.
    """

    # Least width and height of a bin, as a share of the interval, and least slope at a knot.
    _LEAST_BIN, _LEAST_SLOPE = 1e-3, 1e-3

    def __init__(self, bins=8, tail_bound=4.0):
        self.bins = positive_int(bins, "bins")
        if self.bins < 2 or self.bins * self._LEAST_BIN >= 1:
            raise RangeError("between 2 and 999 bins", f"{bins}", "Use 8.")
        self.tail_bound = _positive(tail_bound, "tail_bound")

    @property
    def n_parameters(self):
        """Widths and heights of all bins, slopes at the knots between them."""
        return 3 * self.bins - 1

    def forward(self, z, parameters):
        """(image, log slope) of `z`."""
        widths, heights, slopes = self._knots(parameters)
        inner = self._clipped(z)
        left, width, bottom, height, slope_left, slope_right = self._bin(
            inner, widths, heights, slopes, by=widths
        )
        xi = (inner - left) / width
        image, log_slope = _rational_quadratic(xi, width, bottom, height, slope_left, slope_right)
        return self._with_tails(z, image, log_slope)

    def inverse(self, x, parameters):
        """(image, log slope) of `x`."""
        widths, heights, slopes = self._knots(parameters)
        inner = self._clipped(x)
        left, width, bottom, height, slope_left, slope_right = self._bin(
            inner, widths, heights, slopes, by=heights
        )
        s, above = height / width, inner - bottom
        bend = slope_left + slope_right - s - s
        a = height * (s - slope_left) + above * bend
        b = height * slope_left - above * bend
        c = -s * above
        four, tiny = like(4, x), like(np.finfo(x.dtype).tiny, x)
        # The root of a xi^2 + b xi + c that lies in [0, 1], in the form that does not cancel.
        root = pt.sqrt(pt.maximum(pt.sqr(b) - four * a * c, tiny))
        xi = (c + c) / (-b - root)
        _, log_slope = _rational_quadratic(xi, width, bottom, height, slope_left, slope_right)
        return self._with_tails(x, left + xi * width, -log_slope)

    def _knots(self, parameters):
        """Widths and heights, shape (bins, ...), and inner slopes, (bins - 1, ...)."""
        bins = self.bins

        def sizes(raw):
            share = like(self._LEAST_BIN, raw)
            rest = like(1 - self._LEAST_BIN * bins, raw)
            return like(2 * self.tail_bound, raw) * (share + rest * _softmax(raw))

        raw = parameters[2 * bins :]
        least = like(self._LEAST_SLOPE, raw)
        shift = like(np.log(np.expm1(1 - self._LEAST_SLOPE)), raw)  # makes a slope of 1 of raw 0
        slopes = least + pt.softplus(raw + shift)
        return sizes(parameters[:bins]), sizes(parameters[bins : 2 * bins]), slopes

    def _bin(self, value, widths, heights, slopes, by):
        """What the bin that holds each value is: its left, width, bottom, height and two slopes.

        `by` are the widths or the heights, in whose direction the value lies.
        """
        bins = self.bins
        zero, one = like(0, value), like(1, value)
        upper = pt.cumsum(disconnected_grad(by), axis=0)[:-1] - like(self.tail_bound, value)
        # Number of the bin, in the dtype of the values: integers of eight bytes would take longer.
        index = pt.ge(disconnected_grad(value)[None], upper).sum(axis=0, dtype=value.dtype)
        number = like(np.arange(bins).reshape((bins, *[1] * value.ndim)), value)
        at = index[None]

        def chosen(condition, numbers):
            return pt.switch(condition, numbers, zero).sum(axis=0)

        inside, before = pt.eq(number, at), pt.lt(number, at)
        start = like(-self.tail_bound, value)
        left, bottom = start + chosen(before, widths), start + chosen(before, heights)
        first, last = pt.eq(index, zero), pt.eq(index, like(bins - 1, value))
        slope_left = pt.switch(first, one, chosen(pt.eq(number[1:], at), slopes))
        slope_right = pt.switch(last, one, chosen(pt.eq(number[:-1], at), slopes))
        return left, chosen(inside, widths), bottom, chosen(inside, heights), slope_left, slope_right

    def _clipped(self, value):
        return pt.clip(value, like(-self.tail_bound, value), like(self.tail_bound, value))

    def _with_tails(self, value, image, log_slope):
        outside = pt.gt(abs(disconnected_grad(value)), like(self.tail_bound, value))
        return pt.switch(outside, value, image), pt.switch(outside, like(0, value), log_slope)


def _softmax(raw):
    """Over the first axis, along whose columns the numbers lie side by side."""
    above = pt.exp(raw - disconnected_grad(raw.max(axis=0, keepdims=True)))
    return above / above.sum(axis=0, keepdims=True)


def _rational_quadratic(xi, width, bottom, height, slope_left, slope_right):
    """Equations 4 and 5: the image of the place `xi` in [0, 1] of a bin, and the log slope there."""
    one = like(1, xi)
    s = height / width
    rest = one - xi
    both = xi * rest
    denominator = s + (slope_left + slope_right - s - s) * both
    image = bottom + height * (s * pt.sqr(xi) + slope_left * both) / denominator
    numerator = slope_right * pt.sqr(xi) + (s + s) * both + slope_left * pt.sqr(rest)
    log_slope = pt.log(pt.sqr(s) * numerator) - pt.log(pt.sqr(denominator))
    return image, log_slope


def _positive(value, name):
    if not 0 < value < np.inf:
        raise RangeError(f"{name} above 0 and finite", f"{value!r}", "Leave it at its default.")
    return float(value)
