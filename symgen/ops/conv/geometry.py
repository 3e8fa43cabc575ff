"""Shapes of a convolution: border modes, output sizes, and what goes in given what comes out.

Along one axis, an image of n, a filter of k taps with dilation d, padding l before and r after and
stride s give ``floor((n + l + r - (k - 1) d - 1) / s) + 1`` outputs.
"""

from numbers import Integral

from symgen.errors import RangeError, ShapeError

MODES = ("valid", "full", "half")


def _is_int(value):
    return isinstance(value, Integral) and not isinstance(value, bool)


def normalise_border_mode(border_mode, ndim):
    """One of :data:`MODES`, or a tuple of `ndim` pairs (padding before, padding after).

    Parameters
    ----------
    border_mode : str, int, tuple of int, or tuple of pairs of int
        ``"valid"``: no padding. ``"full"``: (k - 1) d on both sides. ``"half"``: half the dilated
        filter, rounded down, on both sides. Else the number of zeros, on all axes, by axis, or
        by axis and side.
    ndim : int
        Number of spatial axes.

    Raises
    ------
    RangeError
        For anything else, or a negative padding.
    """
    if isinstance(border_mode, str):
        if border_mode in MODES:
            return border_mode
    elif _is_int(border_mode):
        return normalise_border_mode((border_mode,) * ndim, ndim)
    elif isinstance(border_mode, (tuple, list)) and len(border_mode) == ndim:
        pads = [(p, p) if _is_int(p) else p for p in border_mode]
        if all(
            isinstance(pair, (tuple, list)) and len(pair) == 2 and all(map(_is_int, pair))
            for pair in pads
        ):
            pads = tuple((int(left), int(right)) for left, right in pads)
            if min(min(pair) for pair in pads) >= 0:
                return pads
    raise RangeError(
        f"a border mode: one of {MODES}, an int of at least 0, or a tuple of {ndim} such ints or "
        "pairs (before, after) of them",
        repr(border_mode),
        "Crop with a slice where you wanted a negative padding.",
    )


def normalise_ints(value, ndim, name):
    """A tuple of `ndim` ints of at least 1 from an int or a sequence: strides, dilations.

    Raises
    ------
    RangeError
    """
    values = (value,) * ndim if _is_int(value) else value
    if isinstance(values, (tuple, list)) and len(values) == ndim and all(map(_is_int, values)):
        values = tuple(map(int, values))
        if min(values) >= 1:
            return values
    raise RangeError(
        f"{name}: an int of at least 1, or a tuple of {ndim} of them",
        repr(value),
        "A stride or dilation of 1 leaves an axis as it is.",
    )


def padding_1axis(kernel, border_mode, dilation):
    """Zeros (before, after) along one axis; `kernel` is its number of taps, int or symbolic.

    `border_mode` is one of :data:`MODES`, an int or a pair.
    """
    span = (kernel - 1) * dilation + 1
    if border_mode == "valid":
        return 0, 0
    if border_mode == "full":
        return span - 1, span - 1
    if border_mode == "half":
        return span // 2, span // 2
    return (border_mode, border_mode) if _is_int(border_mode) else tuple(border_mode)


def paddings(kernel_shape, border_mode, dilation):
    """Zeros (before, after) along each axis, for a normalised border mode."""
    modes = _by_axis(border_mode, len(kernel_shape))
    return [padding_1axis(*axis) for axis in zip(kernel_shape, modes, dilation)]


def _by_axis(border_mode, ndim):
    if isinstance(border_mode, str) or _is_int(border_mode):
        return (border_mode,) * ndim
    return tuple(border_mode)


def get_conv_shape_1axis(image_shape, kernel_shape, border_mode, subsample, dilation=1):
    """Size of a convolution's output along one axis; None where an argument is None.

    Parameters
    ----------
    image_shape, kernel_shape : int, symbolic integer, or None
    border_mode : str, int or pair of int
    subsample, dilation : int

    Raises
    ------
    ShapeError
        Where the sizes are known and no output fits.
    """
    if None in (image_shape, kernel_shape, border_mode, subsample, dilation):
        return None
    span = (kernel_shape - 1) * dilation + 1
    left, right = padding_1axis(kernel_shape, border_mode, dilation)
    room = image_shape + left + right - span
    if _is_int(room) and (room < 0 or kernel_shape < 1):
        raise impossible_shape(image_shape, kernel_shape, (left, right), dilation)
    return room // subsample + 1


