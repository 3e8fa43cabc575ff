"""Grey levels and the unit interval: dequantisation and its way back.

A level ``k`` of ``levels`` comes as ``x = k / (levels - 1)``. With noise ``u`` in [0, 1) it becomes
``y = (k + u) / levels``, which has a density. The probability of an image is the integral of that
density over its cell, whose volume is ``levels^-dim``, so that by Jensen's inequality

    log P(k) >= E_u[log p(y)] - dim log(levels).

References
----------
L. Theis, A. van den Oord, M. Bethge (2016). A note on the evaluation of generative models. ICLR.
Equations 5 to 7.
"""

import numbers

import numpy as np
import pytensor.tensor as pt

from symgen.errors import RangeError
from symgen.models.flows.bijector import like


def dequantize(x, levels, srng):
    """Grey levels with uniform noise, in [0, 1), shape of `x`.

    Parameters
    ----------
    x : matrix of multiples of ``1 / (levels - 1)`` in [0, 1]
    levels : int
    srng : symgen.random.RandomStreams
    """
    u = srng.uniform(x.shape, dtype=x.dtype)
    k = pt.round(x * like(levels - 1, x))
    return (k + u) * like(1 / levels, x)


def quantize(y, levels):
    """The grey level of the cell that `y` lies in, or the nearest; multiples of 1 / (levels - 1)."""
    k = pt.clip(pt.floor(y * like(levels, y)), like(0, y), like(levels - 1, y))
    return k * like(1 / (levels - 1), y)


def log_cell_volume(dim, levels):
    """``-dim log(levels)``."""
    return -dim * np.log(levels)


def levels_or_none(levels):
    """`levels` as an int of at least 2, or None; else :class:`RangeError`."""
    if levels is None:
        return None
    if not isinstance(levels, numbers.Integral) or levels < 2:
        raise RangeError(
            "levels to be None or a whole number of at least 2",
            repr(levels),
            "Give the number of grey levels: 256 for MNIST, 17 for the digits.",
        )
    return int(levels)


def check_levels(x, levels):
    """Raise :class:`RangeError` unless the array `x` holds multiples of 1 / (levels - 1) in [0, 1]."""
    k = np.asarray(x, dtype="float64") * (levels - 1)
    off = abs(k - np.round(k)).max()
    if off > 1e-3 or k.min() < -0.5 or k.max() > levels - 0.5:
        raise RangeError(
            f"grey levels: multiples of 1/{levels - 1} in [0, 1]",
            f"values up to {off / (levels - 1):.3g} away from them, from {np.min(x):g} to {np.max(x):g}",
            "Give the number of levels that the data have, or none for real values.",
        )
