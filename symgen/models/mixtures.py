"""Mixtures of Gaussians with diagonal covariances: what priors and bases of that kind share."""

import numpy as np
import pytensor.tensor as pt

from symgen.models.numerics import log_sum_exp


def log_gaussians(z, mu, log_var):
    """``log N(z_b; mu_k, exp(log_var_k))`` of every row under every component, shape (batch, K)."""
    log_2pi = np.asarray(np.log(2 * np.pi), dtype=mu.dtype)
    distance = pt.sqr(z[:, None, :] - mu[None]) * pt.exp(-log_var)[None]
    return -(log_2pi + log_var[None] + distance).sum(axis=2) / 2


def log_mixture(z, logits, mu, log_var):
    """``log sum_k w_k N(z_b; mu_k, exp(log_var_k))`` with ``w`` the softmax of `logits`, shape (batch,)."""
    log_weights = logits - log_sum_exp(logits, 0)
    return log_sum_exp(log_weights + log_gaussians(z, mu, log_var), 1)


def mixture_draws(weights, mu, log_var, shape, srng):
    """Draws of shape (n, dim): of each a component by its weight, then its Gaussian."""
    k = pick(weights, shape[0], srng, mu.dtype)
    return mu[k] + pt.exp(log_var[k] / 2) * srng.normal(shape, dtype=mu.dtype)


def pick(probabilities, n, srng, dtype):
    """`n` numbers of components, by inversion of the cumulative probabilities."""
    u = srng.uniform((n,), dtype=dtype)
    passed = u[:, None] >= pt.cumsum(probabilities)[None, :-1]
    return passed.sum(axis=1)
