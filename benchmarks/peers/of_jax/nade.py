"""NADE in JAX: a ``lax.scan`` over pixels whose gradient unwinds the running sum, algorithm 1."""

import jax
import jax.numpy as jnp

from benchmarks.peers.of_jax import bernoulli_nats


@jax.custom_vjp
def logits(x, W, V, b, c):
    """Logits of all pixels of rows ``x``."""
    return _forward(x, W, V, b, c)[0]


def _forward(x, W, V, b, c):
    def pixel(a, row):
        x_i, W_i, V_i = row
        return a + x_i[:, None] * W_i, jax.nn.sigmoid(a) @ V_i

    a, columns = jax.lax.scan(pixel, jnp.tile(c, (len(x), 1)), (x.T, W, V))
    return columns.T + b, (x, W, V, a)


def _backward(kept, gradient):
    x, W, V, a = kept

    def pixel(carry, row):
        a, d = carry
        x_i, W_i, V_i, g_i = row
        dW_i = x_i @ d
        a = a - x_i[:, None] * W_i
        h = jax.nn.sigmoid(a)
        d = d + g_i[:, None] * V_i * h * (1 - h)
        return (a, d), (dW_i, g_i @ h)

    rows = (x.T, W, V, gradient.T)
    (_, d), (dW, dV) = jax.lax.scan(pixel, (a, jnp.zeros_like(a)), rows, reverse=True)
    return jnp.zeros_like(x), dW, dV, jnp.sum(gradient, 0), jnp.sum(d, 0)


logits.defvjp(_forward, _backward)


def nade_loss(spec, p, batch, noise):
    """Cross-entropy of the pixels, nats per image."""
    x = batch["x"]
    return jnp.sum(bernoulli_nats(logits(x, p["W"], p["V"], p["b"], p["c"]), x)) / len(x)


LOSSES = {"nade": (nade_loss, "adam")}
