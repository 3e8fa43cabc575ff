"""MRG streams for PyTorch; importing this file teaches them to PyTensor's PyTorch backend."""

import numpy as np
import torch
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

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
from symgen.ops.mrg.recurrence import A1, A2, M1, M2, power


def _windows(x, matrix, modulus, steps):
    """States after 0, 1, ... steps of one recurrence: int64 of shape (steps + 1, n, 3).

    Their number is doubled each time, by a jump as long as what is there, so that a long run of
    one stream takes few operations.
    """
    states = x[None]
    while len(states) <= steps:
        jump = power(matrix, len(states), modulus)
        rows = [
            sum(states[..., j] * row[j] % modulus for j in range(3)) % modulus for row in jump
        ]
        states = torch.cat([states, torch.stack(rows, -1)])
    return states[: steps + 1]


def _scaled(words, dtype):
    if dtype == "float64":
        return words.to(torch.float64) * FLOAT64_NORM
    if dtype == "float32":
        return words.to(torch.float32) * float(FLOAT32_NORM)
    return (((words & FLOAT16_MASK) + 1).to(torch.float64) * FLOAT16_NORM).to(torch.float16)


@pytorch_funcify.register(MRGUniform)
def pytorch_funcify_mrg_uniform(op, **kwargs):
    """A function (state, [count], *shape) -> (new state, draw)."""

    def mrg_uniform(state, *numbers):
        count, shape = op.split(numbers)
        size, streams = int(np.prod(shape)), state.shape[0]
        x = state.to(torch.int64)
        steps = -(-size // streams)
        a = _windows(x[:, :3], A1, M1, steps)
        b = _windows(x[:, 3:], A2, M2, steps)
        difference = a[1:, :, 0] - b[1:, :, 0]
        words = torch.where(difference <= 0, difference + M1, difference)
        draw = _scaled(words.reshape(-1)[:size], op.dtype)
        if op.scale != 1:
            draw = draw * op.scale
        first = torch.arange(streams, device=state.device)
        if op.counted:
            place = torch.arange(size, device=state.device)
            draw = torch.where(place < count, draw, torch.zeros_like(draw))
        taken = torch.clamp((count - first + streams - 1) // streams, min=0)
        after = torch.cat([a[taken, first], b[taken, first]], 1).to(torch.int32)
        return after, draw.reshape(shape)

    return mrg_uniform


def _picked(pvals, u):
    """The outcome of each row, and whether there is one."""
    above = torch.cumsum(pvals.to(torch.float64), 1) > u[:, None]
    return torch.argmax(above.to(torch.int32), 1), above.any(1)


def _draws(pvals, unis):
    """The uniform numbers as (draws, rows)."""
    n = unis.shape[0] // max(pvals.shape[0], 1)
    check_sizes(pvals.shape, unis.shape[0], n)
    return unis.reshape(n, pvals.shape[0])


@pytorch_funcify.register(MultinomialFromUniform)
def pytorch_funcify_multinomial_from_uniform(op, node, **kwargs):
    """A function (pvals, unis, n) -> counts; n is that of the uniform numbers."""
    dtype = getattr(torch, node.outputs[0].type.dtype)

    def multinomial(pvals, unis, n):
        u = _draws(pvals, unis)
        cumulated = torch.cumsum(pvals.to(torch.float64), 1)
        counts = torch.zeros(pvals.shape, dtype=dtype, device=pvals.device)
        above = cumulated.expand(len(u), *pvals.shape) > u[:, :, None]
        first = torch.argmax(above.to(torch.int32), 2).T
        return counts.scatter_add(1, first, above.any(2).T.to(dtype))

    return multinomial


@pytorch_funcify.register(ChoiceFromUniform)
def pytorch_funcify_choice_from_uniform(op, node, **kwargs):
    """A function (pvals, unis, n) -> outcomes; n is that of the uniform numbers."""
    dtype = getattr(torch, node.outputs[0].type.dtype)

    def choice(pvals, unis, n):
        u = _draws(pvals, unis)
        check_choice(pvals.shape[1], len(u))
        left, chosen = pvals, []
        for row in u:
            k, some = _picked(left, row)
            rest = left.scatter(1, k[:, None], 0.0)
            total = rest.sum(1, keepdim=True)
            rest = rest / torch.where(total == 0, 1.0, total)
            left = torch.where(some[:, None], rest, left)
            chosen.append(torch.where(some, k, -1).to(dtype))
        return torch.stack(chosen, 1)

    return choice
