"""Adversarial networks of dense layers, as deep as one likes, under any loss.

References
----------
I. Goodfellow et al. (2014). Generative adversarial nets. NeurIPS.
M. Mirza, S. Osindero (2014). Conditional generative adversarial nets. arXiv:1411.1784. Equation 2.
Those of :mod:`symgen.models.gans.losses`.
"""

import numpy as np

from symgen import activations
from symgen.errors import look_up
from symgen.initializers import glorot_uniform
from symgen.layers import Dense, Sequential
from symgen.models.gans.adversarial import AdversarialModel
from symgen.models.gans.losses import feature_matching
from symgen.models.model import Objective
from symgen.models.validation import positive_ints


class DeepGAN(AdversarialModel):
    """Two networks of dense layers, under any adversarial loss.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    latent_dim : int
        Dimensions of ``z``.
    generator_dims, discriminator_dims : sequence of int
        Hidden layers, each from its network's input to its output.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS` for the hidden layers of both.
    output, loss, n_critic, gp_weight, context_dim
        See :class:`symgen.models.gans.AdversarialModel`.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError, UnknownNameError
        As :class:`symgen.models.gans.AdversarialModel`.
    """

    name = "deep_gan"

    def __init__(
        self,
        input_dim,
        latent_dim=32,
        generator_dims=(128, 256),
        discriminator_dims=(256, 128),
        activation="leaky_relu",
        output="tanh",
        loss="non_saturating",
        n_critic=1,
        gp_weight=0.0,
        context_dim=0,
        seed=0,
        dtype=None,
    ):
        super().__init__(
            input_dim, latent_dim, output, loss, n_critic, gp_weight, context_dim, seed, dtype
        )
        self.generator_dims = positive_ints(generator_dims, "generator_dims")
        self.discriminator_dims = positive_ints(discriminator_dims, "discriminator_dims")
        self.activation = activation
        nonlinear = look_up("activation", activation, activations.ACTIVATIONS)
        options = {"rng": np.random.default_rng(seed), "dtype": self.dtype}

        def hidden(sizes, network):
            pairs = enumerate(zip(sizes, sizes[1:], strict=False))
            return [Dense(i, o, nonlinear, name=f"{network}.{k}", **options) for k, (i, o) in pairs]

        sizes = (self.latent_dim + self.context_dim, *self.generator_dims)
        last = Dense(sizes[-1], self.input_dim, output, name="generator.output", **options)
        self.generator = Sequential([*hidden(sizes, "generator"), last])
        sizes = (self.input_dim + self.context_dim, *self.discriminator_dims)
        self.features = Sequential(hidden(sizes, "discriminator"))
        self.verdict = self._make_verdict(sizes[-1], glorot_uniform, options["rng"])


class FeatureMatchingGAN(DeepGAN):
    """A generator whose samples have the mean features of the data, not the best verdict.

    The features are the discriminator's last hidden layer.

    Parameters
    ----------
    loss : str
        The discriminator's, a name in :data:`symgen.models.gans.losses.ADVERSARIAL_LOSSES`.

    The other parameters, and the errors, are those of :class:`DeepGAN`.
    """

    name = "feature_matching_gan"
    _generator_in_nats = False

    def generator_objective(self, real, srng, context=None):
        """``|| mean f(x) - mean f(G(z)) ||^2``."""
        fake, updates = self._generated(real, srng, context)
        features, _ = self._features_of_both(real, fake, srng, context)
        n = real.shape[0]
        loss = feature_matching(features[:n], features[n:])
        return Objective(
            "generator_loss", loss, self.generator.params, updates=updates, every=self.n_critic
        )
