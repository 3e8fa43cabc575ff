"""Approximate posteriors: ``q(z | x)`` from the features that the encoder network makes of x.

Each is a description that a VAE is given as ``posterior=``; the VAE keeps a copy that owns the
layers from the features to the parameters of q.
"""

import copy

import numpy as np
import pytensor.tensor as pt

from symgen import losses
from symgen.errors import NotSupportedError
from symgen.layers import Dense
from symgen.models.described import Described
from symgen.models.flows.autoregressive import InverseAutoregressive
from symgen.models.flows.bijector import Chain
from symgen.models.flows.presets import seeds
from symgen.models.flows.transforms import Affine
from symgen.models.vaes.priors import StandardNormalPrior
from symgen.models.validation import positive_int, positive_ints


class Posterior(Described):
    """Base: ``build`` makes the layers, here those of a Gaussian's mean and log variance."""

    params = ()

    def build(self, features_dim, latent_dim, options):
        """A copy with its own layers from `features_dim` numbers; `options` are those of a layer."""
        built = copy.copy(self)
        built._make(features_dim, latent_dim, options)
        return built

    def _make(self, features_dim, latent_dim, options):
        self.mu = Dense(features_dim, latent_dim, "linear", name="encoder.mu", **options)
        self.log_var = Dense(features_dim, latent_dim, "linear", name="encoder.log_var", **options)
        self.params = [*self.mu.params, *self.log_var.params]

    def kl(self, prior, parameters, z, log_q):
        """``KL(q(z | x) || p(z))`` as ``log q - log p`` at the draw `z`, shape (batch,)."""
        return log_q - prior.log_prob(z)


class GaussianPosterior(Posterior):
    """``q(z | x) = N(mu(x), diag exp(log_var(x)))``.

    References
    ----------
    D. P. Kingma, M. Welling (2014). Auto-encoding variational Bayes. Equation 9.
    """

    def __init__(self):
        pass

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
        return _gaussian_draw(*parameters, srng)

    def log_prob(self, z, parameters):
        """``log q(z | x)`` of any `z`, shape (batch,)."""
        return losses.gaussian_log_prob(z, *parameters)

    def kl(self, prior, parameters, z, log_q):
        """``KL(q(z | x) || p(z))``: in closed form where there is one, else at the draw `z`."""
        if isinstance(prior, StandardNormalPrior):
            return losses.gaussian_kl(*parameters)
        return super().kl(prior, parameters, z, log_q)


class FlowPosterior(Posterior):
    """``z = f(z_0; h(x))`` with ``z_0 ~ N(mu(x), diag exp(log_var(x)))`` and an invertible f.

    ``log q(z | x) = log N(z_0; mu, exp(log_var)) - log |det df/dz_0|``. A subclass says in
    ``make_flow`` what f is: see :class:`IAFPosterior`.

    Parameters
    ----------
    context_dim : int
        Numbers that f is told of x, the ``h`` of the paper: a linear layer on the encoder's features.

    References
    ----------
    D. J. Rezende, S. Mohamed (2015). Variational inference with normalizing flows. Equation 13.
    D. P. Kingma et al. (2016). Improving variational inference with inverse autoregressive flow.
    Algorithm 1.
    """

    def __init__(self, context_dim=32):
        self.context_dim = positive_int(context_dim, "context_dim")

    def make_flow(self, latent_dim, seed, dtype):
        """An object with ``params`` and ``forward_and_log_det(z, context)``, ``context_dim`` wide."""
        raise NotSupportedError(
            "a posterior whose flow is known", type(self).__name__, "Use IAFPosterior, or define make_flow."
        )

    def _make(self, features_dim, latent_dim, options):
        super()._make(features_dim, latent_dim, options)
        name = "encoder.context"
        self.context = Dense(features_dim, self.context_dim, "linear", name=name, **options)
        seed = int(options["rng"].integers(2**32))
        self.flow = self.make_flow(latent_dim, seed, options["dtype"])
        self.params = [*self.params, *self.context.params, *self.flow.params]

    def parameters(self, features):
        """``(mu, log_var, context)``, each with a row for each example."""
        return self.mu(features), self.log_var(features), self.context(features)

    def encode(self, parameters):
        """What the model shows as its code: where f takes the mean of ``z_0``."""
        return self.code(parameters)

    def code(self, parameters):
        """The point of q from which an input is rebuilt: where f takes the mean of ``z_0``."""
        mu, _, context = parameters
        return self.flow.forward_and_log_det(mu, context)[0]

    def sample_and_log_prob(self, parameters, srng):
        """A draw ``z = f(z_0)`` and ``log q(z | x)`` there, of shape (batch,)."""
        mu, log_var, context = parameters
        z_0, log_q_0 = _gaussian_draw(mu, log_var, srng)
        z, log_det = self.flow.forward_and_log_det(z_0, context)
        return z, log_q_0 - log_det


class IAFPosterior(FlowPosterior):
    """A flow posterior of inverse autoregressive steps, the order of the code turned at each.

    Parameters
    ----------
    steps : int
    hidden_dims : sequence of int, at least one
        Hidden layers of each step's network.
    context_dim : int
        See :class:`FlowPosterior`.

    References
    ----------
    Kingma et al. (2016). Equations 10 to 12, algorithm 1.
    """

    def __init__(self, steps=2, hidden_dims=(64,), context_dim=32):
        super().__init__(context_dim)
        self.steps = positive_int(steps, "steps")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")

    def make_flow(self, latent_dim, seed, dtype):
        """The chain of steps; they begin as the identity."""
        return Chain(
            [
                InverseAutoregressive(
                    latent_dim, Affine(), self.hidden_dims, "relu", self.context_dim,
                    reverse=k % 2 == 1, seed=s, name=f"posterior.{k}", dtype=dtype,
                )
                for k, s in enumerate(seeds(seed, self.steps))
            ]
        )  # fmt: skip


def _gaussian_draw(mu, log_var, srng):
    """``z ~ N(mu, exp(log_var))`` by reparametrisation, and its log density."""
    epsilon = srng.normal(mu.shape, dtype=mu.dtype)
    z = mu + pt.exp(log_var / 2) * epsilon
    z.name = "z"
    log_2pi = np.asarray(np.log(2 * np.pi), dtype=mu.dtype)
    return z, -(log_2pi + log_var + pt.sqr(epsilon)).sum(axis=1) / 2
