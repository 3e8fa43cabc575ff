"""Sums of exponentials that neither overflow nor vanish, whatever rewrites a backend does."""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad


def log_sum_exp(x, axis):
    """``log sum exp(x)`` over one axis, in the dtype of `x`: the greatest term is taken out first."""
    greatest = disconnected_grad(pt.max(x, axis=axis, keepdims=True))
    return pt.log(pt.exp(x - greatest).sum(axis=axis)) + greatest.squeeze(axis)


def log_mean_exp(x, n):
    """``log((1 / n) sum_k exp(x_k))`` over the last axis of `x`, which has `n` entries."""
    return log_sum_exp(x, x.ndim - 1) - np.asarray(np.log(n), dtype=x.dtype)
