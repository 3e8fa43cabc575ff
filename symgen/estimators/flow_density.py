"""Normalizing flows as a density estimator."""

from symgen import models
from symgen.errors import look_up
from symgen.estimators.estimator import DTYPE, Estimator


class FlowDensity(Estimator):
    """Density of real vectors by a normalizing flow.

    Parameters
    ----------
    flow : {"realnvp", "neural_spline", "maf"}
        The first two need two numbers at least.
    n_layers : int
    hidden_dims : sequence of int
        Hidden layers of each network.
    learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See :mod:`symgen.estimators`.
    """

    def __init__(
        self,
        flow="realnvp",
        *,
        n_layers=4,
        hidden_dims=(64, 64),
        learning_rate=0.001,
        batch_size=100,
        n_iter=50,
        optimizer="adam",
        backend=None,
        device=None,
        random_state=None,
    ):
        self._keep(locals())

    def _build(self, n_features, seed):
        kinds = {name: models.MODELS[name] for name in ("neural_spline", "realnvp", "maf")}
        return look_up("flow", self.flow, kinds)(
            n_features, self.n_layers, hidden_dims=self.hidden_dims, seed=seed, dtype=DTYPE
        )

    def _checked(self, X, reset=False):
        splits = reset and self.flow != "maf"  # a vector in two
        return super()._checked(X, reset, ensure_min_features=2 if splits else 1)

    def score_samples(self, X):
        """``log p(x)`` of each example, in nats: shape (n_samples,)."""
        return self._computed("score_samples", X, lambda x: self.model_.log_prob(x)).astype("float64")

    def sample(self, n_samples=1, random_state=None):
        """Draws of the density, float32 of shape (n_samples, n_features)."""
        return self._drawn(n_samples, random_state)
