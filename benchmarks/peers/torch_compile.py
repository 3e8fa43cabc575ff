"""PyTorch through ``torch.compile``: the loss with its gradient, and the optimizer's step.

The models and losses are those of ``torch_eager``, but for the LSTM, whose fused kernel
``torch.compile`` leaves alone: its steps are written out, for the compiler to fuse. The minibatch
is cut outside the compiled function, so that its offset is no part of what is compiled.
"""

from functools import partial

import torch
import torch.nn.functional as F

from benchmarks.peers.torch_eager import (
    build_with,
    cross_entropy_loss,
    deep_discriminator_loss,
    deep_generator_loss,
    device_memory,
    discriminator_loss,
    fetch,
    gan_with,
    generator_loss,
    lenet_loss,
    of_models,
    pixelcnn_loss,
    rbm_with,
    rmsprop,
    squared_error_loss,
    vae_loss,
    versions,
)

__all__ = ["CANNOT", "WORKLOADS", "device_memory", "fetch", "versions"]

compiled = partial(torch.compile, dynamic=False)


def sgd(spec, p):
    """Plain gradient descent, in the form that ``torch.compile`` fuses."""
    return torch.optim.SGD(p, lr=spec.LEARNING_RATE, foreach=True)


def adam(spec, p):
    """Adam in that form."""
    betas = (spec.BETA1, spec.BETA2)
    return torch.optim.Adam(p, lr=spec.LEARNING_RATE, betas=betas, eps=spec.EPSILON, foreach=True)


def lstm_loss(spec, p, batch, noise):
    """Negative log-likelihood of the classes."""
    rows = batch["x"].view(-1, spec.STEPS, spec.ROW_DIM)
    rows = F.linear(rows.transpose(0, 1), p["W_x"], p["b"])
    h = c = torch.zeros((spec.BATCH_SIZE, spec.HIDDEN_DIM), device=rows.device)
    for row in rows.unbind(0):
        i, f, g, o = torch.addmm(row, h, p["W_h"].T).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    return F.cross_entropy(F.linear(h, p["W_y"], p["b_y"]), batch["y"])


WORKLOADS = {
    "autoencoder_004": build_with(squared_error_loss, sgd, compiled),
    "vae_002": build_with(vae_loss, rmsprop, compiled),
    "vae_002_batch8192": build_with(vae_loss, rmsprop, compiled),
    "autoencoder_784_256": build_with(cross_entropy_loss, sgd, compiled),
    "gan_003": gan_with(discriminator_loss, generator_loss, rmsprop, compiled),
    "lenet": build_with(lenet_loss, sgd, compiled),
    "lstm": build_with(lstm_loss, adam, compiled),
    "rbm_cd15": rbm_with(compiled),
    "dcgan": gan_with(deep_discriminator_loss, deep_generator_loss, adam, compiled),
    "pixelcnn": build_with(pixelcnn_loss, adam, compiled),
    **of_models({"adam": adam, "sgd": sgd}, compiled),
}

CANNOT = {
    "nade": "torch.compile writes a loop of 784 steps out, forwards and backwards, and does not end in minutes",
}