def impossible_shape(image, kernel, pads, dilation):
    """The error of a filter that does not fit into its padded image."""
    return ShapeError(
        "a filter of at least one tap that fits into the padded image",
        f"an image of {image} with padding {tuple(map(int, pads))} and {kernel} taps of "
        f"dilation {dilation} along an axis",
        "Use a larger image, a smaller filter, or more padding (border_mode='half' or 'full').",
    )


def get_conv_output_shape(image_shape, kernel_shape, border_mode, subsample, filter_dilation=None):
    """Shape of a convolution's output.

    Parameters
    ----------
    image_shape : tuple
        (batch, channels, *spatial); each an int, a symbolic integer, or None for unknown.
    kernel_shape : tuple
        (filters, channels, *spatial), or (filters, *output's spatial, channels, *spatial) for
        unshared filters.
    border_mode : str, int or tuple
    subsample, filter_dilation : tuple of int

    Returns
    -------
    tuple
        (batch, filters, *spatial), None where unknown.
    """
    ndim = len(subsample)
    dilation = (1,) * ndim if filter_dilation is None else filter_dilation
    modes = _by_axis(border_mode, ndim)
    axes = zip(image_shape[2:], kernel_shape[-ndim:], modes, subsample, dilation)
    return (image_shape[0], kernel_shape[0], *(get_conv_shape_1axis(*axis) for axis in axes))


def get_conv_gradinputs_shape_1axis(kernel_shape, top_shape, border_mode, subsample, dilation=1):
    """Size of the image along one axis; None where unknown, or ambiguous as strides make it."""
    if None in (kernel_shape, top_shape, border_mode, subsample, dilation) or subsample != 1:
        return None
    left, right = padding_1axis(kernel_shape, border_mode, dilation)
    return top_shape - 1 + (kernel_shape - 1) * dilation + 1 - left - right


def get_conv_gradinputs_shape(
    kernel_shape, top_shape, border_mode, subsample, filter_dilation=None, num_groups=1
):
    """Shape of the image whose convolution has the shape `top_shape`.

    Parameters are those of :func:`get_conv_output_shape`; `top_shape` is the output's. An axis with
    a stride above 1 is None: several sizes give the same output.
    """
    ndim = len(subsample)
    dilation = (1,) * ndim if filter_dilation is None else filter_dilation
    channels = kernel_shape[-ndim - 1]
    channels = None if channels is None else channels * num_groups
    axes = zip(
        kernel_shape[-ndim:], top_shape[2:], _by_axis(border_mode, ndim), subsample, dilation
    )
    return (top_shape[0], channels, *(get_conv_gradinputs_shape_1axis(*axis) for axis in axes))


def get_conv_gradweights_shape_1axis(image_shape, top_shape, border_mode, subsample, dilation=1):
    """Taps along one axis; None where unknown or ambiguous (strides, ``"half"``)."""
    if None in (image_shape, top_shape, border_mode, subsample, dilation):
        return None
    if subsample != 1 or border_mode == "half":
        return None
    if border_mode == "full":
        steps = top_shape - image_shape
    else:
        left, right = padding_1axis(1, border_mode, dilation)
        steps = image_shape + left + right - top_shape
    return steps // dilation + 1


def get_conv_gradweights_shape(
    image_shape,
    top_shape,
    border_mode,
    subsample,
    filter_dilation=None,
    num_groups=1,
    unshared=False,
):
    """Shape of the filters that turn `image_shape` into `top_shape`; None where ambiguous.

    Parameters are those of :func:`get_conv_output_shape`; `top_shape` is the output's.
    """
    ndim = len(subsample)
    dilation = (1,) * ndim if filter_dilation is None else filter_dilation
    channels = None if image_shape[1] is None else image_shape[1] // num_groups
    axes = zip(image_shape[2:], top_shape[2:], _by_axis(border_mode, ndim), subsample, dilation)
    taps = tuple(get_conv_gradweights_shape_1axis(*axis) for axis in axes)
    places = tuple(top_shape[2:]) if unshared else ()
    return (top_shape[1], *places, channels, *taps)
