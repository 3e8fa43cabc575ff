"""The Philox draw for Numba; importing this file teaches it to PyTensor's Numba backend."""

from hashlib import sha256

import numpy as np
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.ops.philox.op import MULTIPLIERS, ROUNDS, WEYL, PhiloxDraw

_M0, _M1 = np.uint64(MULTIPLIERS[0]), np.uint64(MULTIPLIERS[1])
_W0, _W1 = np.uint64(WEYL[0]), np.uint64(WEYL[1])
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


@numba_basic.numba_njit
def _block(k0, k1, counter):
    """The four words of one block, each in a uint64."""
    a, b, c, d = counter & _LOW, counter >> _32, np.uint64(0), np.uint64(0)
    for _ in range(ROUNDS):
        p0, p1 = a * _M0, c * _M1
        a, b, c, d = (p1 >> _32) ^ b ^ k0, p1 & _LOW, (p0 >> _32) ^ d ^ k1, p0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return a, b, c, d


@numba_basic.numba_njit
def _put(out, place, value):
    if place < out.size:
        out[place] = value


@numba_basic.numba_njit
def _float32_uniform(out, i, blocks, a, b, c, d):
    scale = np.float32(2.0**-24)
    _put(out, i, np.float32(a >> np.uint64(8)) * scale)
    _put(out, blocks + i, np.float32(b >> np.uint64(8)) * scale)
    _put(out, 2 * blocks + i, np.float32(c >> np.uint64(8)) * scale)
    _put(out, 3 * blocks + i, np.float32(d >> np.uint64(8)) * scale)


@numba_basic.numba_njit
def _float32_pair(out, place, sine_place, first, second):
    u = (np.float32(first >> np.uint64(1)) + np.float32(0.5)) * np.float32(2.0**-31)
    radius = np.sqrt(np.float32(-2) * np.log(u))
    angle = np.float32(second >> np.uint64(8)) * np.float32(2 * np.pi / 2**24)
    _put(out, place, radius * np.cos(angle))
    _put(out, sine_place, radius * np.sin(angle))


@numba_basic.numba_njit
def _float32_normal(out, i, blocks, a, b, c, d):
    _float32_pair(out, i, 2 * blocks + i, a, b)
    _float32_pair(out, blocks + i, 3 * blocks + i, c, d)


@numba_basic.numba_njit
def _fraction(high, low):
    high, low = np.float64(high >> np.uint64(5)), np.float64(low >> np.uint64(6))
    return (high * 67108864.0 + low) * 2.0**-53


@numba_basic.numba_njit
def _float64_uniform(out, i, blocks, a, b, c, d):
    _put(out, i, _fraction(a, b))
    _put(out, blocks + i, _fraction(c, d))


@numba_basic.numba_njit
def _float64_normal(out, i, blocks, a, b, c, d):
    radius = np.sqrt(-2.0 * np.log1p(-_fraction(a, b)))
    angle = 2 * np.pi * _fraction(c, d)
    _put(out, i, radius * np.cos(angle))
    _put(out, blocks + i, radius * np.sin(angle))


_FILLS = {
    ("uniform", "float32"): (_float32_uniform, 4),
    ("normal", "float32"): (_float32_normal, 4),
    ("uniform", "float64"): (_float64_uniform, 2),
    ("normal", "float64"): (_float64_normal, 2),
}


_DRAW = """
def draw(state, {arguments}):
    out = np.empty({size}, np.{dtype})
    blocks = (out.size + {per_block} - 1) // {per_block}
    k0, k1 = np.uint64(state[0]), np.uint64(state[1])
    counter = np.uint64(state[2]) | np.uint64(state[3]) << _32
    for i in range(blocks):
        a, b, c, d = _block(k0, k1, counter + np.uint64(i))
        {fill}(out, i, blocks, a, b, c, d)
    counter = counter + np.uint64(blocks)
    new_state = np.empty(4, np.uint32)
    new_state[0], new_state[1] = state[0], state[1]
    new_state[2], new_state[3] = np.uint32(counter & _LOW), np.uint32(counter >> _32)
    return new_state, out.reshape(({shape}))
"""


@register_funcify_and_cache_key(PhiloxDraw)
def numba_funcify_philox_draw(op, node, **kwargs):
    """A compiled function (state, *shape) -> (new state, draw), and the key of its cache."""
    ndim = node.outputs[1].type.ndim
    names = [f"n{k}" for k in range(ndim)]
    fill, per_block = _FILLS[op.distribution, op.dtype]
    source = _DRAW.format(
        arguments=", ".join(names),
        size=" * ".join(f"{name}.item()" for name in names) or "1",
        shape="".join(f"{name}.item(), " for name in names),
        dtype=op.dtype,
        per_block=per_block,
        fill=fill.__name__,
    )
    names = {"np": np, "_block": _block, fill.__name__: fill, "_32": _32, "_LOW": _LOW}
    draw = compile_numba_function_src(source, "draw", names, write_to_disk=True)
    key = sha256(str((type(op), op.distribution, op.dtype, ndim, 1)).encode()).hexdigest()
    return numba_basic.numba_njit(draw), key
