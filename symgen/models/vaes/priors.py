"""Priors ``p(z)`` of a VAE's code.

Each is a description that a VAE is given as ``prior=``; the VAE keeps a copy that owns the
prior's parameters.

References
----------
D. P. Kingma, M. Welling (2014). Auto-encoding variational Bayes.
J. M. Tomczak, M. Welling (2018). VAE with a VampPrior. AISTATS: the mixture of Gaussians of
section 4.2, the VampPrior of equation 9.
"""

import copy

import numpy as np
import pytensor.tensor as pt

from symgen import activations, losses
from symgen.errors import SettingsError
from symgen.models.described import Described
from symgen.models.mixtures import log_gaussians, log_mixture, mixture_draws
from symgen.models.numerics import log_mean_exp
from symgen.models.parameters import parameter
from symgen.models.validation import positive_int


class Prior(Described):
    """Base: ``build`` makes the parameters, ``log_prob(z)`` and ``sample(n, srng)`` use them."""

    params = ()

    def build(self, vae, rng):
        """A copy with its own parameters for `vae`, whose encoder is there already."""
        built = copy.copy(self)
        built.latent_dim, built.dtype = vae.latent_dim, vae.dtype
        built._make(vae, rng)
        return built

    def _make(self, vae, rng):
        pass

    def initialize(self, x):
        """Set what depends on the data from a first NumPy minibatch; by default nothing."""


class StandardNormalPrior(Prior):
    """``p(z) = N(0, I)``."""

    def __init__(self):
        pass

    def log_prob(self, z):
        """``log p(z)`` in nats, shape (batch,)."""
        zero = pt.zeros_like(z)
        return losses.gaussian_log_prob(z, zero, zero)

    def sample(self, n, srng):
        """`n` draws, shape (n, latent_dim)."""
        return srng.normal((n, self.latent_dim), dtype=self.dtype)


class MixturePrior(Prior):
    """``p(z) = sum_k w_k N(z; m_k, diag exp(l_k))`` with weights, means and log variances learned.

    Parameters
    ----------
    components : int
        The means begin as draws of N(0, I), the variances at 1, the weights equal.
    """

    def __init__(self, components=10):
        self.components = positive_int(components, "components")

    def _make(self, vae, rng):
        shape = (self.components, self.latent_dim)
        self.mu = parameter("prior.mu", rng.normal(size=shape), self.dtype)
        self.log_var = parameter("prior.log_var", np.zeros(shape), self.dtype)
        self.logits = parameter("prior.logits", np.zeros(self.components), self.dtype)
        self.params = [self.mu, self.log_var, self.logits]

    def log_prob(self, z):
        """``log p(z)`` in nats, shape (batch,)."""
        return log_mixture(z, self.logits, self.mu, self.log_var)

    def sample(self, n, srng):
        """`n` draws, shape (n, latent_dim): a component by its weight, then its Gaussian."""
        weights = activations.softmax(self.logits)
        return mixture_draws(weights, self.mu, self.log_var, (n, self.latent_dim), srng)


class VampPrior(Prior):
    """``p(z) = (1 / K) sum_k q(z | u_k)``: the mean of the posterior at K learned pseudo-inputs.

    Parameters
    ----------
    components : int
        Pseudo-inputs, K.

    Notes
    -----
    Where the likelihood's data lie in [0, 1], so do the pseudo-inputs: the parameters are their
    logits. They begin as noise; ``VAE.initialize(x)`` sets them to examples, as the paper does.
    """

    def __init__(self, components=50):
        self.components = positive_int(components, "components")

    def _make(self, vae, rng):
        if vae.context_dim:
            raise SettingsError(
                "a VampPrior in a VAE without context",
                f"context_dim={vae.context_dim}",
                "Use MixturePrior or StandardNormalPrior: a pseudo-input has no class.",
            )
        if not hasattr(vae.posterior, "log_prob"):
            raise SettingsError(
                "a VampPrior with a posterior whose density is known at every z",
                repr(vae.posterior),
                "Use GaussianPosterior, or MixturePrior.",
            )
        self._vae = vae
        self._in_unit_range = vae.value_range == (0.0, 1.0)
        noise = rng.normal(0, 1, (self.components, vae.input_dim))
        self.inputs = parameter("prior.inputs", noise, self.dtype)
        self.params = [self.inputs]

    def initialize(self, x):
        """Take the rows of `x` as pseudo-inputs, in turn, with a little noise where there are too few."""
        x = np.asarray(x, dtype="float64")
        rows = x[np.arange(self.components) % len(x)]
        if self._in_unit_range:
            rows = np.clip(rows, 0.05, 0.95)  # at 0 and 1 a sigmoid does not learn
            rows = np.log(rows) - np.log1p(-rows)
        repeated = (np.arange(self.components) >= len(x))[:, None]
        noise = np.random.default_rng(self._vae.seed).normal(0, 0.1, rows.shape)
        self.inputs.set_value((rows + repeated * noise).astype(self.dtype))

    def pseudo_inputs(self):
        """The K inputs, in the range of the data, shape (components, input_dim)."""
        return activations.sigmoid(self.inputs) if self._in_unit_range else self.inputs

    def log_prob(self, z):
        """``log p(z)`` in nats, shape (batch,)."""
        mu, log_var = self._vae.posterior_parameters(self.pseudo_inputs())
        return log_mean_exp(log_gaussians(z, mu, log_var), self.components)

    def sample(self, n, srng):
        """`n` draws, shape (n, latent_dim): a pseudo-input, then its posterior."""
        mu, log_var = self._vae.posterior_parameters(self.pseudo_inputs())
        weights = pt.ones(self.components, dtype=self.dtype) / self.components
        shape = (n, self.latent_dim)
        return mixture_draws(weights.astype(self.dtype), mu, log_var, shape, srng)
