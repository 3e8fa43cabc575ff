"""The Philox draw for PyTorch; importing this file teaches it to PyTensor's PyTorch backend.

PyTorch has no arithmetic of 32-bit words without sign; words are int64 here. A product of two words
fills 64 bits: its low half is right in int64, which wraps round, and so is its high half, once the
bits that the sign has shifted in are masked away.
"""

import numpy as np
import torch
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.ops.philox.op import MULTIPLIERS, ROUNDS, WEYL, PhiloxDraw, blocks_needed

_LOW = 0xFFFFFFFF


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
        words = _words(k0, k1, low | high << 32, blocks, where)
        numbers = fill(*words)[:size].reshape(shape)
        counter = (low | high << 32) + blocks & 0xFFFFFFFFFFFFFFFF
        new_state = np.array([k0, k1, counter & _LOW, counter >> 32], np.uint32)
        return torch.from_numpy(new_state).to(where) if on_device else new_state, numbers

    return draw


def _words(k0, k1, start, blocks, device):
    """The four words of each of `blocks` blocks, as int64.

    A round takes the pairs (a, c) and (b, d) to ``(high(c m1) ^ b ^ k0, high(a m0) ^ d ^ k1)`` and
    ``(low(c m1), low(a m0))``: one multiplication of two rows, turned upside down after it.
    """
    start = start - (1 << 64) if start >= 1 << 63 else start
    counter = torch.arange(blocks, dtype=torch.int64, device=device).add_(start)
    ac, bd = torch.zeros((2, 2, blocks), dtype=torch.int64, device=device)
    torch.bitwise_and(counter, _LOW, out=ac[0])
    bd[0] = counter.bitwise_right_shift_(32)
    keys = torch.tensor(
        [
            [(k0 + r * WEYL[0]) & _LOW, (k1 + r * WEYL[1]) & _LOW]
            for r in range(ROUNDS)
        ],
        device=device,
    )[:, :, None]
    factors = torch.tensor(MULTIPLIERS, device=device)[:, None]
    for key in keys.unbind(0):
        products = (ac * factors).flip(0)
        ac = (products >> 32).bitwise_xor_(bd).bitwise_xor_(key).bitwise_and_(_LOW)
        bd = products  # its high halves are masked where they matter
    bd = bd & _LOW
    return ac[0], bd[0], ac[1], bd[1]


def _float32_uniform(a, b, c, d):
    return torch.cat([a, b, c, d]).bitwise_right_shift_(8).to(torch.float32).mul_(2.0**-24)


def _float32_normal(a, b, c, d):
    u = torch.cat([a, c]).bitwise_right_shift_(1).to(torch.float32).add_(0.5).mul_(2.0**-31)
    radius = u.log_().mul_(-2).sqrt_()
    angle = torch.cat([b, d]).bitwise_right_shift_(8).to(torch.float32)
    angle.mul_(float(np.float32(2 * np.pi / 2**24)))
    return torch.cat([angle.cos().mul_(radius), angle.sin_().mul_(radius)])


def _fractions(high, low):
    high = (high >> 5).to(torch.float64)
    return high.mul_(67108864.0).add_((low >> 6).to(torch.float64)).mul_(2.0**-53)


def _float64_uniform(a, b, c, d):
    return torch.cat([_fractions(a, b), _fractions(c, d)])


def _float64_normal(a, b, c, d):
    radius = _fractions(a, b).neg_().log1p_().mul_(-2).sqrt_()
    angle = _fractions(c, d).mul_(2 * np.pi)
    return torch.cat([angle.cos().mul_(radius), angle.sin_().mul_(radius)])


_FILLS = {
    ("uniform", "float32"): _float32_uniform,
    ("normal", "float32"): _float32_normal,
    ("uniform", "float64"): _float64_uniform,
    ("normal", "float64"): _float64_normal,
}
