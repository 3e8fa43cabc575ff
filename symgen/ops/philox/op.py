"""The Philox draw as a PyTensor Op, in NumPy and in C.

Philox4x32-10 turns a 64-bit key and a 128-bit counter into four independent 32-bit words, by ten
rounds of multiplication. A stream is a key; drawing n numbers uses the next blocks of its counter.

References
----------
J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011). Parallel random numbers: as easy as
1, 2, 3. Section 3.3 and table 2.
G. E. P. Box, M. E. Muller (1958). A note on the generation of random normal deviates.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.tensor.basic import infer_static_shape

from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.ops.philox.c import SUPPORT_CODE, draw_code

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10

DISTRIBUTIONS = ("uniform", "normal")
# Words of 32 bits that a number takes, by dtype: float64 has 53 bits of mantissa.
_WORDS = {"float32": 1, "float64": 2}


def initial_state(seed, stream):
    """State of the stream number `stream` of `seed`: two key words, then the counter 0.

    Parameters
    ----------
    seed, stream : int
        At least 0. The key is drawn by ``numpy.random.SeedSequence``, which keeps streams apart.

    Returns
    -------
    uint32 array of shape (4,)
        Key (low, high), counter (low, high).
    """
    key = np.random.SeedSequence(seed, spawn_key=(stream,)).generate_state(2, np.uint32)
    return np.concatenate([key, np.zeros(2, np.uint32)])


class PhiloxDraw(COp):
    """Standard uniform or normal numbers from a Philox stream, and the state after them.

    ``new_state, draw = PhiloxDraw(distribution, dtype)(state, *shape)``

    Number ``e`` of n is made of words of block ``e mod b`` among the ``b`` blocks that n numbers
    take. In float32, with words w0 to w3 of a block: uniform, ``b = ceil(n / 4)``, number
    ``k b + i`` is the upper 24 bits of w_k of block i, as a fraction of 1; normal, the pairs
    (w0, w1) and (w2, w3) each give two by the Box-Muller transform, the cosines before the sines. In
    float64 a pair of words makes one fraction of 53 bits: ``b = ceil(n / 2)``.

    Parameters
    ----------
    distribution : {"uniform", "normal"}
        Uniform is over [0, 1), 1 never among it; normal is N(0, 1).
    dtype : {"float32", "float64"}

    Raises
    ------
    DtypeError
        For another dtype, or a state that is not uint32.
    ShapeError
        For a state that is not a vector.
    """

    __props__ = ("distribution", "dtype")

    def __init__(self, distribution, dtype):
        if distribution not in DISTRIBUTIONS:
            raise RangeError(f"one of {DISTRIBUTIONS}", repr(distribution), "Transform one of them.")
        if dtype not in _WORDS:
            raise DtypeError("float32 or float64", repr(dtype), "Cast the draws of one of them.")
        self.distribution, self.dtype = distribution, dtype

    def make_node(self, state, *shape):
        """Inputs: the state (uint32 vector of 4) and the dimensions (integers, symbolic or not)."""
        state = pt.as_tensor_variable(state)
        if state.type.dtype != "uint32":
            raise DtypeError("a uint32 state", state.type.dtype, "Make it by initial_state().")
        if state.type.ndim != 1:
            raise ShapeError("a state of shape (4,)", f"{state.type}", "Make it by initial_state().")
        shape, static_shape = infer_static_shape([pt.cast(n, "int64") for n in shape])
        draw = pt.tensor(dtype=self.dtype, shape=static_shape)
        return Apply(self, [state, *shape], [state.type(), draw])

    def infer_shape(self, *arguments):
        """Shapes of the outputs; PyTensor 3.0 passes (fgraph, node, shapes), 3.3 drops fgraph."""
        node, shapes = arguments[-2:]
        return [shapes[0], tuple(node.inputs[1:])]

    def connection_pattern(self, node):
        """No gradient flows to the state or the dimensions."""
        return [[False, False] for _ in node.inputs]

    def perform(self, node, inputs, outputs):
        """Draw in NumPy."""
        state, *shape = inputs
        shape = tuple(int(n) for n in shape)
        if min(shape, default=0) < 0:
            raise ValueError(f"a random draw of a negative size: {shape}")
        size = int(np.prod(shape))
        outputs[0][0], numbers = draw(state, size, self.distribution, self.dtype)
        outputs[1][0] = numbers.reshape(shape)

    def c_support_code(self, **kwargs):
        """The generator in C."""
        return SUPPORT_CODE

    def c_headers(self, **kwargs):
        """For the transform."""
        return ["<cmath>", "<stdint.h>"]

    def c_code(self, node, name, inames, onames, sub):
        """Allocate where needed and draw."""
        return draw_code(self.distribution, self.dtype, inames, onames, sub)

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (1,)


def blocks_needed(size, distribution, dtype):
    """Blocks of four words that `size` numbers take."""
    per_block = 4 // _WORDS[dtype]
    if distribution == "normal" and dtype == "float64":
        per_block = 2
    return -(-size // per_block)


def words(state, blocks):
    """The words of the next `blocks` blocks of the stream: uint32, shape (4, blocks)."""
    key, start = state[:2].astype(np.uint64), int(state[2]) | int(state[3]) << 32
    counter = np.arange(blocks, dtype=np.uint64) + np.uint64(start)  # wraps round at 2^64
    low = np.uint64(0xFFFFFFFF)
    a, b = counter & low, counter >> np.uint64(32)
    c, d = np.zeros_like(a), np.zeros_like(a)
    k0, k1 = (int(word) for word in key)
    for _ in range(ROUNDS):
        p0, p1 = a * np.uint64(MULTIPLIERS[0]), c * np.uint64(MULTIPLIERS[1])
        a, b, c, d = (
            (p1 >> np.uint64(32)) ^ b ^ np.uint64(k0),
            p1 & low,
            (p0 >> np.uint64(32)) ^ d ^ np.uint64(k1),
            p0 & low,
        )
        k0, k1 = (k0 + WEYL[0]) & 0xFFFFFFFF, (k1 + WEYL[1]) & 0xFFFFFFFF
    return np.stack([a, b, c, d]).astype(np.uint32)


def draw(state, size, distribution, dtype):
    """Return (state after the draw, `size` numbers): what every backend has to give."""
    blocks = blocks_needed(size, distribution, dtype)
    w = words(state, blocks)
    counter = ((int(state[2]) | int(state[3]) << 32) + blocks) & 0xFFFFFFFFFFFFFFFF
    new_state = np.array([state[0], state[1], counter & 0xFFFFFFFF, counter >> 32], np.uint32)
    if dtype == "float32":
        numbers = _uniform_float32(w) if distribution == "uniform" else _normal_float32(w)
    else:
        numbers = _uniform_float64(w) if distribution == "uniform" else _normal_float64(w)
    return new_state, numbers[:size]


def _uniform_float32(w):
    return ((w >> 8).astype(np.float32) * np.float32(2**-24)).ravel()


def _normal_float32(w):
    # A fraction over (0, 1] for the logarithm: the lowest is 2^-32, the tail ends at 6.7.
    u = ((w[[0, 2]] >> 1).astype(np.float32) + np.float32(0.5)) * np.float32(2**-31)
    radius = np.sqrt(np.float32(-2) * np.log(u))
    angle = (w[[1, 3]] >> 8).astype(np.float32) * np.float32(2 * np.pi / 2**24)
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)]).ravel()


def _fractions(w):
    """Pairs of words as fractions of 53 bits over [0, 1): float64, shape (2, blocks)."""
    high, low = w[[0, 2]] >> 5, w[[1, 3]] >> 6
    return (high * 67108864.0 + low) * 2.0**-53


def _uniform_float64(w):
    return _fractions(w).ravel()


def _normal_float64(w):
    u, v = _fractions(w)
    radius = np.sqrt(-2 * np.log1p(-u))  # 1 - u lies in (0, 1]
    return np.concatenate([radius * np.cos(2 * np.pi * v), radius * np.sin(2 * np.pi * v)])
