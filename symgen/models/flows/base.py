"""Base distributions: densities of the latent vector with independent, identical components."""

import numpy as np
import pytensor.tensor as pt

from symgen.models.flows.bijector import like
from symgen.models.model import Model
from symgen.models.validation import check_matrix, positive_int


class StandardNormal:
    """``N(0, I)`` in `dim` dimensions.

    Parameters
    ----------
    dim : int
    """

    settings = Model.settings
    __repr__ = Model.__repr__

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


class StandardLogistic:
    """Independent logistic variables: ``log p(z) = -sum_i [log(1 + exp(z_i)) + log(1 + exp(-z_i))]``.

    Parameters
    ----------
    dim : int

    References
    ----------
    L. Dinh, D. Krueger, Y. Bengio (2015). NICE: non-linear independent components estimation.
    ICLR workshop. Section 3.4: the logistic prior.
    """

    settings = Model.settings
    __repr__ = Model.__repr__

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
