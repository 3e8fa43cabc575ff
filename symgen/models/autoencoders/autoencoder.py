"""The deterministic autoencoder: a code of fewer numbers from which the input is rebuilt.

References
----------
D. E. Rumelhart, G. E. Hinton, R. J. Williams (1986). Learning internal representations by error
propagation.
G. E. Hinton, R. Salakhutdinov (2006). Reducing the dimensionality of data with neural networks.
"""

import numpy as np

from symgen import activations, config, losses
from symgen.errors import look_up
from symgen.layers import Dense, Sequential
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
        Name in :data:`symgen.activations.ACTIVATIONS` for the hidden layers and the code.
    loss : {"binary_cross_entropy", "squared_error"}
        What is minimised. With the first the output is a probability (a sigmoid) and the inputs
        lie in [0, 1]; with the second the output is linear.
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
    """

    name = "autoencoder"
    metric = "negative reconstruction error"
    bound = "none"

    def __init__(
        self,
        input_dim,
        hidden_dims=(128,),
        latent_dim=32,
        activation="relu",
        loss="binary_cross_entropy",
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        self.latent_dim = positive_int(latent_dim, "latent_dim")
        self.activation, self.loss, self.seed = activation, loss, seed
        self.dtype = dtype or config.floatx()
        self._loss, self._output = look_up("loss of an autoencoder", loss, _LOSSES)
        nonlinear = look_up("activation", activation, activations.ACTIVATIONS)
        options = {"rng": np.random.default_rng(seed), "dtype": self.dtype}

        inwards = (self.input_dim, *self.hidden_dims, self.latent_dim)
        outwards = inwards[::-1]
        self.encoder = Sequential(
            [
                Dense(i, o, nonlinear, name=f"encoder.{k}", **options)
                for k, (i, o) in enumerate(zip(inwards, inwards[1:], strict=False))
            ]
        )
        last = len(outwards) - 2
        self.decoder = Sequential(
            [
                Dense(i, o, nonlinear if k < last else "linear", name=f"decoder.{k}", **options)
                for k, (i, o) in enumerate(zip(outwards, outwards[1:], strict=False))
            ]
        )

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

    def example_terms(self, x, srng=None):
        """Terms of the cost of each example of `x`, by name, each of shape (batch,).

        ``reconstruction`` is the cross-entropy in nats or the squared error, summed over the
        numbers of an example. `srng` is not used: nothing here is random.
        """
        check_matrix(x, self.input_dim, "the encoder")
        return {"reconstruction": self._loss(self.decoder(self.encoder(x)), x)}


_LOSSES = {
    "binary_cross_entropy": (losses.binary_cross_entropy_with_logits, activations.sigmoid),
    "squared_error": (losses.squared_error, activations.linear),
}
