"""Glow of images in JAX, channels last."""

import math

import jax
import jax.numpy as jnp
import numpy as np


def _network(p, name, below):
    for i in (1, 2, 3):
        W = p[f"W_{name}_{i}"]
        layout = ("NHWC", "OIHW", "NHWC")
        below = jax.lax.conv_general_dilated(below, W, (1, 1), "SAME", dimension_numbers=layout)
        below = below + p[f"b_{name}_{i}"]
        below = jax.nn.relu(below) if i < 3 else below
    return below


def _coupled(spec, p, name, a, b):
    t, raw = jnp.split(_network(p, name, a), 2, 3)
    s = spec.LIMIT * jnp.tanh(raw / spec.LIMIT)
    return (b - t) * jnp.exp(-s), jnp.sum(s)


def _squeezed(x):
    n, rows, columns, channels = x.shape
    squares = x.reshape(n, rows // 2, 2, columns // 2, 2, channels).transpose(0, 1, 3, 2, 4, 5)
    return squares.reshape(n, rows // 2, columns // 2, 4 * channels)


def glow_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    n, left, lost = len(batch["x"]), [], 0
    x = batch["x"].reshape(n, spec.SIDE, spec.SIDE, 1)
    for scale in range(spec.SCALES):
        x = _squeezed(x)
        pixels, channels = x.size // x.shape[3], x.shape[3]
        for k in range(spec.STEPS - 1, -1, -1):
            name = f"{scale}_{k}"
            x = (x - p[f"shift_{name}"]) * jnp.exp(-p[f"log_scale_{name}"])
            s = spec.signs(scale, k)[0] * jnp.exp(p[f"log_s_{name}"])
            lower = jnp.tril(p[f"L_{name}"], -1) + jnp.eye(channels)
            upper = jnp.triu(p[f"U_{name}"], 1) + jnp.diag(s)
            x = x[..., np.array(spec.ORDERS[scale][k])] @ lower @ upper
            a, b = jnp.split(x, 2, 3)
            b, of_scales = _coupled(spec, p, name, a, b)
            x = jnp.concatenate([a, b], 3)
            of_pixel = jnp.sum(p[f"log_scale_{name}"] - p[f"log_s_{name}"])
            lost = lost + of_scales + pixels * of_pixel
        if scale + 1 < spec.SCALES:
            x, b = jnp.split(x, 2, 3)
            b, of_scales = _coupled(spec, p, "split", x, b)
            left, lost = [*left, b], lost + of_scales
    squares = sum(jnp.sum(z * z) for z in (*left, x))
    return (0.5 * (squares + n * spec.INPUT_DIM * math.log(2 * math.pi)) + lost) / n


LOSSES = {"glow_images": (glow_loss, "adam")}
