"""Bilinear upsampling as a transposed convolution with a triangular kernel, as in Theano.

Along an axis of n pixels with ratio r, output q lies at ``(q - (r - 1) // 2) / r`` of the input's
coordinate and is interpolated linearly between its two neighbours; beyond the first and the last pixel
these are repeated.
"""

from math import gcd
from numbers import Integral

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from symgen.errors import RangeError, SettingsError, ShapeError
from symgen.ops.conv import ConvGradInputs


def bilinear_kernel_1D(ratio, normalize=True, dtype=None):
    """The triangle ``1, 2, ..., ratio, ..., 2, 1``, over `ratio` where normalised.

    Parameters
    ----------
    ratio : int or symbolic integer
        At least 1.
    normalize : bool
        Divide by `ratio`, so that upsampling a constant keeps it.
    dtype : str, optional
        ``pytensor.config.floatX`` by default.

    Returns
    -------
    tensor (2 ratio - 1,)
    """
    dtype = pytensor.config.floatX if dtype is None else dtype
    if isinstance(ratio, Variable):
        rising = pt.arange(1, ratio + 1, dtype=dtype)
        kernel = pt.concatenate([rising, rising[-2::-1]])
        return kernel / pt.cast(ratio, dtype) if normalize else kernel
    ratio = _ratio(ratio)
    kernel = np.concatenate([np.arange(1, ratio + 1), np.arange(ratio - 1, 0, -1)]).astype(dtype)
    return pt.constant(kernel / np.asarray(ratio, dtype) if normalize else kernel)


def bilinear_kernel_2D(ratio, normalize=True, dtype=None):
    """The outer product of :func:`bilinear_kernel_1D` with itself.

    Returns
    -------
    tensor (2 ratio - 1, 2 ratio - 1)
    """
    line = bilinear_kernel_1D(ratio, normalize, dtype)
    return line[:, None] * line[None, :]


def bilinear_upsampling(
    input,
    ratio=None,
    frac_ratio=None,
    batch_size=None,
    num_input_channels=None,
    use_1D_kernel=True,
):
    """Enlarge images by bilinear interpolation.

    Parameters
    ----------
    input : tensor (batch, channels, rows, columns), float32 or float64
    ratio : int, optional
        How many times as many rows and columns; at least 1.
    frac_ratio : tuple, optional
        Instead of `ratio`: see :func:`frac_bilinear_upsampling`.
    batch_size, num_input_channels : int, optional
        What is known of the input's shape; it becomes part of the type and is checked.
    use_1D_kernel : bool
        One axis after the other, which takes fewer products than both at once and gives the same. With
        `frac_ratio` that is always so.

    Returns
    -------
    tensor (batch, channels, ratio rows, ratio columns)

    Raises
    ------
    SettingsError
        Without a ratio, or with both.
    RangeError
        For a ratio that is not an int of at least 1.
    ShapeError
        For an input that does not have four axes.

    Examples
    --------
    >>> import pytensor.tensor as pt
    >>> x = pt.tensor4("x", shape=(8, 3, 7, 7), dtype="float32")
    >>> bilinear_upsampling(x, ratio=2).type.shape
    (8, 3, 14, 14)
    """
    if (ratio is None) == (frac_ratio is None):
        raise SettingsError(
            "either ratio or frac_ratio",
            "none of them" if ratio is None else "both of them",
            "ratio=2 doubles rows and columns; frac_ratio=(3, 2) makes them half as many again.",
        )
    input = _images(input, (batch_size, num_input_channels, None, None))
    if ratio is None:
        return frac_bilinear_upsampling(input, frac_ratio)
    ratio = _ratio(ratio)
    if use_1D_kernel:
        return _along(_along(input, ratio, 2), ratio, 3)
    return _transposed(_repeated(_repeated(input, 2), 3), ratio, (2, 3), _sizes(input))


