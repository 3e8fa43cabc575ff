"""Deterministic autoencoders as estimators."""

from symgen import models
from symgen.estimators.estimator import DTYPE, Coder


class Autoencoder(Coder):
    """Deterministic autoencoder.

    Parameters
    ----------
    n_components, learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See :mod:`symgen.estimators`.
    hidden_dims : sequence of int
        Sizes of the encoder's hidden layers, from the input inwards; the decoder mirrors them.
    activation : str
        Of the hidden layers, a name in :data:`symgen.activations.ACTIVATIONS`.
    code_activation : str
        Of the code.
    loss : {"squared_error", "binary_cross_entropy"}
        The second is for numbers in [0, 1].
    tied : bool
        Whether the decoder's weights are the encoder's, transposed.
    """

    _model = models.Autoencoder

    def __init__(
        self,
        n_components=32,
        *,
        hidden_dims=(128,),
        activation="relu",
        code_activation="linear",
        loss="squared_error",
        tied=False,
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
        sizes = n_features, self.hidden_dims, self.n_components
        return self._model(*sizes, self.activation, self.loss, seed=seed, **self._options())

    def _options(self):
        return {"code_activation": self.code_activation, "tied": self.tied, "dtype": DTYPE}

    def inverse_transform(self, Z):
        """Rebuilt inputs of codes `Z`, float32 of shape (n_samples, n_features)."""
        return self._decoded(Z)

    def score_samples(self, X):
        """Minus the reconstruction error of each example, not spoilt: shape (n_samples,)."""
        return -self._computed("score_samples", X, self._error).astype("float64")

    def _error(self, x):
        return models.Autoencoder.example_terms(self.model_, x)["reconstruction"]


class DenoisingAutoencoder(Autoencoder):
    """Autoencoder that is trained to rebuild whole inputs from spoilt ones.

    Parameters
    ----------
    n_components, hidden_dims, activation, code_activation, loss, tied
        See :class:`Autoencoder`.
    learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See :mod:`symgen.estimators`.
    corruption : {"masking", "gaussian", "salt_and_pepper"}
    level : float
        Probability that a value is spoilt, or the standard deviation of Gaussian noise.
    """

    _model = models.DenoisingAutoencoder

    def __init__(
        self,
        n_components=32,
        *,
        hidden_dims=(128,),
        activation="relu",
        code_activation="linear",
        loss="squared_error",
        tied=False,
        corruption="masking",
        level=0.3,
        learning_rate=0.001,
        batch_size=100,
        n_iter=50,
        optimizer="adam",
        backend=None,
        device=None,
        random_state=None,
    ):
        self._keep(locals())

    def _options(self):
        return {**super()._options(), "corruption": self.corruption, "level": self.level}
