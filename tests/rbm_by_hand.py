"""Boltzmann machines in NumPy, by counting through all states."""

import numpy as np


def states(n):
    """All states of n binary units, shape (2^n, n)."""
    return (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype("float64")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def parameters(model):
    """Parameters in float64 by name."""
    return {param.name: param.get_value().astype("float64") for param in model.params}


def set_random(model, scale, seed):
    """Normal parameters of that standard deviation."""
    rng = np.random.default_rng(seed)
    for param in model.params:
        value = rng.normal(0, scale, param.get_value().shape)
        param.set_value(value.astype(param.dtype))
    return model


def joint(W, hbias, vbias):
    """Table of ``-E(v, h)`` over all visible (rows) and hidden (columns) states."""
    v, h = states(len(vbias)), states(len(hbias))
    return v @ W @ h.T + (v @ vbias)[:, None] + (h @ hbias)[None, :]


def log_z(table):
    return np.logaddexp.reduce(table, axis=None)


def log_p_visible(table):
    """log p of every visible state."""
    return np.logaddexp.reduce(table, axis=1) - log_z(table)


def exact_gradient(x, W, hbias, vbias):
    """Gradient of ``-mean log p(x)`` by W, hbias, vbias."""
    p = np.exp(joint(W, hbias, vbias) - log_z(joint(W, hbias, vbias)))
    v, h = states(len(vbias)), states(len(hbias))
    mean_h = sigmoid(x @ W + hbias)
    n = len(x)
    return (
        v.T @ p @ h - x.T @ mean_h / n,
        p.sum(0) @ h - mean_h.mean(0),
        p.sum(1) @ v - x.mean(0),
    )
