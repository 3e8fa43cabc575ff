"""Neighbourhoods of images for JAX; importing this file teaches it to PyTensor's JAX backend.

Neighbourhoods, steps and shapes have to be known when the function is traced: constants, or
computed from shapes and constants.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pytensor.graph.basic import Constant
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.errors import BackendError
from symgen.ops.neighbours.geometry import begin, check_neibs, grid
from symgen.ops.neighbours.op import Images2Neibs, Images2NeibsGrad
from symgen.ops.pool.geometry import covered_lengths, shifts


def _integers(op, variable, value):
    """A neighbourhood, step or shape as integers of the host."""
    if isinstance(variable, Constant):
        value = variable.data
    elif isinstance(value, jax.core.Tracer):
        raise BackendError(
            f"neighbourhoods, steps and shapes of {op} that are known when JAX traces the function",
            f"{variable}, a value that JAX computes",
            "Give them as integers, or compute them from shapes; or take another backend.",
        )
    return tuple(int(n) for n in np.asarray(value))


def _sides(counts, lengths, size, step, mode):
    """(before, after) along each axis: what the neighbourhoods cover beyond the image."""
    covered = covered_lengths(counts, size, step)
    starts = [begin(k, mode) for k in size]
    return [(s, c - n - s) for s, c, n in zip(starts, covered, lengths, strict=True)]


def _wrapped(images, axis, before, after):
    """Images that go on at their other side along an axis; `after` below 0 cuts."""
    length = images.shape[axis]
    places = np.arange(-before, length + after) % length
    return jnp.take(images, places, axis=axis)


def _unwrapped(covered, axis, before, after, length):
    """Images from covered axes: what lies beyond a side is added at the other."""
    covered = jnp.moveaxis(covered, axis, 0)
    images = jnp.zeros((length, *covered.shape[1:]), covered.dtype)
    stop = length + min(after, 0)
    images = images.at[:stop].add(covered[before : before + stop])
    if before:
        images = images.at[length - before :].add(covered[:before])
    if after > 0:
        images = images.at[:after].add(covered[before + length :])
    return jnp.moveaxis(images, 0, axis)


@jax_funcify.register(Images2Neibs)
def jax_funcify_images2neibs(op, node, **kwargs):
    """A function (images, neib_shape, neib_step) -> neibs."""

    def images2neibs(images, neib_shape, neib_step):
        size = _integers(op, node.inputs[1], neib_shape)
        step = _integers(op, node.inputs[2], neib_step)
        images = jnp.asarray(images)
        counts = grid(images.shape[2:], size, step, op.mode)
        shape = (images.shape[0] * images.shape[1] * counts[0] * counts[1], size[0] * size[1])
        if 0 in shape:
            return jnp.zeros(shape, images.dtype)
        sides = _sides(counts, images.shape[2:], size, step, op.mode)
        if op.mode == "wrap_centered":
            for d, side in enumerate(sides):
                images = _wrapped(images, 2 + d, *side)
        else:
            zero = images.dtype.type(0)
            images = lax.pad(images, zero, [(0, 0, 0)] * 2 + [(*side, 0) for side in sides])
        parts = [images[(..., *place)] for place in shifts(counts, size, step)]
        return jnp.stack(parts, axis=-1).reshape(shape)

    return images2neibs


@jax_funcify.register(Images2NeibsGrad)
def jax_funcify_images2neibs_grad(op, node, **kwargs):
    """A function (neibs, neib_shape, neib_step, image_shape) -> images."""

    def images2neibs_grad(neibs, *windows):
        size, step, shape = (
            _integers(op, variable, value)
            for variable, value in zip(node.inputs[1:], windows, strict=True)
        )
        neibs = jnp.asarray(neibs)
        counts = check_neibs(neibs.shape, shape, size, step, op.mode)
        if neibs.size == 0:
            return jnp.zeros(shape, neibs.dtype)
        parts = neibs.reshape(*shape[:2], *counts, size[0] * size[1])
        covered = covered_lengths(counts, size, step)
        zero = neibs.dtype.type(0)
        images = functools.reduce(
            lax.add,
            (
                lax.pad(
                    parts[..., k],
                    zero,
                    [(0, 0, 0)] * 2
                    + [
                        (at.start, c - at.stop, s - 1)
                        for at, c, s in zip(place, covered, step, strict=True)
                    ],
                )
                for k, place in enumerate(shifts(counts, size, step))
            ),
        )
        sides = _sides(counts, shape[2:], size, step, op.mode)
        if op.mode == "wrap_centered":
            for d, side in enumerate(sides):
                images = _unwrapped(images, 2 + d, *side, shape[2 + d])
            return images
        return lax.pad(images, zero, [(0, 0, 0)] * 2 + [(-a, -b, 0) for a, b in sides])

    return images2neibs_grad
