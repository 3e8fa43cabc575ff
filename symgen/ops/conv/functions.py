"""Convolutions with Theano's names, arguments and defaults.

Images are (batch, channels, *spatial), filters (filters, channels / num_groups, *taps), or, unshared,
(filters, *output's spatial, channels / num_groups, *taps). As in Theano, filters are flipped: these are
convolutions; ``filter_flip=False`` makes them the correlations that other libraries compute.

Parameters that most functions here share
-----------------------------------------
input_shape, filter_shape : tuple of int or None, optional
    What is known of the shapes, None for an unknown size. It becomes part of the variable's type, and is
    checked when the function runs.
border_mode : {"valid", "full", "half"}, int, tuple of int, or tuple of pairs of int
    Zeros around the image: none; (k - 1) d on both sides; half the dilated filter, rounded down, on
    both sides; or so many, on all axes, by axis, or by axis and side (before, after).
subsample : int or tuple of int
    Strides, at least 1.
filter_flip : bool
filter_dilation : int or tuple of int
    Distance between taps, at least 1.
num_groups : int
    Group g of the filters sees group g of the channels only.
unshared : bool
    Each place of the output has filters of its own.
"""

from numbers import Integral

import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable

from symgen.errors import RangeError, SettingsError, ShapeError
from symgen.ops.conv.geometry import get_conv_output_shape, normalise_ints
from symgen.ops.conv.op import Conv, ConvGradInputs, ConvGradWeights


def _known(variable, shape, what):
    """The variable with what `shape` says of its sizes in its type."""
    variable = pt.as_tensor_variable(variable)
    if shape is None:
        return variable
    shape = _entries(shape, what)
    if len(shape) != variable.type.ndim:
        raise ShapeError(
            f"{what} with {variable.type.ndim} entries, one for each axis",
            repr(shape),
            "Write None for a size that is not known.",
        )
    for given, static in zip(shape, variable.type.shape, strict=True):
        if given is not None and static is not None and given != static:
            raise ShapeError(
                f"{what} that agrees with the variable's type {variable.type}",
                repr(shape),
                "Leave it out: what the type knows is used anyway.",
            )
    if all(g is None or s is not None for g, s in zip(shape, variable.type.shape, strict=True)):
        return variable
    return pt.specify_shape(variable, shape)


def _entries(shape, what):
    """Ints and None from a tuple that may hold constants; symbolic sizes are as good as None."""
    entries = []
    for size in shape:
        if isinstance(size, Constant):
            size = size.data.item()
        if isinstance(size, Variable):
            entries.append(None)
        elif size is None or isinstance(size, Integral):
            entries.append(None if size is None else int(size))
        else:
            raise ShapeError(f"{what} of integers and None", repr(shape), "Cast what is a float.")
    return tuple(entries)


def _spatial(shape, ndim, what):
    """The last sizes of a shape that has to be given."""
    if shape is None or any(size is None for size in tuple(shape)[-ndim:]):
        raise ShapeError(
            f"{what} whose last {ndim} entries are integers or symbolic integers",
            repr(shape),
            "Several sizes would give the same gradient's argument, so this one has to be said.",
        )
    return tuple(shape)[-ndim:]


def _ints_or_none(shape):
    return None if shape is None else _entries(shape, "a shape")


def _conv(ndim, input, filters, input_shape, filter_shape, *properties):
    input = _known(input, input_shape, "input_shape")
    filters = _known(filters, filter_shape, "filter_shape")
    return Conv(ndim, *properties)(input, filters)


def _grad_wrt_inputs(ndim, output_grad, filters, input_shape, filter_shape, *properties):
    filters = _known(filters, filter_shape, "filter_shape")
    spatial = _spatial(input_shape, ndim, "input_shape")
    op = ConvGradInputs(ndim, *properties)
    image = op(filters, output_grad, *spatial)
    return _known(image, _entries(input_shape, "input_shape"), "input_shape")


def _grad_wrt_weights(ndim, input, output_grad, filter_shape, input_shape, *properties):
    input = _known(input, input_shape, "input_shape")
    taps = _spatial(filter_shape, ndim, "filter_shape")
    filters = ConvGradWeights(ndim, *properties)(input, output_grad, *taps)
    return _known(filters, _entries(filter_shape, "filter_shape"), "filter_shape")


def conv1d(
    input,
    filters,
    input_shape=None,
    filter_shape=None,
    border_mode="valid",
    subsample=1,
    filter_flip=True,
    filter_dilation=1,
    num_groups=1,
    unshared=False,
):
    """Convolution over one axis: (batch, channels, time) with (filters, channels, taps).

    Parameters are those of :mod:`symgen.ops.conv.functions`.

    Returns
    -------
    tensor (batch, filters, time)
    """
    properties = (border_mode, subsample, filter_dilation, filter_flip, num_groups, unshared)
    return _conv(1, input, filters, input_shape, filter_shape, *properties)


