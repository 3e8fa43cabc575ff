"""MRG streams for JAX; importing this file teaches them to PyTensor's JAX backend.

All arithmetic of the generator is of 32 bits, so that it needs no ``jax_enable_x64``.
"""

import jax
import jax.numpy as jnp
import numpy as np
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.errors import BackendError
from symgen.ops.mrg.op import (
    FLOAT16_MASK,
    FLOAT16_NORM,
    FLOAT32_NORM,
    FLOAT64_NORM,
    MRGUniform,
)
from symgen.ops.mrg.pick import (
    ChoiceFromUniform,
    MultinomialFromUniform,
    check_choice,
    check_sizes,
)
from symgen.ops.mrg.recurrence import M1, M2

_M1, _M2 = np.uint32(M1), np.uint32(M2)


def _below(x, m):
    """x modulo m, for x < 2 m."""
    return jnp.where(x < m, x, x - m)


def _times_power(x, k):
    """``2^k x mod m1``: the upper k bits come round."""
    low = np.uint32(2 ** (31 - k) - 1)
    return _below(((x & low) << np.uint32(k)) + (x >> np.uint32(31 - k)), _M1)


def _times_2_15(x):
    """``2^15 x mod m2``, with ``2^31 = 21069``."""
    low = (x & np.uint32(0xFFFF)) << np.uint32(15)
    return _below(low + np.uint32(21069) * (x >> np.uint32(16)), _M2)


def _step(state):
    """The states, uint32 of shape (6, n), one step on, and their words."""
    a, b, c, d = state[1], state[2], state[3], state[5]
    x1 = _below(_below(_times_power(a, 22) + _times_power(b, 7), _M1) + b, _M1)
    x2 = _below(_below(_times_2_15(c) + _times_2_15(d), _M2) + d, _M2)
    words = x1 - x2 + jnp.where(x1 <= x2, _M1, np.uint32(0))
    return jnp.stack([x1, state[0], a, x2, c, state[4]]), words


def _scaled(words, dtype):
    if dtype == "float64":
        return words.astype(jnp.float64) * FLOAT64_NORM
    if dtype == "float32":
        return words.astype(jnp.float32) * FLOAT32_NORM
    # 15 bits are exact in float32, and one rounding of the exact product would be the same but for
    # ties of the float32 product, which do not occur.
    low = (words & np.uint32(FLOAT16_MASK)).astype(jnp.float32) + 1
    return (low * np.float32(FLOAT16_NORM)).astype(jnp.float16)


def _rounded(x, words):
    """x, through integers whose value XLA cannot foresee.

    So it can neither merge two factors into one nor contract a product with a sum that follows.
    """
    bits = jnp.dtype(f"uint{8 * x.dtype.itemsize}")
    nothing = (words >> np.uint32(31)).astype(bits)  # words have 31 bits
    return jax.lax.bitcast_convert_type(
        jax.lax.bitcast_convert_type(x, bits) ^ nothing, x.dtype
    )


@jax_funcify.register(MRGUniform)
def jax_funcify_mrg_uniform(op, **kwargs):
    """A function (state, [count], *shape) -> (new state, draw)."""
    def mrg_uniform(state, *numbers):
        if op.dtype == "float64" and not jax.config.jax_enable_x64:
            raise BackendError(
                "float32 draws on jax without x64",
                "float64",
                "Set jax_enable_x64, or draw float32.",
            )
        try:
            count, shape = op.split(numbers)
        except jax.errors.ConcretizationTypeError as error:
            raise BackendError(
                "a size of MRG draws that is known when jax compiles",
                "one that depends on data",
                "Make the size from shapes and constants.",
            ) from error
        size, streams = int(np.prod(shape)), state.shape[0]
        first = jnp.arange(streams)

        def step(before, k):
            after, words = _step(before)
            return jnp.where(k * streams + first < count, after, before), words

        steps = -(-size // streams)
        before = state.T.astype(jnp.uint32)
        after, words = jax.lax.scan(step, before, jnp.arange(steps))
        words = words.reshape(-1)[:size]
        draw = _scaled(words, op.dtype)
        if op.scale != 1:
            scale = draw.dtype.type(op.scale)
            draw = _rounded(_rounded(draw, words) * scale, words)
        if op.counted:
            draw = jnp.where(jnp.arange(size) < count, draw, jnp.zeros((), draw.dtype))
        return after.T.astype(jnp.int32), draw.reshape(shape)

    return mrg_uniform


def _picked(pvals, u):
    """The outcome of each row, and whether there is one."""
    wide = jnp.float64 if jax.config.jax_enable_x64 else jnp.float32
    above = jnp.cumsum(pvals, axis=1, dtype=wide) > u[:, None]
    return jnp.argmax(above, axis=1), above.any(1)


def _draws(pvals, unis):
    """The uniform numbers as (draws, rows)."""
    n = unis.shape[0] // max(pvals.shape[0], 1)
    check_sizes(pvals.shape, unis.shape[0], n)
    return unis.reshape(n, pvals.shape[0])


@jax_funcify.register(MultinomialFromUniform)
def jax_funcify_multinomial_from_uniform(op, node, **kwargs):
    """A function (pvals, unis, n) -> counts; n is that of the uniform numbers."""
    dtype = node.outputs[0].type.dtype

    def multinomial(pvals, unis, n):
        def count(counts, u):
            k, some = _picked(pvals, u)
            one = (jnp.arange(pvals.shape[1]) == k[:, None]) & some[:, None]
            return counts + one.astype(dtype), None

        return jax.lax.scan(count, jnp.zeros(pvals.shape, dtype), _draws(pvals, unis))[0]

    return multinomial


@jax_funcify.register(ChoiceFromUniform)
def jax_funcify_choice_from_uniform(op, node, **kwargs):
    """A function (pvals, unis, n) -> outcomes; n is that of the uniform numbers."""
    dtype = node.outputs[0].type.dtype

    def choice(pvals, unis, n):
        u = _draws(pvals, unis)
        check_choice(pvals.shape[1], len(u))

        def choose(left, u):
            k, some = _picked(left, u)
            rest = jnp.where(jnp.arange(left.shape[1]) == k[:, None], 0, left)
            total = rest.sum(1, keepdims=True)
            rest = rest / jnp.where(total == 0, 1, total)
            return jnp.where(some[:, None], rest, left), jnp.where(some, k, -1).astype(dtype)

        return jax.lax.scan(choose, pvals, u)[1].T

    return choice
