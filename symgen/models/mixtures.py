"""Mixtures of Gaussians with diagonal covariances: what priors and bases of that kind share."""

import numpy as np
import pytensor.tensor as pt


def log_gaussians(z, mu, log_var):
    """``log N(z_b; mu_k, exp(log_var_k))`` of every row under every component, shape (batch, K)."""
    log_2pi = np.asarray(np.log(2 * np.pi), dtype=mu.dtype)
    distance = pt.sqr(z[:, None, :] - mu[None]) * pt.exp(-log_var)[None]
    return -(log_2pi + log_var[None] + distance).sum(axis=2) / 2


def pick(probabilities, n, srng, dtype):
    """`n` numbers of components, by inversion of the cumulative probabilities."""
    u = srng.uniform((n,), dtype=dtype)
    passed = u[:, None] >= pt.cumsum(probabilities)[None, :-1]
    return passed.sum(axis=1)
