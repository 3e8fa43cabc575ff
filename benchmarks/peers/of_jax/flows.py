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


def _unsplined(spec, y, raw):
    """The inverse way through splines, and the sum of the logarithms of the slopes forwards.

    ``y`` is (batch, numbers), ``raw`` what the network says, (batch, 3 bins - 1, numbers).
    """
    bins, bound = spec.BINS, spec.BOUND

    def sizes(raw):
        share = spec.LEAST_BIN + (1 - spec.LEAST_BIN * bins) * jax.nn.softmax(raw, 1)
        return 2 * bound * share

    widths, heights = sizes(raw[:, :bins]), sizes(raw[:, bins : 2 * bins])
    slopes = spec.LEAST_SLOPE + jax.nn.softplus(raw[:, 2 * bins :] + spec.SHIFT)
    slopes = jnp.pad(slopes, ((0, 0), (1, 1), (0, 0)), constant_values=1.0)
    lefts, bottoms = (
        jnp.pad(jnp.cumsum(size, 1), ((0, 0), (1, 0), (0, 0))) - bound for size in (widths, heights)
    )
    inner = jnp.clip(y, -bound, bound)
    at = jnp.sum(inner[:, None] >= bottoms[:, 1:-1], 1, keepdims=True)

    def chosen(knots, at):
        return jnp.take_along_axis(knots, at, 1)[:, 0]

    left, width, bottom, height = (chosen(k, at) for k in (lefts, widths, bottoms, heights))
    first, last = chosen(slopes, at), chosen(slopes, at + 1)
    s, above = height / width, inner - bottom
    bend = first + last - 2 * s
    a = height * (s - first) + above * bend
    b = height * first - above * bend
    c = -s * above
    xi = 2 * c / (-b - jnp.sqrt(jnp.maximum(b * b - 4 * a * c, 1e-38)))
    rest = 1 - xi
    below = s + bend * xi * rest
    over = last * xi * xi + 2 * s * xi * rest + first * rest * rest
    log_slope = jnp.log(s * s * over) - 2 * jnp.log(below)
    outside = jnp.abs(y) > bound
    x = jnp.where(outside, y, left + xi * width)
    return x, jnp.sum(jnp.where(outside, 0.0, log_slope))


def neural_spline_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    x, log_scale = _normalised(p, 1, batch["x"])
    lost = len(x) * log_scale
    for k in range(spec.LAYERS, 0, -1):
        a, b = jnp.split(x, 2, 1)
        b, log_slope = _unsplined(spec, b, _network(p, k, a).reshape(len(x), -1, spec.HALF))
        x, lost = jnp.concatenate([a, b], 1), lost + log_slope
        if k > 1:
            s = spec.signs(k)[0] * jnp.exp(p[f"log_s_{k}"])
            lower = jnp.tril(p[f"L_{k}"], -1) + jnp.eye(spec.INPUT_DIM)
            upper = jnp.triu(p[f"U_{k}"], 1) + jnp.diag(s)
            x = x[:, np.array(spec.ORDERS[k])] @ lower @ upper
            lost = lost - len(x) * jnp.sum(p[f"log_s_{k}"])
    return _nats(x, lost)


LOSSES = {
    "realnvp": (realnvp_loss, "adam"),
    "maf": (maf_loss, "adam"),
    "neural_spline": (neural_spline_loss, "adam"),
}
