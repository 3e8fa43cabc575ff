"""Convolutions for JAX; importing this file teaches them to PyTensor's JAX backend.

The gradients are the transposes of the convolution as a linear function, which JAX derives.

On a GPU XLA lets cuDNN multiply a convolution by a number that stands behind it, a learning rate, and hands over the
number in float32, for float64 too. :func:`_apart` keeps results in float64 from being joined with what follows.
"""

import jax
import jax.numpy as jnp
from jax import lax
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.errors import BackendError
from symgen.ops.conv.op import Conv, ConvGradInputs, ConvGradWeights


def _concrete(sizes, op):
    """Ints from sizes that JAX has to know while it traces.

    Raises
    ------
    BackendError
        For a size that depends on a value.
    """
    for size in sizes:
        if isinstance(size, jax.core.Tracer):
            raise BackendError(
                f"sizes of {type(op).__name__} that follow from shapes and constants, on JAX",
                f"{size}, which is computed from values",
                "Write the size as an int, or take it from the shape of an array.",
            )
    return tuple(int(size) for size in sizes)


def _apart(result):
    """`result`, which XLA computes by itself where it is float64."""
    return lax.optimization_barrier(result) if result.dtype == jnp.float64 else result


def _convolution(op, taps):
    """The convolution (image, filters) -> output for filters of these taps, in JAX."""
    axes = tuple(range(-op.ndim, 0))
    options = {
        "window_strides": op.subsample,
        "padding": op.paddings(taps),
        "rhs_dilation": op.filter_dilation,
    }

    def shared(image, filters):
        if op.filter_flip:
            filters = jnp.flip(filters, axes)
        return lax.conv_general_dilated(
            image, filters, feature_group_count=op.num_groups, **options
        )

    def unshared(image, filters):
        if op.filter_flip:
            filters = jnp.flip(filters, axes)
        windows = lax.conv_general_dilated_patches(image, taps, **options)
        batch, groups = image.shape[0], op.num_groups
        places = windows.shape[2:]
        windows = windows.reshape(batch, groups, image.shape[1] // groups, *taps, *places)
        filters = filters.reshape(groups, filters.shape[0] // groups, *filters.shape[1:])
        p, t = "xyz"[: op.ndim], "ijk"[: op.ndim]
        output = jnp.einsum(f"ngc{t}{p},gf{p}c{t}->ngf{p}", windows, filters)
        return output.reshape(batch, -1, *places)

    return unshared if op.unshared else shared


@jax_funcify.register(Conv)
def jax_funcify_conv(op, **kwargs):
    """A function (image, filters) -> output."""

    def conv(image, filters):
        op.check(image.shape, filters.shape)
        return _apart(_convolution(op, filters.shape[-op.ndim :])(image, filters))

    return conv


@jax_funcify.register(ConvGradInputs)
def jax_funcify_conv_grad_inputs(op, **kwargs):
    """A function (filters, output, *spatial) -> image."""

    def conv_grad_inputs(filters, output, *spatial):
        channels = filters.shape[-op.ndim - 1] * op.num_groups
        shape = (output.shape[0], channels, *_concrete(spatial, op))
        op.check(shape, filters.shape, output.shape)
        convolution = _convolution(op, filters.shape[-op.ndim :])
        image = jax.ShapeDtypeStruct(shape, output.dtype)
        return _apart(jax.linear_transpose(lambda x: convolution(x, filters), image)(output)[0])

    return conv_grad_inputs


@jax_funcify.register(ConvGradWeights)
def jax_funcify_conv_grad_weights(op, **kwargs):
    """A function (image, output, *taps) -> filters."""

    def conv_grad_weights(image, output, *taps):
        taps = _concrete(taps, op)
        shape = op.filter_shape(image.shape, output.shape, taps)
        op.check(image.shape, shape, output.shape)
        convolution = _convolution(op, taps)
        filters = jax.ShapeDtypeStruct(shape, image.dtype)
        return _apart(jax.linear_transpose(lambda w: convolution(image, w), filters)(output)[0])

    return conv_grad_weights
