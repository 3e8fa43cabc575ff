"""The Philox draw for JAX; importing this file teaches it to PyTensor's JAX backend."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.errors import BackendError, ShapeError
from symgen.ops.philox.op import MULTIPLIERS, ROUNDS, WEYL, PhiloxDraw


@jax_funcify.register(PhiloxDraw)
def jax_funcify_philox_draw(op, node=None, **kwargs):
    """A function (state, *shape) -> (new state, draw)."""
    fill, per_block = _FILLS[op.distribution, op.dtype]

    def draw(state, *shape):
        if any(isinstance(n, jax.core.Tracer) for n in shape):
            raise BackendError(
                "a size that follows from shapes or integer arguments, for backend 'jax'",
                f"one computed from data, for {op}",
                "Draw a size that is known, mean.shape for example, and take a part of it.",
            )
        shape = tuple(int(n) for n in shape)
        if any(n < 0 for n in shape):
            raise ShapeError("a size of numbers >= 0", f"{shape}", "Pass another size.")
        size = int(np.prod(shape, dtype=object))
        blocks = -(-size // per_block)
        state = jnp.asarray(state, "uint32")
        numbers = fill(*_words(state, blocks))
        numbers = numbers.astype(op.dtype).reshape(-1)[:size].reshape(shape)
        low, high = _add(state[2], state[3], jnp.uint32(blocks & 0xFFFFFFFF))
        high = high + jnp.uint32(blocks >> 32)
        return jnp.stack([state[0], state[1], low, high]), numbers

    return draw


def _add(low, high, n):
    """A 64-bit counter plus a 32-bit number, with the carry."""
    total = low + n
    return total, high + (total < n).astype("uint32")


def _multiply(a, b):
    """The upper and lower 32 bits of a product of 32-bit numbers."""
    if jax.config.jax_enable_x64:
        product = a.astype("uint64") * np.uint64(b)
        return (product >> np.uint64(32)).astype("uint32"), product.astype("uint32")
    mask, half = np.uint32(0xFFFF), np.uint32(16)
    a_low, a_high = a & mask, a >> half
    b_low, b_high = np.uint32(b & 0xFFFF), np.uint32(b >> 16)
    middle = a_high * b_low + (a_low * b_low >> half)
    other = a_low * b_high + (middle & mask)
    return a_high * b_high + (middle >> half) + (other >> half), a * np.uint32(b)


def _words(state, blocks):
    """The four words of `blocks` blocks from the counter on, each of shape (blocks,)."""
    count = lax.iota("uint32", blocks)
    a, b = _add(state[2], state[3], count)
    c = d = jnp.zeros_like(a)
    k0, k1 = state[0], state[1]
    for _ in range(ROUNDS):
        high0, low0 = _multiply(a, MULTIPLIERS[0])
        high1, low1 = _multiply(c, MULTIPLIERS[1])
        a, b, c, d = high1 ^ b ^ k0, low1, high0 ^ d ^ k1, low0
        k0, k1 = k0 + np.uint32(WEYL[0]), k1 + np.uint32(WEYL[1])
    return a, b, c, d


def _upper_24(word):
    # As a signed number, which processors convert faster; it is not negative.
    return (word >> np.uint32(8)).astype("int32").astype("float32")


def _float32_uniform(*words):
    return jnp.concatenate([_upper_24(word) for word in words]) * np.float32(2.0**-24)


def _float32_normal(a, b, c, d):
    cosines, sines = [], []
    for first, second in ((a, b), (c, d)):
        u = (first >> np.uint32(1)).astype("int32").astype("float32") + np.float32(0.5)
        radius = jnp.sqrt(np.float32(-2) * jnp.log(u * np.float32(2.0**-31)))
        angle = _upper_24(second) * np.float32(2 * np.pi / 2**24)
        cosines.append(radius * jnp.cos(angle))
        sines.append(radius * jnp.sin(angle))
    return jnp.concatenate([*cosines, *sines])


def _fraction(high, low):
    """53 bits as a fraction of 1, in float64."""
    high = (high >> np.uint32(5)).astype("int32").astype("float64")
    low = (low >> np.uint32(6)).astype("int32").astype("float64")
    return (high * 67108864.0 + low) * 2.0**-53


def _float64_uniform(a, b, c, d):
    _needs_float64()
    return jnp.concatenate([_fraction(a, b), _fraction(c, d)])


def _float64_normal(a, b, c, d):
    _needs_float64()
    radius = jnp.sqrt(-2.0 * jnp.log1p(-_fraction(a, b)))
    angle = 2 * np.pi * _fraction(c, d)
    return jnp.concatenate([radius * jnp.cos(angle), radius * jnp.sin(angle)])


def _needs_float64():
    if not jax.config.jax_enable_x64:
        raise BackendError(
            "JAX's 64-bit types for a float64 draw",
            "jax_enable_x64 off",
            "Use backend 'jax', which switches them on, or draw float32.",
        )


_FILLS = {
    ("uniform", "float32"): (_float32_uniform, 4),
    ("normal", "float32"): (_float32_normal, 4),
    ("uniform", "float64"): (_float64_uniform, 2),
    ("normal", "float64"): (_float64_normal, 2),
}
