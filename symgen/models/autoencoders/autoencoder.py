"""The deterministic autoencoder: a code of fewer numbers from which the input is rebuilt.

References
----------
D. E. Rumelhart, G. E. Hinton, R. J. Williams (1986). Learning internal representations by error
propagation.
G. E. Hinton, R. Salakhutdinov (2006). Reducing the dimensionality of data with neural networks.
"""

from functools import partial

import numpy as np

from symgen import activations, config, losses
from symgen.errors import look_up
from symgen.initializers import glorot_uniform
from symgen.layers import Dense, Sequential, TiedDense
from symgen.models.model import Model
from symgen.models.validation import check_matrix, positive_int, positive_ints


class Autoencoder(Model):
    """Encoder and decoder of dense layers, trained to rebuild their input.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    hidden_dims : sequence of int
        Sizes of the encoder's hidden layers, from the input inwards; the decoder mirrors them.
        Empty for one layer each way.
    latent_dim : int
        Numbers in the code.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS` for the hidden layers and the code. The
        weights of sigmoid layers begin four times as wide, as Glorot and Bengio (2010) advise.
    loss : {"binary_cross_entropy", "squared_error"}
        What is minimised. With the first the output is a probability (a sigmoid) and the inputs
        lie in [0, 1]; with the second the output is linear.
    code_activation : str, optional
        Activation of the code where it is another: ``"linear"`` for a code that may have any value.
    tied : bool
        Whether the decoder's weights are the encoder's, transposed.
    penalties : sequence of penalties, optional
        Terms that are added to the cost: see :mod:`symgen.models.autoencoders.penalties`.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For a size below 1.
    UnknownNameError
        For an activation or a loss that there is none of.
    SettingsError
        For a penalty that does not fit the network.
    """

    name = "autoencoder"
    metric = "negative reconstruction error"
    bound = "none"
    metric_terms = ("reconstruction",)

    def __init__(
        self,
        input_dim,
        hidden_dims=(128,),
        latent_dim=32,
        activation="relu",
        loss="binary_cross_entropy",
        code_activation=None,
        tied=False,
        penalties=None,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        self.latent_dim = positive_int(latent_dim, "latent_dim")
        self.activation, self.loss, self.seed = activation, loss, seed
        self.code_activation, self.tied = code_activation, bool(tied)
        self.penalties = tuple(penalties or ())
        self.dtype = dtype or config.floatx()
        self._loss, self._output = look_up("loss of an autoencoder", loss, _LOSSES)
        for name in (activation, code_activation or activation):
            look_up("activation", name, activations.ACTIVATIONS)
        self._make_networks({"rng": np.random.default_rng(seed), "dtype": self.dtype})
        for penalty in self.penalties:
            penalty.check(self)

    def _make_networks(self, options):
        """Make ``encoder`` and ``decoder``, whose output comes before ``self._output``."""
        sizes = (self.input_dim, *self.hidden_dims, self.latent_dim)
        depth = len(sizes) - 1
        kinds = [self.activation] * (depth - 1) + [self.code_activation or self.activation]
        self.encoder = Sequential(
            [
                Dense(i, o, kind, _weights(kind), name=f"encoder.{k}", **options)
                for k, (i, o, kind) in enumerate(zip(sizes, sizes[1:], kinds, strict=False))
            ]
        )
        self.decoder = Sequential(
            [self._way_back(k, sizes, options) for k in reversed(range(depth))]
        )

    def _way_back(self, k, sizes, options):
        """The decoder's layer opposite to layer `k` of the encoder."""
        kind = self.activation if k else "linear"
        name = f"decoder.{len(sizes) - 2 - k}"
        if self.tied:
            return TiedDense(self.encoder.layers[k], kind, name=name, dtype=self.dtype)
        return Dense(sizes[k + 1], sizes[k], kind, _weights(kind), name=name, **options)

    @property
    def params(self):
        """Shared variables that training changes."""
        return [*self.encoder.params, *self.decoder.params]

    @property
    def value_range(self):
        """Range that inputs must lie in, or None."""
        return (0.0, 1.0) if self.loss == "binary_cross_entropy" else None

    @property
    def in_nats(self):
        """Whether the cost is in nats (else in squared units of the input)."""
        return self.loss == "binary_cross_entropy"

    def encode(self, x):
        """Code of `x`: from (batch, input_dim) to (batch, latent_dim)."""
        check_matrix(x, self.input_dim, "the encoder")
        return self.encoder(x)

    def decode(self, z):
        """Rebuilt input of code `z`: from (batch, latent_dim) to (batch, input_dim)."""
        check_matrix(z, self.latent_dim, "the decoder")
        return self._output(self.decoder(z))

    def reconstruct(self, x):
        """``decode(encode(x))``, shape (batch, input_dim)."""
        return self.decode(self.encode(x))

    def filters(self):
        """Weights of the encoder's first layer: a NumPy array with a row for each unit."""
        return self.encoder.layers[0].W.get_value().T

    def example_terms(self, x, srng=None):
        """Terms of the cost of each example of `x`, by name, each of shape (batch,).

        ``reconstruction`` is the cross-entropy in nats or the squared error, summed over the
        numbers of an example; then come the penalties. `srng` is not used: nothing here is random.
        """
        return self._terms(x, x)

    def _terms(self, given, x):
        """The terms of rebuilding `x` from what is given in its place."""
        check_matrix(x, self.input_dim, "the encoder")
        code = self.encoder(given)
        terms = {"reconstruction": self._loss(self.decoder(code), x)}
        terms |= {p.name: p.term(self, given, code) for p in self.penalties}
        return terms

    def total(self, terms):
        """The cost from its terms: the reconstruction and each penalty times its weight."""
        cost = terms["reconstruction"]
        for penalty in self.penalties:
            cost = cost + np.asarray(penalty.weight, cost.dtype) * terms[penalty.name]
        return cost


def _weights(activation):
    """First weights of a layer with that activation."""
    return partial(glorot_uniform, gain=4.0) if activation == "sigmoid" else glorot_uniform


_LOSSES = {
    "binary_cross_entropy": (losses.binary_cross_entropy_with_logits, activations.sigmoid),
    "squared_error": (losses.squared_error, activations.linear),
}
