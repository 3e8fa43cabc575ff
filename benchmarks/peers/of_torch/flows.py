"""Normalizing flows in PyTorch."""

import math

import torch
import torch.nn.functional as F

from benchmarks.peers.of_torch import masks


def _network(p, k, below, of_layers=(1, 1, 1)):
    """Three layers of relu of coupling or layer ``k``, with masks where it has them."""
    for i, mask in enumerate(of_layers, 1):
        W = p[f"W_{k}_{i}"]
        below = F.linear(below, W if isinstance(mask, int) else W * mask, p[f"b_{k}_{i}"])
        below = F.relu(below) if i < 3 else below
    return below


def _normalised(p, k, x):
    """Actnorm, and its part of the loss."""
    return (x - p[f"shift_{k}"]) * torch.exp(-p[f"log_scale_{k}"]), p[f"log_scale_{k}"].sum()


def _affine(spec, value, outputs):
    t, raw = outputs.chunk(2, 1)
    s = spec.LIMIT * torch.tanh(raw / spec.LIMIT)
    return (value - t) * torch.exp(-s), s.sum()


def _nats(z, lost):
    """Of the latent numbers and the logarithm of the volume that was lost on the way to them."""
    normal = 0.5 * (z.square().sum() + z.numel() * math.log(2 * math.pi))
    return (normal + lost) / len(z)


def realnvp_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    x = batch["x"]
    x, lost = x[:, list(spec.ORDER)], 0
    for k in range(spec.LAYERS, 0, -1):
        x, log_scale = _normalised(p, k, x)
        a, b = x.chunk(2, 1)
        a, b = (a, b) if k % 2 else (b, a)
        b, s = _affine(spec, b, _network(p, k, a))
        lost = lost + s + len(x) * log_scale
        x = torch.cat([a, b] if k % 2 else [b, a], 1)
    return _nats(x, lost)


def maf_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    x, lost = batch["x"], 0
    for k in range(spec.LAYERS, 0, -1):
        x, log_scale = _normalised(p, k, x)
        x, s = _affine(spec, x, _network(p, k, x, masks(spec.masks, k)))
        lost = lost + s + len(x) * log_scale
    return _nats(x, lost)


LOSSES = {"realnvp": (realnvp_loss, "adam"), "maf": (maf_loss, "adam")}
