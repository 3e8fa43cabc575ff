"""Approximate posteriors: ``q(z | x)`` from the features that the encoder network makes of x.

Each is a description that a VAE is given as ``posterior=``; the VAE keeps a copy that owns the
layers from the features to the parameters of q.
"""

import copy

import numpy as np
import pytensor.tensor as pt

from symgen import losses
from symgen.layers import Dense
from symgen.models.described import Described
from symgen.models.vaes.priors import StandardNormalPrior


class GaussianPosterior(Described):
    """``q(z | x) = N(mu(x), diag exp(log_var(x)))``.

    References
    ----------
    D. P. Kingma, M. Welling (2014). Auto-encoding variational Bayes. Equation 9.
    """

    def __init__(self):
        pass

    def build(self, features_dim, latent_dim, options):
        """A copy with its own layers from `features_dim` numbers; `options` are those of a layer."""
        built = copy.copy(self)
        built._make(features_dim, latent_dim, options)
        return built

    def _make(self, features_dim, latent_dim, options):
        self.mu = Dense(features_dim, latent_dim, "linear", name="encoder.mu", **options)
        self.log_var = Dense(features_dim, latent_dim, "linear", name="encoder.log_var", **options)
        self.params = [*self.mu.params, *self.log_var.params]

    def parameters(self, features):
        """``(mu, log_var)``, each of shape (batch, latent_dim)."""
        mu, log_var = self.mu(features), self.log_var(features)
        mu.name, log_var.name = "mu", "log_var"
        return mu, log_var

    def encode(self, parameters):
        """What the model shows as its code: ``(mu, log_var)``."""
        return parameters

    def code(self, parameters):
        """The point of q from which an input is rebuilt: its mean."""
        return parameters[0]

    def sample_and_log_prob(self, parameters, srng):
        """``z = mu + exp(log_var / 2) epsilon`` and ``log q(z | x)`` there, of shape (batch,)."""
        mu, log_var = parameters
        epsilon = srng.normal(mu.shape, dtype=mu.dtype)
        z = mu + pt.exp(log_var / 2) * epsilon
        z.name = "z"
        log_2pi = np.asarray(np.log(2 * np.pi), dtype=mu.dtype)
        return z, -(log_2pi + log_var + pt.sqr(epsilon)).sum(axis=1) / 2

    def log_prob(self, z, parameters):
        """``log q(z | x)`` of any `z`, shape (batch,)."""
        return losses.gaussian_log_prob(z, *parameters)

    def kl(self, prior, parameters, z, log_q):
        """``KL(q(z | x) || p(z))``: in closed form where there is one, else at the draw `z`."""
        if isinstance(prior, StandardNormalPrior):
            return losses.gaussian_kl(*parameters)
        return log_q - prior.log_prob(z)
