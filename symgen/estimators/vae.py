"""The variational autoencoder as an estimator."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends, models
from symgen.errors import look_up
from symgen.estimators.estimator import DTYPE, Coder
from symgen.random import RandomStreams


class VAE(Coder):
    """Variational autoencoder; its code is the mean of ``q(z | x)``.

    Parameters
    ----------
    n_components, learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See :mod:`symgen.estimators`.
    hidden_dims : sequence of int
        Sizes of the encoder's hidden layers, from the input inwards; the decoder mirrors them.
    beta : float
        Weight of the KL term.
    likelihood : {"gaussian", "bernoulli"}
        Gaussian with one learned variance for real numbers, Bernoulli for numbers in [0, 1].
    n_draws : int
        Draws of ``q(z | x)`` for the score of an example.
    """

    def __init__(
        self,
        n_components=2,
        *,
        hidden_dims=(128,),
        beta=1.0,
        likelihood="gaussian",
        n_draws=50,
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
        likelihoods = {
            "gaussian": models.SphericalGaussianDecoder(learned=True),
            "bernoulli": models.BernoulliDecoder(),
        }
        likelihood = look_up("likelihood", self.likelihood, likelihoods)
        model = models.VAE(
            n_features, self.hidden_dims, self.n_components, beta=self.beta,
            likelihood=likelihood, seed=seed, dtype=DTYPE,
        )  # fmt: skip
        # q begins with variance 1, whatever the scale of the data: else its exponential may overflow.
        model.posterior.log_var.W.set_value(0 * model.posterior.log_var.W.get_value())
        return model

    def _code(self, x):
        return self.model_.encode(x)[0]

    def inverse_transform(self, Z):
        """Means of ``p(x | z)`` for codes `Z`, float32 of shape (n_samples, n_features)."""
        return self._decoded(Z)

    def score_samples(self, X):
        """Importance-weighted lower bounds on log p(x) of `n_draws`, in nats, shape (n_samples,).

        All examples are scored at the same draws, one by one: a score does not depend on the others.
        """
        X = self._inputs(X)
        srng, compute = self._functions.get(f"bound of {self.n_draws}", self._compiled_bound)
        scores = np.empty(len(X))
        for row in range(len(X)):
            srng.seed(self._seed)
            log_w = compute(X[row : row + 1])[0].astype("float64")
            scores[row] = np.logaddexp.reduce(log_w) - np.log(self.n_draws)
        return scores

    def _compiled_bound(self):
        srng = RandomStreams(self._seed)
        x = pt.matrix("x", dtype=DTYPE, shape=(1, self.model_.input_dim))
        log_w = self.model_.log_weights(x, srng, self.n_draws)
        mode = backends.select(self.backend, self.device)
        return srng, pytensor.function([x], log_w, updates=srng.updates, mode=mode)

    def sample(self, n_samples=1, random_state=None):
        """Means of ``p(x | z)`` at draws of the prior, float32 of shape (n_samples, n_features)."""
        return self._drawn(n_samples, random_state)
