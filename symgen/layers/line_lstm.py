"""The LSTM that goes through an image line by line, all pixels of a line at once.

A line is a row, or a diagonal. What a pixel is told by the line before comes through a window of
that line's pixels.

References
----------
A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML.
Equation 3.
"""

import pytensor
import pytensor.tensor as pt

from symgen.activations import sigmoid, tanh
from symgen.layers.lengths import lengths


def lstm(a, c):
    """One step: ``c' = f c + i g``, ``h = o tanh(c')`` (equation 3).

    Parameters
    ----------
    a : variable, shape (..., 4 * units)
        The sums before ``o``, ``f``, ``i``, which are sigmoids of theirs, and ``g``, a tanh of its own.
    c : variable, shape (..., units)
        The cell before.

    Returns
    -------
    (h, c') : variables of the shape of `c`
    """
    units = a.type.shape[-1] // 4
    o, f, i, g = (a[..., k * units : (k + 1) * units] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def lines(a, W, before, after):
    """The hidden states of all lines, the first after a line of zeros.

    Parameters
    ----------
    a : variable, shape (lines, positions, batch, 4 * units)
        What the input adds in each line, the bias included.
    W : matrix of shape ((before + 1 + after) * units, 4 * units)
        Weights of :func:`window`.
    before, after : int
        As for :func:`window`.

    Returns
    -------
    variable, shape (lines, positions, batch, units)
    """

    def step(a, h, c, W):
        return lstm(a + products(window(h, before, after), W), c)

    count, positions, batch, gates = lengths(a)
    shape = positions, batch, gates // 4
    start = pt.zeros(shape, dtype=a.dtype)
    h, _ = pytensor.scan(
        step, sequences=a, outputs_info=[start, start], non_sequences=[W], strict=True,
        return_updates=False,
    )  # fmt: skip
    return h.reshape((count, *shape))


def window(h, before, after):
    """Beside each other, what a line has at each position, so many before and so many after it.

    Parameters
    ----------
    h : variable, shape (positions, batch, units)
    before, after : int

    Returns
    -------
    variable, shape (positions, batch, (before + 1 + after) * units)
        0 for what lies beyond the ends of the line.
    """
    beyond, positions = pt.zeros_like(h[:1]), lengths(h)[0]
    line = pt.concatenate([*[beyond] * before, h, *[beyond] * after], axis=0)
    return pt.concatenate([line[k : k + positions] for k in range(before + 1 + after)], axis=2)


def products(h, W):
    """``h W`` for each position and example: (positions, batch, n) to (positions, batch, m)."""
    units, gates = W.type.shape
    return pt.dot(h.reshape((-1, units)), W).reshape((lengths(h)[0], -1, gates))


def skew(a):
    """Move row ``r`` of a map ``r`` columns to the right, so that its diagonals become columns.

    Parameters
    ----------
    a : variable, shape (rows, columns, batch, units)

    Returns
    -------
    variable, shape (rows, columns + rows - 1, batch, units)
        0 where there was no pixel.
    """
    rows, columns, *rest = lengths(a)
    wide = pt.concatenate([a, pt.zeros((rows, rows, *rest), dtype=a.dtype)], axis=1)
    pixels = wide.reshape((rows * (columns + rows), *rest))[: rows * (columns + rows - 1)]
    return pixels.reshape((rows, columns + rows - 1, *rest))


def unskew(a, columns):
    """The map of so many columns of which :func:`skew` made `a`."""
    rows, width, *rest = lengths(a)
    pixels = a.reshape((rows * width, *rest))
    pixels = pt.concatenate([pixels, pt.zeros((rows, *rest), dtype=a.dtype)], axis=0)
    return pixels.reshape((rows, width + 1, *rest))[:, :columns]
