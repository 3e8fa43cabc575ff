"""Pooling for JAX; importing this file teaches it to PyTensor's JAX backend.

Windows, strides and paddings have to be known when the function is traced: constants, or computed
from shapes and constants.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pytensor.graph.basic import Constant
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.errors import BackendError
from symgen.ops.pool.geometry import (
    check_pooled,
    check_same_shape,
    covered_lengths,
    pooled_shape,
    shifts,
)
from symgen.ops.pool.op import (
    AveragePoolGrad,
    DownsampleFactorMaxGradGrad,
    MaxPoolGrad,
    Pool,
    counts,
)


class _Windows:
    """The windows of one call over traced arrays."""

    def __init__(self, op, shape, ws, stride, pad, pooled=()):
        for array in pooled:
            check_pooled(array.shape, shape, ws, stride, pad, op.ignore_border)
        self.leading = len(shape) - op.ndim
        self.lengths = shape[self.leading :]
        self.pooled = pooled_shape(self.lengths, ws, stride, pad, op.ignore_border)
        self.pooled_shape = (*shape[: self.leading], *self.pooled)
        self.ws, self.stride, self.pad = ws, stride, pad
        self.covered = covered_lengths(self.pooled, ws, stride)
        self.nothing = 0 in self.pooled
        self.tiling = ws == stride

    def cover(self, x, fill):
        """`x` over the padded axes that the windows cover."""
        sides = [
            (p, c - n - p, 0) for p, c, n in zip(self.pad, self.covered, self.lengths, strict=True)
        ]
        return lax.pad(x, x.dtype.type(fill), [(0, 0, 0)] * self.leading + sides)

    def uncover(self, array):
        """The image's part of an array over the covered axes."""
        sides = [
            (-p, n + p - c, 0) for p, c, n in zip(self.pad, self.covered, self.lengths, strict=True)
        ]
        return lax.pad(array, array.dtype.type(0), [(0, 0, 0)] * self.leading + sides)

    def reduce(self, x, fill, join):
        """Join the elements of each window."""
        covered = self.cover(x, fill)
        if math.prod(self.ws) <= 4:  # as elementwise Ops, which XLA fuses with their neighbours
            return functools.reduce(join, (covered[place] for place in self.places()))
        ones = (1,) * self.leading
        return lax.reduce_window(
            covered, x.dtype.type(fill), join, ones + self.ws, ones + self.stride, "VALID"
        )

    def spread(self, pooled):
        """Each window's number at each of its places, where windows tile the covered axes."""
        for d, size in enumerate(self.ws):
            pooled = jnp.repeat(pooled, size, axis=self.leading + d)
        return pooled

    def add_back(self, pooled):
        """Sum, for each element of the covered axes, of the numbers of the windows that hold it."""
        if self.tiling:
            return self.spread(pooled)
        ones = (1,) * self.leading
        sides = [(0, 0)] * self.leading + [(k - 1, k - 1) for k in self.ws]
        return lax.reduce_window(
            pooled,
            pooled.dtype.type(0),
            lax.add,
            ones + self.ws,
            ones + (1,) * len(self.ws),
            sides,
            base_dilation=ones + self.stride,
        )

    def places(self):
        """For each place in a window: its index in arrays over the covered axes."""
        for place in shifts(self.pooled, self.ws, self.stride):
            yield (..., *place)

    def put(self, values, place):
        """An array over the covered axes, 0 but for `values` at a place of each window."""
        sides = [
            (at.start, c - at.stop, s - 1)
            for at, c, s in zip(place[1:], self.covered, self.stride, strict=True)
        ]
        return lax.pad(values, values.dtype.type(0), [(0, 0, 0)] * self.leading + sides)

    def divided(self, sums, mode):
        """Averages from sums; integers round towards 0."""
        n = counts(self.lengths, self.pooled, self.ws, self.stride, self.pad, mode)
        if jnp.issubdtype(sums.dtype, jnp.floating):
            return sums / n.astype(sums.dtype)
        wide = jnp.promote_types(sums.dtype, jnp.int32)
        n = jnp.broadcast_to(n.astype(wide), sums.shape)
        return lax.div(sums.astype(wide), n).astype(sums.dtype)


def _lowest(dtype):
    return -np.inf if jnp.issubdtype(dtype, jnp.floating) else np.iinfo(dtype).min


def _integers(op, variable, value):
    """A window, stride or padding as integers of the host."""
    if isinstance(variable, Constant):
        value = variable.data
    elif isinstance(value, jax.core.Tracer):
        raise BackendError(
            f"windows, strides and paddings of {op} that are known when JAX traces the function",
            f"{variable}, a value that JAX computes",
            "Give them as integers, or compute them from shapes; or take another backend.",
        )
    return tuple(int(n) for n in np.asarray(value))


def _form(form):
    """Make a form (op, arrays..., windows) one that takes what PyTensor passes."""

    @functools.wraps(form)
    def funcify(op, node, **kwargs):
        def run(*inputs):
            *arrays, ws, stride, pad = inputs
            windows = zip(node.inputs[-3:], (ws, stride, pad), strict=True)
            return form(op, *map(jnp.asarray, arrays), [_integers(op, *pair) for pair in windows])

        return run

    return funcify


@jax_funcify.register(Pool)
@_form
def jax_funcify_pool(op, x, windows):
    """(x, ws, stride, pad) -> z."""
    w = _Windows(op, x.shape, *windows)
    if w.nothing:
        return jnp.zeros(w.pooled_shape, x.dtype)
    if op.mode == "max":
        return w.reduce(x, _lowest(x.dtype), lax.max)
    sums = w.reduce(x, 0, lax.add)
    return sums if op.mode == "sum" else w.divided(sums, op.mode)


@jax_funcify.register(MaxPoolGrad)
@_form
def jax_funcify_max_pool_grad(op, x, maxout, gz, windows):
    """(x, maxout, gz, ws, stride, pad) -> gx."""
    w = _Windows(op, x.shape, *windows, pooled=(maxout, gz))
    if w.nothing:
        return jnp.zeros_like(x)
    covered, zero = w.cover(x, _lowest(x.dtype)), gz.dtype.type(0)
    if w.tiling:
        return w.uncover(jnp.where(covered == w.spread(maxout), w.spread(gz), zero))
    parts = (w.put(jnp.where(covered[place] == maxout, gz, zero), place) for place in w.places())
    return w.uncover(functools.reduce(lax.add, parts))


@jax_funcify.register(AveragePoolGrad)
@_form
def jax_funcify_average_pool_grad(op, x, gz, windows):
    """(x, gz, ws, stride, pad) -> gx."""
    w = _Windows(op, x.shape, *windows, pooled=(gz,))
    if w.nothing:
        return jnp.zeros_like(x)
    return w.uncover(w.add_back(gz if op.mode == "sum" else w.divided(gz, op.mode)))


@jax_funcify.register(DownsampleFactorMaxGradGrad)
@_form
def jax_funcify_max_pool_grad_grad(op, x, maxout, ggx, windows):
    """(x, maxout, ggx, ws, stride, pad) -> ggz."""
    w = _Windows(op, x.shape, *windows, pooled=(maxout,))
    check_same_shape(ggx.shape, x.shape)
    if w.nothing:
        return jnp.zeros_like(maxout)
    covered, values, zero = w.cover(x, _lowest(x.dtype)), w.cover(ggx, 0), ggx.dtype.type(0)
    parts = (jnp.where(covered[place] == maxout, values[place], zero) for place in w.places())
    return functools.reduce(lax.add, parts)
