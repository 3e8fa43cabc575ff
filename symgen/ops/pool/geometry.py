"""Where the windows of a pooling lie, and which shapes, windows, strides and paddings can work."""

import itertools

import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from symgen.errors import NotSupportedError, RangeError, ShapeError


class TooFewAxesError(ShapeError, NotImplementedError):
    """An input with fewer axes than are pooled, for which Theano raised NotImplementedError."""


def output_length(length, size, stride, pad, ignore_border):
    """Number of windows along an axis.

    With the padded length ``L = length + 2 pad``: where borders are ignored, only windows that lie
    within L count, ``(L - size) // stride + 1`` or none; else the windows that cover the last
    element too, ``(L - 1) // stride + 1`` for ``stride >= size`` and
    ``max(0, ceil((L - size) / stride)) + 1`` for overlapping ones.

    Parameters
    ----------
    length, size, stride, pad : int or symbolic integer scalar
    ignore_border : bool

    Returns
    -------
    int or symbolic integer scalar
        Symbolic where one of the parameters is.
    """
    symbolic = any(isinstance(n, Variable) for n in (length, size, stride, pad))
    at_least = pt.maximum if symbolic else max
    padded = length + 2 * pad
    if ignore_border:
        return at_least((padded - size) // stride + 1, 0)
    apart = (padded - 1) // stride + 1
    overlapping = at_least((padded - size + stride - 1) // stride, 0) + 1
    if not isinstance(size, Variable) and not isinstance(stride, Variable):
        return apart if stride >= size else overlapping
    return pt.switch(pt.ge(stride, size), apart, overlapping)


def check_windows(ws, stride, pad, ignore_border, ndim):
    """Refuse a window, stride or padding that cannot work on any image.

    Parameters
    ----------
    ws, stride, pad : sequence of int, or None where not known yet
    ignore_border : bool
    ndim : int
        Number of pooled axes: the length that each of the sequences has to have.

    Raises
    ------
    ShapeError
        For a sequence of another length.
    RangeError
        For a window or stride below 1, or a negative padding.
    NotSupportedError
        For a padding without ``ignore_border``, or as large as the window.
    """
    for name, value, least in (("ws", ws, 1), ("stride", stride, 1), ("pad", pad, 0)):
        if value is None:
            continue
        if len(value) != ndim:
            raise ShapeError(
                f"{name} with {ndim} integers, one for each pooled axis",
                f"{tuple(value)}",
                f"Give {ndim} numbers, or use an Op that pools over {len(value)} axes.",
            )
        if min(value) < least:
            raise RangeError(
                f"{name} of at least {least} along each axis", f"{tuple(value)}", f"Enlarge {name}."
            )
    if pad is not None and max(pad) > 0 and not ignore_border:
        raise NotSupportedError(
            "no padding, since ignore_border is False",
            f"pad={tuple(pad)}",
            "padding works only with ignore_border=True; or pad the input beforehand.",
        )
    if ws is not None and pad is not None and any(p >= n for p, n in zip(pad, ws, strict=True)):
        raise NotSupportedError(
            "a padding smaller than the window along each axis",
            f"pad={tuple(pad)}, ws={tuple(ws)}",
            "A window has to reach the image: enlarge ws or shrink pad.",
        )


def pooled_shape(lengths, ws, stride, pad, ignore_border):
    """Lengths of the pooled axes of the output, all known.

    Parameters
    ----------
    lengths : sequence of int
        Lengths of the pooled axes of the input.
    ws, stride, pad : sequence of int
    ignore_border : bool

    Returns
    -------
    tuple of int

    Raises
    ------
    ShapeError
        For an axis without an element, where a window would hold nothing but padding.
    Others
        As :func:`check_windows`.
    """
    ws, stride, pad = ([int(n) for n in values] for values in (ws, stride, pad))
    check_windows(ws, stride, pad, ignore_border, len(lengths))
    out = tuple(
        output_length(int(n), k, s, p, ignore_border)
        for n, k, s, p in zip(lengths, ws, stride, pad, strict=True)
    )
    if 0 in lengths and (not ignore_border or 0 not in out):
        raise ShapeError(
            "an image with at least one element along each pooled axis",
            f"lengths {tuple(lengths)}",
            "Give a larger input, or ignore_border=True without padding, which pools it to nothing.",
        )
    return out


def check_pooled(shape, input_shape, ws, stride, pad, ignore_border):
    """Refuse a pooled array whose shape does not belong to that of the input.

    Parameters
    ----------
    shape, input_shape : sequence of int
        Shapes of the pooled array and of what it was pooled from.
    ws, stride, pad : sequence of int
    ignore_border : bool

    Raises
    ------
    ShapeError
        When the shapes do not fit.
    Others
        As :func:`pooled_shape`.
    """
    leading = len(input_shape) - len(ws)
    pooled = pooled_shape(input_shape[leading:], ws, stride, pad, ignore_border)
    expected = (*input_shape[:leading], *pooled)
    if tuple(shape) != expected:
        raise ShapeError(
            f"a pooled array of shape {expected}, as the input's is {tuple(input_shape)}",
            f"shape {tuple(shape)}",
            "Take the output of the pooling of this very input, or its gradient.",
        )


def check_same_shape(shape, input_shape):
    """Refuse a gradient of the input that has not its shape.

    Raises
    ------
    ShapeError
        When the shapes differ.
    """
    if tuple(shape) != tuple(input_shape):
        raise ShapeError(
            f"an array of the input's shape {tuple(input_shape)}",
            f"shape {tuple(shape)}",
            "Pass a gradient with respect to the input of the pooling.",
        )


def window_counts(length, count, size, stride, pad, include_padding):
    """Number of elements that each of `count` windows along an axis divides by.

    A window is cut at the border of the padded image, or of the image without padding.

    Returns
    -------
    list of int
        `count` of them.
    """
    end = length + (pad if include_padding else 0)
    begin = -pad if include_padding else 0
    starts = [o * stride - pad for o in range(count)]
    return [min(start + size, end) - max(start, begin) for start in starts]


def covered_lengths(pooled, ws, stride):
    """Lengths of the padded axes from their beginning to the end of the last window."""
    return tuple((n - 1) * s + k if n else 0 for n, k, s in zip(pooled, ws, stride, strict=True))


def shifts(pooled, ws, stride):
    """For each place in a window: the slices of the covered axes that hold it, a window each."""
    for shift in itertools.product(*map(range, ws)):
        yield tuple(
            slice(t, t + (n - 1) * s + 1, s) for t, n, s in zip(shift, pooled, stride, strict=True)
        )
