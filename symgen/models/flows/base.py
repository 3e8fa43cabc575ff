"""Base distributions: densities of the latent vector."""

import numpy as np
import pytensor.tensor as pt

from symgen import activations
from symgen.models.described import Described
from symgen.models.flows.bijector import like
from symgen.models.mixtures import log_mixture, mixture_draws
from symgen.models.parameters import parameter
from symgen.models.validation import check_matrix, float_dtype, positive_int


class StandardNormal(Described):
    """``N(0, I)`` in `dim` dimensions.

    Parameters
    ----------
    dim : int
    """

    params = ()

    def __init__(self, dim):
        self.dim = positive_int(dim, "dim")

    def log_prob(self, z):
        """``-sum_i [z_i^2 + log(2 pi)] / 2`` of each row of `z`, shape (batch,), in nats."""
        check_matrix(z, self.dim, "the base distribution")
        constant = like(-self.dim * np.log(2 * np.pi) / 2, z)
        return like(-0.5, z) * pt.sqr(z).sum(axis=1) + constant

    def sample(self, n, srng, dtype):
        """`n` draws, shape (n, dim)."""
        return srng.normal((n, self.dim), dtype=dtype)


class StandardLogistic(Described):
    """Independent logistic variables: ``log p(z) = -sum_i [log(1 + exp(z_i)) + log(1 + exp(-z_i))]``.

    Parameters
    ----------
    dim : int

    References
    ----------
    L. Dinh, D. Krueger, Y. Bengio (2015). NICE: non-linear independent components estimation.
    ICLR workshop. Section 3.4: the logistic prior.
    """

    params = ()

    def __init__(self, dim):
        self.dim = positive_int(dim, "dim")

    def log_prob(self, z):
        """Log density of each row of `z`, shape (batch,), in nats."""
        check_matrix(z, self.dim, "the base distribution")
        return -(pt.softplus(z) + pt.softplus(-z)).sum(axis=1)

    def sample(self, n, srng, dtype):
        """`n` draws, shape (n, dim): the logit of uniform ones, which are never quite 0 or 1."""
        least = float(np.finfo(dtype).eps) / 4
        u = srng.uniform((n, self.dim), low=least, high=1.0, dtype=dtype)
        return pt.log(u) - pt.log1p(-u)


class GaussianMixture(Described):
    """``p(z) = sum_k w_k N(z; mu_k, diag exp(log_var_k))``, all of it learned with the flow.

    For data of several separate parts: a continuous map that has an inverse leaves one piece one
    piece, so that from a single Gaussian the parts stay joined by bridges of some probability.

    Parameters
    ----------
    dim : int
    components : int
        The means begin as draws of N(0, I), the variances at 1, the weights equal.
    seed : int
        Of those draws.
    name : str
        Prefix of the parameters' names.
    dtype : {"float32", "float64"}, optional

    References
    ----------
    P. Izmailov, P. Kirichenko, M. Finzi, A. G. Wilson (2020). Semi-supervised learning with
    normalizing flows. ICML. Section 3: a mixture of Gaussians as the base.
    """

    def __init__(self, dim, components=10, seed=0, name="base", dtype=None):
        self.dim, self.components = positive_int(dim, "dim"), positive_int(components, "components")
        self.seed, self.name, self.dtype = seed, name, float_dtype(dtype)
        shape = (self.components, self.dim)
        means = np.random.default_rng(seed).normal(size=shape)
        self.mu = parameter(f"{name}.mu", means, self.dtype)
        self.log_var = parameter(f"{name}.log_var", np.zeros(shape), self.dtype)
        self.logits = parameter(f"{name}.logits", np.zeros(self.components), self.dtype)

    @property
    def params(self):
        """``[mu, log_var, logits]``."""
        return [self.mu, self.log_var, self.logits]

    def log_prob(self, z):
        """Log density of each row of `z`, shape (batch,), in nats."""
        check_matrix(z, self.dim, "the base distribution")
        return log_mixture(z, self.logits, self.mu, self.log_var)

    def sample(self, n, srng, dtype):
        """`n` draws, shape (n, dim): a component by its weight, then its Gaussian."""
        weights = activations.softmax(self.logits)
        return mixture_draws(weights, self.mu, self.log_var, (n, self.dim), srng)
