"""Goodfellow's first adversarial networks: rectifiers against maxout units with dropout.

References
----------
I. Goodfellow et al. (2014). Generative adversarial nets. NeurIPS. Section 5, with the sizes, the
first values and the dropout of the authors' MNIST run.
"""

from functools import partial
from types import MappingProxyType

import numpy as np

from symgen.errors import RangeError
from symgen.initializers import uniform
from symgen.layers import Dense, Dropout, Maxout, Sequential
from symgen.models.gans.adversarial import AdversarialModel
from symgen.models.validation import positive_int, positive_ints

_AUTHORS_UNITS = 1200  # of each hidden layer of the generator


class GAN(AdversarialModel):
    """Generator of rectified layers and a sigmoid, discriminator of maxout layers with dropout.

    Parameters
    ----------
    input_dim : int
        Numbers in one example, in [0, 1].
    latent_dim : int
        Dimensions of ``z``.
    generator_dims, discriminator_dims : sequence of int
        Hidden layers, each from its network's input to its output: 1200, 1200 and 240, 240 in the
        authors' run.
    n_pieces : int
        Affine maps of each maxout unit.
    input_dropout, dropout : float in [0, 1)
        Part of the discriminator's inputs and of its hidden units that is left out while training.
    n_critic : int
        The generator moves at each `n_critic`-th minibatch: ``k`` of algorithm 1.
    loss : str
        Name in :data:`symgen.models.gans.losses.ADVERSARIAL_LOSSES`.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError, UnknownNameError
        As :class:`symgen.models.gans.AdversarialModel`, and for a dropout of 1.
    """

    name = "gan"
    # The authors' 0.1 with momentum 0.5, at the momentum of our rule.
    training = MappingProxyType({"optimizer": "momentum", "learning_rate": 0.02, "batch_size": 64})

    def __init__(
        self,
        input_dim,
        latent_dim=100,
        generator_dims=(256, 256),
        discriminator_dims=(120, 120),
        n_pieces=5,
        input_dropout=0.2,
        dropout=0.5,
        n_critic=1,
        loss="non_saturating",
        seed=0,
        dtype=None,
    ):
        super().__init__(input_dim, latent_dim, "sigmoid", loss, n_critic, 0, 0, seed, dtype)
        self.generator_dims = positive_ints(generator_dims, "generator_dims")
        self.discriminator_dims = positive_ints(discriminator_dims, "discriminator_dims")
        self.n_pieces = positive_int(n_pieces, "n_pieces")
        self.input_dropout, self.dropout = float(input_dropout), float(dropout)
        options = {"rng": np.random.default_rng(seed), "dtype": self.dtype}

        sizes = (self.latent_dim, *self.generator_dims, self.input_dim)
        activations = ["relu"] * len(self.generator_dims) + ["sigmoid"]
        self.generator = Sequential(
            [
                Dense(i, o, nonlinear, _wide(i if k else _AUTHORS_UNITS), name=f"generator.{k}", **options)
                for k, (i, o, nonlinear) in enumerate(zip(sizes, sizes[1:], activations, strict=False))
            ]
        )
        sizes = (self.input_dim, *self.discriminator_dims)
        narrow = partial(uniform, low=-0.005, high=0.005)
        layers = [Dropout(self.input_dropout)]
        for k, (i, o) in enumerate(zip(sizes, sizes[1:], strict=False)):
            layers.append(Maxout(i, o, self.n_pieces, narrow, name=f"discriminator.{k}", **options))
            layers.append(Dropout(self.dropout))
        self.features = Sequential(layers)
        self.verdict = self._make_verdict(sizes[-1], narrow, options["rng"])

    def initialize(self, x):
        """Set the generator's output biases so that at first it gives the mean of the data.

        Parameters
        ----------
        x : array of shape (n, input_dim)
        """
        if x.min() < 0 or x.max() > 1:
            raise RangeError("data in [0, 1]", f"[{x.min()}, {x.max()}]", "Scale the pixels.")
        mean = np.clip(x.mean(axis=0, dtype="float64"), 1e-3, 1 - 1e-3)
        bias = self.generator.params[-1]
        bias.set_value(np.log(mean / (1 - mean)).astype(bias.dtype))


def _wide(n_inputs):
    """The authors' first values, of 0.05 at most; those below fewer units are larger.

    So a narrow generator answers to ``z`` as much as theirs, without which its samples are all alike.
    """
    bound = 0.05 * (_AUTHORS_UNITS / n_inputs) ** 0.5
    return partial(uniform, low=-bound, high=bound)
