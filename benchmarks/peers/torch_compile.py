"""PyTorch through ``torch.compile``: the loss with its gradient, and the optimizer's step.

The models and losses are those of ``torch_eager``; the minibatch is cut outside the compiled
function, so that its offset is no part of what is compiled.
"""

import torch

from benchmarks.peers import repeat
from benchmarks.peers.torch_eager import (
    cross_entropy_loss,
    fetch,
    squared_error_loss,
    tensors,
    vae_loss,
    versions,
)

__all__ = ["WORKLOADS", "fetch", "versions"]


def rmsprop(spec, p):
    """Document 002's update rule, in the form that ``torch.compile`` fuses."""
    return torch.optim.RMSprop(
        p.values(), lr=spec.LEARNING_RATE, alpha=spec.RHO, eps=spec.EPSILON, foreach=True
    )


def sgd(spec, p):
    """Plain gradient descent, in the form that ``torch.compile`` fuses."""
    return torch.optim.SGD(p.values(), lr=spec.LEARNING_RATE, foreach=True)


def build_with(loss_fn, optimizer_of):
    """``build`` for a loss and an optimizer."""

    def build(spec, parameters, data, noise):
        p = tensors(parameters)
        optimizer = optimizer_of(spec, p)
        size = spec.BATCH_SIZE
        data = torch.tensor(data)
        batches = len(data) // size
        noise = None if noise is None else torch.tensor(noise)
        compiled_loss = torch.compile(lambda x, eps: loss_fn(p, x, eps), dynamic=False)
        compiled_update = torch.compile(optimizer.step, dynamic=False)

        def step(i):
            start = i % batches * size
            eps = None if noise is None else noise[i % len(noise)]
            optimizer.zero_grad(set_to_none=True)
            loss = compiled_loss(data[start : start + size], eps)
            loss.backward()
            compiled_update()
            return loss.detach()

        return repeat(step)

    return build


WORKLOADS = {
    "vae_002": build_with(vae_loss, rmsprop),
    "autoencoder_784_256": build_with(cross_entropy_loss, sgd),
    "autoencoder_004": build_with(squared_error_loss, sgd),
}