def conv2d(
    input,
    filters,
    input_shape=None,
    filter_shape=None,
    border_mode="valid",
    subsample=(1, 1),
    filter_flip=True,
    image_shape=None,
    filter_dilation=(1, 1),
    num_groups=1,
    unshared=False,
):
    """Convolution over two axes, with Theano's arguments and defaults.

    ``output[b, f, y, x] = sum over c, i, j of input[b, c, s y + d (k - 1 - i) - l, ...]
    filters[f, c, i, j]``, with stride s, dilation d and l zeros before the image.

    Parameters
    ----------
    input : tensor (batch, channels, rows, columns), float32 or float64
    filters : tensor (filters, channels / num_groups, rows, columns)
    image_shape : tuple, optional
        Older name of `input_shape`.

    The others are those of :mod:`symgen.ops.conv.functions`.

    Returns
    -------
    tensor (batch, filters, rows, columns)

    Raises
    ------
    ShapeError
        When shapes do not fit each other, as soon as that is known.
    RangeError
        For a property outside its range.

    Examples
    --------
    >>> import pytensor.tensor as pt
    >>> x = pt.tensor4("x", shape=(64, 1, 28, 28), dtype="float32")
    >>> w = pt.tensor4("w", shape=(32, 1, 5, 5), dtype="float32")
    >>> conv2d(x, w, border_mode="half", subsample=(2, 2)).type.shape
    (64, 32, 14, 14)
    """
    if image_shape is not None:
        if input_shape is not None:
            raise SettingsError(
                "input_shape", "image_shape, its older name, as well", "Pass one of them."
            )
        input_shape = image_shape
    properties = (border_mode, subsample, filter_dilation, filter_flip, num_groups, unshared)
    return _conv(2, input, filters, input_shape, filter_shape, *properties)


def conv3d(
    input,
    filters,
    input_shape=None,
    filter_shape=None,
    border_mode="valid",
    subsample=(1, 1, 1),
    filter_flip=True,
    filter_dilation=(1, 1, 1),
    num_groups=1,
):
    """Convolution over three axes: (batch, channels, depth, rows, columns).

    Parameters are those of :mod:`symgen.ops.conv.functions`.
    """
    properties = (border_mode, subsample, filter_dilation, filter_flip, num_groups)
    return _conv(3, input, filters, input_shape, filter_shape, *properties)


def conv2d_transpose(
    input,
    filters,
    output_shape,
    filter_shape=None,
    border_mode="valid",
    input_dilation=(1, 1),
    filter_flip=True,
    filter_dilation=(1, 1),
    num_groups=1,
    unshared=False,
):
    """Transposed convolution: the gradient of a convolution by its image, applied to `input`.

    Parameters
    ----------
    input : tensor (batch, filters, rows, columns)
    filters : tensor (filters, channels / num_groups, rows, columns)
        As in the convolution that this transposes: the first axis is summed over.
    output_shape : tuple
        (batch, channels, rows, columns) of the result; the last two have to be given.
    input_dilation : tuple of int
        Strides of the convolution that this transposes.

    The others are those of :mod:`symgen.ops.conv.functions`.

    Returns
    -------
    tensor of `output_shape`
    """
    return conv2d_grad_wrt_inputs(
        input,
        filters,
        output_shape,
        filter_shape,
        border_mode,
        input_dilation,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )


def conv2d_grad_wrt_inputs(
    output_grad,
    filters,
    input_shape,
    filter_shape=None,
    border_mode="valid",
    subsample=(1, 1),
    filter_flip=True,
    filter_dilation=(1, 1),
    num_groups=1,
    unshared=False,
):
    """Gradient of :func:`conv2d` by its input, for the gradient by its output.

    `input_shape` has four entries, the last two of them given. The other parameters are those of
    :mod:`symgen.ops.conv.functions`.
    """
    properties = (border_mode, subsample, filter_dilation, filter_flip, num_groups, unshared)
    return _grad_wrt_inputs(2, output_grad, filters, input_shape, filter_shape, *properties)


def conv2d_grad_wrt_weights(
    input,
    output_grad,
    filter_shape,
    input_shape=None,
    border_mode="valid",
    subsample=(1, 1),
    filter_flip=True,
    filter_dilation=(1, 1),
    num_groups=1,
    unshared=False,
):
    """Gradient of :func:`conv2d` by its filters, for the gradient by its output.

    `filter_shape` has an entry for each axis, the last two of them given. The other parameters
    are those of :mod:`symgen.ops.conv.functions`.
    """
    properties = (border_mode, subsample, filter_dilation, filter_flip, num_groups, unshared)
    return _grad_wrt_weights(2, input, output_grad, filter_shape, input_shape, *properties)


def conv3d_grad_wrt_inputs(
    output_grad,
    filters,
    input_shape,
    filter_shape=None,
    border_mode="valid",
    subsample=(1, 1, 1),
    filter_flip=True,
    filter_dilation=(1, 1, 1),
    num_groups=1,
):
    """Gradient of :func:`conv3d` by its input; see :func:`conv2d_grad_wrt_inputs`."""
    properties = (border_mode, subsample, filter_dilation, filter_flip, num_groups)
    return _grad_wrt_inputs(3, output_grad, filters, input_shape, filter_shape, *properties)


