"""The Philox draw for PyTorch; importing this file teaches it to PyTensor's PyTorch backend.

PyTorch has no arithmetic of 32-bit words without sign; words are int64 here. A product of two words
fills 64 bits: its low half is right in int64, which wraps round, and so is its high half, once the
bits that the sign has shifted in are masked away.
"""

import functools
from collections import OrderedDict

import numpy as np
import torch
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.ops.philox.op import MULTIPLIERS, ROUNDS, WEYL, PhiloxDraw, blocks_needed

_LOW = 0xFFFFFFFF
_FACTORS = np.array(MULTIPLIERS, np.uint64)[:, None]


@pytorch_funcify.register(PhiloxDraw)
def torch_funcify_philox_draw(op, node, device="cpu", **kwargs):
    """A function (state, *shape) -> (new state, draw) on `device`.

    The state is a NumPy array, whose new value is one too, or a tensor.
    """
    fill = _FILLS[op.distribution, op.dtype]
    distribution, dtype = op.distribution, op.dtype

    def draw(state, *shape):
        shape = [int(n) for n in shape]
        if any(n < 0 for n in shape):
            raise ValueError(f"negative size in the shape {tuple(shape)} of a random draw")
        size = int(np.prod(shape, dtype=np.int64))
        blocks = blocks_needed(size, distribution, dtype)
        on_device = isinstance(state, torch.Tensor)
        where = state.device if on_device else device
        k0, k1, low, high = (int(word) for word in state.tolist())
        numbers = numbers_of(k0, k1, low | high << 32, blocks, torch.device(where), fill)
        numbers = numbers[:size].reshape(shape)
        counter = (low | high << 32) + blocks & 0xFFFFFFFFFFFFFFFF
        new_state = np.array([k0, k1, counter & _LOW, counter >> 32], np.uint32)
        return torch.from_numpy(new_state).to(where) if on_device else new_state, numbers

    return draw


def numbers_of(k0, k1, start, blocks, device, fill):
    """The numbers of `blocks` blocks from counter `start` on, in a vector."""
    if device.type == "cpu":
        return fill(*words_of(k0, k1, start, blocks, device))
    return _ahead.draw(k0, k1, start, blocks, device, fill)


class Ahead:
    """Draws made ahead of their calls: a GPU takes as long to be told of one draw as of a hundred.

    Of a stream whose next draw begins where its last one ended, the draws of the coming calls are
    made at once, `most` of them or as many as fit in `room` numbers. They are the same numbers.

    Parameters
    ----------
    most, room : int
    streams : int
        So many streams are kept in mind.
    """

    def __init__(self, most=64, room=1 << 20, streams=64):
        self._most, self._room, self._streams = most, room, streams
        self._ready = OrderedDict()  # (key, blocks, ...): (counter of the next draw, draws reversed)

    def draw(self, k0, k1, start, blocks, device, fill):
        """As :func:`numbers_of`."""
        stream = k0, k1, blocks, device, fill
        counter, rows = self._ready.pop(stream, (None, []))
        follows = counter == start
        if not (follows and rows):
            several = max(1, min(self._most, self._room // max(1, 4 * blocks)))
            count = several if follows else 1
            words = words_of(k0, k1, start, count * blocks, device)
            rows = [*fill(*(w.view(count, blocks) for w in words)).unbind(0)][::-1]
        self._ready[stream] = (start + blocks & 0xFFFFFFFFFFFFFFFF, rows)
        if len(self._ready) > self._streams:
            self._ready.popitem(last=False)
        return rows.pop()


_ahead = Ahead()


def words_of(k0, k1, start, blocks, device):
    """The four words of each of `blocks` blocks from counter `start` on, as int64 on `device`.

    A round takes the pairs (a, c) and (b, d) to ``(high(c m1) ^ b ^ k0, high(a m0) ^ d ^ k1)`` and
    ``(low(c m1), low(a m0))``: one multiplication of two rows, turned upside down after it. On the
    CPU NumPy does it, whose calls take a fifth of the time of PyTorch's on small arrays.
    """
    return (_words_on_cpu if device.type == "cpu" else _words_on_device)(k0, k1, start, blocks, device)


def _words_on_cpu(k0, k1, start, blocks, device):
    counter = np.arange(blocks, dtype=np.uint64) + np.uint64(start)  # wraps round at 2^64
    ac, bd = np.zeros((2, 2, blocks), np.uint64)
    np.bitwise_and(counter, _LOW, out=ac[0])
    np.right_shift(counter, 32, out=bd[0])
    for key in _round_keys(k0, k1):
        products = (ac * _FACTORS)[::-1]
        ac = products >> 32
        ac ^= bd
        ac ^= key
        bd = products & _LOW
    ac, bd = (torch.from_numpy(np.ascontiguousarray(pair).view(np.int64)) for pair in (ac, bd))
    return ac[0], bd[0], ac[1], bd[1]


def _words_on_device(k0, k1, start, blocks, device):
    start = start - (1 << 64) if start >= 1 << 63 else start
    counter = torch.arange(blocks, dtype=torch.int64, device=device).add_(start)
    ac, bd = torch.zeros((2, 2, blocks), dtype=torch.int64, device=device)
    torch.bitwise_and(counter, _LOW, out=ac[0])
    torch.bitwise_and(counter >> 32, _LOW, out=bd[0])
    keys = torch.from_numpy(_round_keys(k0, k1).view(np.int64)).to(device)
    factors = torch.from_numpy(_FACTORS.view(np.int64)).to(device)
    for key in keys.unbind(0):
        products = (ac * factors).flip(0)
        ac = (products >> 32).bitwise_xor_(bd).bitwise_xor_(key).bitwise_and_(_LOW)
        bd = products & _LOW
    return ac[0], bd[0], ac[1], bd[1]


@functools.lru_cache(maxsize=1024)
def _round_keys(k0, k1):
    """The keys of the rounds: uint64, shape (rounds, 2, 1)."""
    keys = [((k0 + r * WEYL[0]) & _LOW, (k1 + r * WEYL[1]) & _LOW) for r in range(ROUNDS)]
    return np.array(keys, np.uint64)[:, :, None]


def _float32_uniform(a, b, c, d):
    return torch.cat([a, b, c, d], -1).bitwise_right_shift_(8).to(torch.float32).mul_(2.0**-24)


def _float32_normal(a, b, c, d):
    u = torch.cat([a, c], -1).bitwise_right_shift_(1).to(torch.float32).add_(0.5).mul_(2.0**-31)
    radius = u.log_().mul_(-2).sqrt_()
    angle = torch.cat([b, d], -1).bitwise_right_shift_(8).to(torch.float32)
    angle.mul_(float(np.float32(2 * np.pi / 2**24)))
    return torch.cat([angle.cos().mul_(radius), angle.sin_().mul_(radius)], -1)


def _fractions(high, low):
    high = (high >> 5).to(torch.float64)
    return high.mul_(67108864.0).add_((low >> 6).to(torch.float64)).mul_(2.0**-53)


def _float64_uniform(a, b, c, d):
    return torch.cat([_fractions(a, b), _fractions(c, d)], -1)


def _float64_normal(a, b, c, d):
    radius = _fractions(a, b).neg_().log1p_().mul_(-2).sqrt_()
    angle = _fractions(c, d).mul_(2 * np.pi)
    return torch.cat([angle.cos().mul_(radius), angle.sin_().mul_(radius)], -1)


_FILLS = {
    ("uniform", "float32"): _float32_uniform,
    ("normal", "float32"): _float32_normal,
    ("uniform", "float64"): _float64_uniform,
    ("normal", "float64"): _float64_normal,
}
