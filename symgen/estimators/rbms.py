"""Restricted Boltzmann machines as estimators."""

import numbers

import numpy as np

from symgen import models
from symgen.errors import RangeError
from symgen.estimators.estimator import DTYPE, Coder


class GaussianRBM(Coder):
    """Restricted Boltzmann machine with real visible units, trained by persistent contrastive divergence.

    Parameters
    ----------
    n_components, learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See :mod:`symgen.estimators`.
    k : int
        Gibbs steps of the chains at an update.
    n_chains : int
        Chains that go on from update to update; with 0 they begin at the data: contrastive divergence.

    Notes
    -----
    The first batch gives the first means and variances: with few examples these are poor. Plain gradient
    descent diverges where some variances are small, which Adam does not.
    """

    def __init__(
        self,
        n_components=100,
        *,
        k=10,
        n_chains=100,
        learning_rate=0.001,
        batch_size=100,
        n_iter=200,
        optimizer="adam",
        backend=None,
        device=None,
        random_state=None,
    ):
        self._keep(locals())

    def _checked(self, X, reset=False):
        return super()._checked(X, reset, ensure_min_samples=2 if reset else 1)  # for a variance

    def _build(self, n_features, seed):
        return models.GaussianRBM(
            n_features, self.n_components, self.k, self.n_chains, seed=seed, dtype=DTYPE
        )

    def _code(self, x):
        return self.model_.propup(x)[1]

    def score_samples(self, X):
        """Minus the free energy: log p(x) up to a constant that is the same for all, in nats."""
        return -self._computed("score_samples", X, lambda x: self.model_.free_energy(x)).astype("float64")


class BernoulliRBM(GaussianRBM):
    """Restricted Boltzmann machine with binary visible units, trained by contrastive divergence.

    Parameters
    ----------
    n_components, learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See :mod:`symgen.estimators`.
    k : int
        Gibbs steps of an update.
    persistent : bool
        Whether the chains go on from update to update (PCD), or begin at the data (CD).
    binarize : float, optional
        Numbers above it become 1, others 0. By default the data are 0 and 1, or probabilities.
    """

    def __init__(
        self,
        n_components=100,
        *,
        k=1,
        persistent=False,
        binarize=None,
        learning_rate=0.1,
        batch_size=10,
        n_iter=10,
        optimizer="sgd",
        backend=None,
        device=None,
        random_state=None,
    ):
        self._keep(locals())

    def _build(self, n_features, seed):
        kind = models.PersistentRBM if self.persistent else models.RBM
        return kind(n_features, self.n_components, self.k, seed=seed, dtype=DTYPE)

    def _checked(self, X, reset=False):
        X = Coder._checked(self, X, reset)
        if self.binarize is not None:
            number = isinstance(self.binarize, numbers.Real)
            if not number or np.isnan(self.binarize):
                raise RangeError("binarize to be a number or None", repr(self.binarize), "Try 0.5.")
            return (self.binarize < X).astype(DTYPE)
        if X.min() < 0 or X.max() > 1:
            raise RangeError(
                "X to hold 0 and 1, or probabilities",
                f"a minimum of {X.min():g} and a maximum of {X.max():g}",
                "Give binarize= a threshold, scale the data, or use GaussianRBM.",
            )
        return X

    def score_samples(self, X):
        """Log pseudo-likelihoods, ``sum_i log p(x_i | the others)`` in nats: shape (n_samples,).

        No likelihood: for one see :func:`symgen.evaluation.ais_log_z`.
        """
        scores = self._computed("score_samples", X, lambda x: self.model_.log_pseudo_likelihood(x))
        return scores.astype("float64")