def conv3d_grad_wrt_weights(
    input,
    output_grad,
    filter_shape,
    input_shape=None,
    border_mode="valid",
    subsample=(1, 1, 1),
    filter_flip=True,
    filter_dilation=(1, 1, 1),
    num_groups=1,
):
    """Gradient of :func:`conv3d` by its filters; see :func:`conv2d_grad_wrt_weights`."""
    properties = (border_mode, subsample, filter_dilation, filter_flip, num_groups)
    return _grad_wrt_weights(3, input, output_grad, filter_shape, input_shape, *properties)


def causal_conv1d(
    input,
    filters,
    filter_shape,
    input_shape=None,
    subsample=1,
    filter_flip=True,
    filter_dilation=1,
    num_groups=1,
    unshared=False,
):
    """Convolution over time whose output at t sees the input up to t only.

    (k - 1) d zeros are put before the input, none after.

    Parameters
    ----------
    input : tensor (batch, channels, time)
    filters : tensor (filters, channels / num_groups, taps)
    filter_shape : tuple of int or symbolic integer
        The number of taps, its last entry, has to be an int.

    The others are those of :mod:`symgen.ops.conv.functions`.

    Returns
    -------
    tensor (batch, filters, ceil(time / subsample))
    """
    taps = _spatial(filter_shape, 1, "filter_shape")[0]
    taps = _entries((taps,), "filter_shape")[0]
    if taps is None:
        raise ShapeError(
            "a number of taps that is known when the graph is built",
            f"{filter_shape}",
            "Write it as an int, or pad the input yourself and use conv1d.",
        )
    (dilation,) = normalise_ints(filter_dilation, 1, "filter_dilation")
    return conv1d(
        input,
        filters,
        input_shape,
        filter_shape,
        (((taps - 1) * dilation, 0),),
        subsample,
        filter_flip,
        dilation,
        num_groups,
        unshared,
    )


def _separable(
    ndim,
    input,
    depthwise_filters,
    pointwise_filters,
    num_channels,
    input_shape,
    depthwise_filter_shape,
    pointwise_filter_shape,
    border_mode,
    subsample,
    filter_flip,
    filter_dilation,
):
    if not isinstance(num_channels, Integral) or num_channels < 1:
        raise RangeError(
            "num_channels: the number of the input's channels, an int of at least 1",
            repr(num_channels),
            "It has to be known when the graph is built.",
        )
    pointwise = pt.as_tensor_variable(pointwise_filters)
    taps = pointwise.type.shape[2:]
    if pointwise_filter_shape is not None:
        taps = _entries(pointwise_filter_shape, "pointwise_filter_shape")[2:]
    if any(size not in (1, None) for size in taps):
        raise ShapeError(
            "pointwise filters of one tap", f"taps {taps}", "Use conv2d or conv3d for larger ones."
        )
    middle = _conv(
        ndim,
        input,
        depthwise_filters,
        input_shape,
        depthwise_filter_shape,
        border_mode,
        subsample,
        filter_dilation,
        filter_flip,
        int(num_channels),
    )
    shape = None
    if input_shape is not None and depthwise_filter_shape is not None:
        op = middle.owner.op
        shape = get_conv_output_shape(
            _ints_or_none(input_shape),
            _ints_or_none(depthwise_filter_shape),
            op.border_mode,
            op.subsample,
            op.filter_dilation,
        )
    properties = ("valid", 1, 1, filter_flip)
    return _conv(ndim, middle, pointwise, shape, pointwise_filter_shape, *properties)


def separable_conv2d(
    input,
    depthwise_filters,
    pointwise_filters,
    num_channels,
    input_shape=None,
    depthwise_filter_shape=None,
    pointwise_filter_shape=None,
    border_mode="valid",
    subsample=(1, 1),
    filter_flip=True,
    filter_dilation=(1, 1),
):
    """Convolution of each channel by itself, then of one tap over all of them.

    Parameters
    ----------
    input : tensor (batch, channels, rows, columns)
    depthwise_filters : tensor (multiple of channels, 1, rows, columns)
    pointwise_filters : tensor (filters, that multiple, 1, 1)
    num_channels : int
        Channels of the input.

    The others are those of :mod:`symgen.ops.conv.functions`; border mode, strides and dilation are
    those of the first convolution.

    Returns
    -------
    tensor (batch, filters, rows, columns)

    References
    ----------
    F. Chollet (2017). Xception: deep learning with depthwise separable convolutions.
    """
    return _separable(
        2,
        input,
        depthwise_filters,
        pointwise_filters,
        num_channels,
        input_shape,
        depthwise_filter_shape,
        pointwise_filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
    )


def separable_conv3d(
    input,
    depthwise_filters,
    pointwise_filters,
    num_channels,
    input_shape=None,
    depthwise_filter_shape=None,
    pointwise_filter_shape=None,
    border_mode="valid",
    subsample=(1, 1, 1),
    filter_flip=True,
    filter_dilation=(1, 1, 1),
):
    """:func:`separable_conv2d` over three axes."""
    return _separable(
        3,
        input,
        depthwise_filters,
        pointwise_filters,
        num_channels,
        input_shape,
        depthwise_filter_shape,
        pointwise_filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
    )