def frac_bilinear_upsampling(input, frac_ratio):
    """Enlarge, or shrink, images by fractional ratios.

    The images are enlarged by the numerator; then of as many rows and columns as the denominator
    says the first is kept.

    Parameters
    ----------
    input : tensor (batch, channels, rows, columns), float32 or float64
    frac_ratio : tuple of two ints, or of two such tuples
        (numerator, denominator) for both axes, or for rows and for columns.

    Returns
    -------
    tensor (batch, channels, ceil(rows numerator / denominator), likewise columns)

    Raises
    ------
    RangeError
        For anything else.
    ShapeError
        For an input that does not have four axes.
    """
    pairs = frac_ratio
    if isinstance(pairs, tuple) and all(isinstance(n, Integral) for n in pairs):
        pairs = (pairs, pairs)
    if not (
        isinstance(pairs, tuple)
        and len(pairs) == 2
        and all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs)
    ):
        raise RangeError(
            "frac_ratio: (numerator, denominator), or two such tuples for rows and columns",
            repr(frac_ratio),
            "Use ratio for a whole number.",
        )
    output = _images(input, (None,) * 4)
    for axis, (numerator, denominator) in enumerate(pairs, 2):
        numerator, denominator = _ratio(numerator), _ratio(denominator)
        common = gcd(numerator, denominator)
        output = _along(output, numerator // common, axis)
        kept = [slice(None)] * 4
        kept[axis] = slice(None, None, denominator // common)
        output = output[tuple(kept)]
    return output


def _ratio(value):
    if isinstance(value, Integral) and not isinstance(value, bool) and value >= 1:
        return int(value)
    raise RangeError("a ratio: an int of at least 1", repr(value), "2 doubles rows and columns.")


def _images(input, known):
    input = pt.as_tensor_variable(input)
    if input.type.ndim != 4:
        raise ShapeError(
            "images (batch, channels, rows, columns)",
            f"{input.type.ndim} axes ({input.type})",
            "Add the axes that are missing with [None].",
        )
    if all(g is None or g == s for g, s in zip(known, input.type.shape, strict=True)):
        return input
    return pt.specify_shape(input, known)


def _sizes(variable):
    return [variable.shape[k] if n is None else n for k, n in enumerate(variable.type.shape)]


def _repeated(images, axis):
    """With the first and the last row or column once more."""
    first, last = [slice(None)] * 4, [slice(None)] * 4
    first[axis], last[axis] = slice(0, 1), slice(-1, None)
    return pt.concatenate([images[tuple(first)], images, images[tuple(last)]], axis=axis)


def _along(images, ratio, axis):
    """Enlarged along one axis."""
    if ratio == 1:
        return images
    return _transposed(_repeated(images, axis), ratio, (axis,), _sizes(images))


def _transposed(repeated, ratio, axes, sizes):
    """The transposed convolution of images whose borders are repeated along `axes`.

    `sizes` are those of the images without the repetition.
    """
    # A repeated pixel is `ratio` outputs before the first one, which shall lie (ratio - 1) // 2 in.
    pad = 2 * ratio - (ratio - 1) // 2 - 1
    chosen = [axis in axes for axis in (2, 3)]
    op = ConvGradInputs(
        2,
        tuple(pad if used else 0 for used in chosen),
        tuple(ratio if used else 1 for used in chosen),
    )
    line = np.asarray(bilinear_kernel_1D(ratio, True, repeated.type.dtype).data)
    filters = np.ones((1, 1, 1, 1), line.dtype)
    for used, shape in zip(chosen, ((1, 1, -1, 1), (1, 1, 1, -1)), strict=True):
        filters = filters * line.reshape(shape) if used else filters
    spatial = [n * ratio if used else n for n, used in zip(sizes[2:], chosen, strict=True)]
    rows, columns = _sizes(repeated)[2:]
    planes = repeated.reshape((sizes[0] * sizes[1], 1, rows, columns))
    enlarged = op(pt.constant(filters), planes, *spatial)
    return enlarged.reshape((*sizes[:2], *spatial))
