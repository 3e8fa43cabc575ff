"""Convolutions for PyTorch; importing this file teaches them to PyTensor's PyTorch backend."""

import numpy as np
import torch
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify
from torch.nn import functional

from symgen.ops.conv.op import Conv, ConvGradInputs, ConvGradWeights

_CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}


def _split_padding(op, taps):
    """(padding that PyTorch's kernels add themselves, what has to be added before them or None).

    The kernels know one number for both sides of an axis.
    """
    pads = op.paddings(taps)
    if all(left == right for left, right in pads):
        return [left for left, _ in pads], None
    return [0] * op.ndim, [size for pair in reversed(pads) for size in pair]


def _flipped(op, filters):
    return torch.flip(filters, tuple(range(-op.ndim, 0))) if op.filter_flip else filters


def _inner(op, padded, pads, spatial):
    """An image without its padding."""
    for axis, ((left, _), size) in enumerate(zip(pads, spatial, strict=True), 2):
        padded = padded.narrow(axis, left, size)
    return padded


def _letters(op):
    places, taps = "xyz"[: op.ndim], "ijk"[: op.ndim]
    return f"ngc{places}{taps}", f"gf{places}c{taps}", f"ngf{places}"


def _windows(op, image, taps):
    """View (batch, groups, channels, *places, *taps) of the padded image."""
    pads = [size for pair in reversed(op.paddings(taps)) for size in pair]
    windows = functional.pad(image, pads)
    for axis, (k, s, d) in enumerate(zip(taps, op.subsample, op.filter_dilation, strict=True), 2):
        windows = windows.unfold(axis, (k - 1) * d + 1, s)[..., ::d]
    groups = op.num_groups
    return windows.unflatten(1, (groups, image.shape[1] // groups))


def _grouped(op, tensor, axis):
    groups = op.num_groups
    return tensor.unflatten(axis, (groups, tensor.shape[axis] // groups))


@pytorch_funcify.register(Conv)
def pytorch_funcify_conv(op, **kwargs):
    """A function (image, filters) -> output."""

    def conv(image, filters):
        op.check(tuple(image.shape), tuple(filters.shape))
        taps = tuple(filters.shape[-op.ndim :])
        filters = _flipped(op, filters)
        if op.unshared:
            windows, of_filters, of_output = _letters(op)
            output = torch.einsum(
                f"{windows},{of_filters}->{of_output}",
                _windows(op, image, taps),
                _grouped(op, filters, 0),
            )
            return output.flatten(1, 2)
        padding, before = _split_padding(op, taps)
        if before is not None:
            image = functional.pad(image, before)
        return _CONV[op.ndim](
            image, filters, None, op.subsample, padding, op.filter_dilation, op.num_groups
        )

    return conv


def _backward(op, output, image, filters, padding, wanted):
    """The gradient by the image (wanted 0) or the filters (wanted 1)."""
    return torch.ops.aten.convolution_backward(
        output,
        image,
        filters,
        None,
        op.subsample,
        padding,
        op.filter_dilation,
        False,
        [0] * op.ndim,
        op.num_groups,
        [wanted == 0, wanted == 1, False],
    )[wanted]


@pytorch_funcify.register(ConvGradInputs)
def pytorch_funcify_conv_grad_inputs(op, **kwargs):
    """A function (filters, output, *spatial) -> image."""

    def conv_grad_inputs(filters, output, *spatial):
        taps, spatial = tuple(filters.shape[-op.ndim :]), tuple(int(n) for n in spatial)
        shape = (output.shape[0], filters.shape[-op.ndim - 1] * op.num_groups, *spatial)
        op.check(shape, tuple(filters.shape), tuple(output.shape))
        pads = op.paddings(taps)
        filters = _flipped(op, filters)
        padded = [n + left + right for n, (left, right) in zip(spatial, pads, strict=True)]
        if op.unshared:
            image = _unshared_grad_inputs(op, filters, output, (*shape[:2], *padded))
            return _inner(op, image, pads, spatial)
        padding, before = _split_padding(op, taps)
        if before is None:
            image = output.new_empty(1).expand(shape)
            return _backward(op, output, image, filters, padding, 0)
        image = output.new_empty(1).expand(*shape[:2], *padded)
        return _inner(op, _backward(op, output, image, filters, padding, 0), pads, spatial)

    return conv_grad_inputs


def _unshared_grad_inputs(op, filters, output, shape):
    """One tap after the other, added to where it looked in the padded image."""
    image = _grouped(op, output.new_zeros(shape), 1)
    _, of_filters, of_output = _letters(op)
    expression = f"{of_output},{of_filters[: -op.ndim]}->ngc{of_output[3:]}"
    given, filters = _grouped(op, output, 1), _grouped(op, filters, 0)
    for tap in np.ndindex(*filters.shape[-op.ndim :]):
        axes = zip(tap, op.filter_dilation, op.subsample, output.shape[2:], strict=True)
        where = tuple(slice(i * d, i * d + (n - 1) * s + 1, s) for i, d, s, n in axes)
        image[(..., *where)] += torch.einsum(expression, given, filters[(..., *tap)])
    return image.flatten(1, 2)


@pytorch_funcify.register(ConvGradWeights)
def pytorch_funcify_conv_grad_weights(op, **kwargs):
    """A function (image, output, *taps) -> filters."""

    def conv_grad_weights(image, output, *taps):
        taps = tuple(int(n) for n in taps)
        shape = op.filter_shape(tuple(image.shape), tuple(output.shape), taps)
        op.check(tuple(image.shape), shape, tuple(output.shape))
        if op.unshared:
            windows, of_filters, of_output = _letters(op)
            filters = torch.einsum(
                f"{windows},{of_output}->{of_filters}",
                _windows(op, image, taps),
                _grouped(op, output, 1),
            ).flatten(0, 1)
            return _flipped(op, filters)
        padding, before = _split_padding(op, taps)
        if before is not None:
            image = functional.pad(image, before)
        filters = image.new_empty(1).expand(shape)
        return _flipped(op, _backward(op, output, image, filters, padding, 1))

    return conv_grad_weights
