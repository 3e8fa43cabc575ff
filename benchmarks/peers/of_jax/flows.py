"""Normalizing flows in JAX."""

import math

import jax
import jax.numpy as jnp
import numpy as np


def _network(p, k, below, of_layers=(1, 1, 1)):
    """Three layers of relu of coupling or layer ``k``, with masks where it has them."""
    for i, mask in enumerate(of_layers, 1):
        below = below @ (p[f"W_{k}_{i}"] * mask) + p[f"b_{k}_{i}"]
        below = jax.nn.relu(below) if i < 3 else below
    return below


def _normalised(p, k, x):
    """Actnorm, and its part of the loss."""
    return (x - p[f"shift_{k}"]) * jnp.exp(-p[f"log_scale_{k}"]), jnp.sum(p[f"log_scale_{k}"])


def _affine(spec, value, outputs):
    t, raw = jnp.split(outputs, 2, 1)
    s = spec.LIMIT * jnp.tanh(raw / spec.LIMIT)
    return (value - t) * jnp.exp(-s), jnp.sum(s)


def _nats(z, lost):
    """Of the latent numbers and the logarithm of the volume that was lost on the way to them."""
    return (0.5 * (jnp.sum(z * z) + z.size * math.log(2 * math.pi)) + lost) / len(z)


def realnvp_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    x = batch["x"]
    x, lost = x[:, np.array(spec.ORDER)], 0
    for k in range(spec.LAYERS, 0, -1):
        x, log_scale = _normalised(p, k, x)
        a, b = jnp.split(x, 2, 1)
        a, b = (a, b) if k % 2 else (b, a)
        b, s = _affine(spec, b, _network(p, k, a))
        lost = lost + s + len(x) * log_scale
        x = jnp.concatenate([a, b] if k % 2 else [b, a], 1)
    return _nats(x, lost)


def maf_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    x, lost = batch["x"], 0
    for k in range(spec.LAYERS, 0, -1):
        x, log_scale = _normalised(p, k, x)
        x, s = _affine(spec, x, _network(p, k, x, spec.masks(k)))
        lost = lost + s + len(x) * log_scale
    return _nats(x, lost)


LOSSES = {"realnvp": (realnvp_loss, "adam"), "maf": (maf_loss, "adam")}
