"""What all generative adversarial networks share: two networks, two objectives.

References
----------
I. Goodfellow et al. (2014). Generative adversarial nets. NeurIPS. Algorithm 1.
"""

from types import MappingProxyType

import numpy as np
import pytensor.tensor as pt

from symgen import config
from symgen.errors import RangeError, look_up
from symgen.initializers import zeros
from symgen.layers import Dense
from symgen.models.gans.losses import ADVERSARIAL_LOSSES, gradient_penalty
from symgen.models.model import Model, Objective
from symgen.models.validation import (
    check_context_matrix,
    check_matrix,
    not_negative_int,
    positive_int,
)


class AdversarialModel(Model):
    """A generator ``G(z)``, ``z ~ N(0, I)``, against a discriminator ``d(x)``.

    A subclass makes the networks and sets

    - ``generator``: a :class:`symgen.layers.Sequential` from (batch, latent_dim + context_dim) to
      (batch, input_dim), its last activation ``output``;
    - ``features``, ``verdict``: layers from (batch, input_dim + context_dim) to features and from
      these to (batch, 1), ``d(x) = verdict(features(x))``.

    Images in [0, 1] are brought to the interval of the generator's output, and back.

    Training is a plain affair of two dictionaries of updates, one after the other::

        discriminator, generator = model.objectives(x, srng)
        train_discriminator, train_generator = (
            pytensor.function(
                [x],
                player.loss,
                updates={
                    **rmsprop(player.loss, player.params),
                    **player.updates,
                    **srng.updates_of(player.loss),
                },
            )
            for player in (discriminator, generator)
        )

    :func:`symgen.training.fit` does both in one compiled step, to the same numbers.

    Parameters
    ----------
    input_dim, latent_dim : int
    output : {"tanh", "sigmoid", "linear"}
        Last activation of the generator. With "linear" the data are any real numbers.
    loss : str
        Name in :data:`symgen.models.gans.losses.ADVERSARIAL_LOSSES`.
    n_critic : int
        The generator moves at each `n_critic`-th minibatch, the discriminator at all.
    gp_weight : float
        Weight of the gradient penalty in the discriminator's loss; 0 for none.
    context_dim : int
        Numbers, such as a one-hot label, that both networks are given beside their input.
    seed : int
    dtype : {"float32", "float64"}, optional

    Raises
    ------
    RangeError
        For a size or weight that cannot be.
    UnknownNameError
        For an output or loss that there is none of.
    """

    training = MappingProxyType({"optimizer": "rmsprop", "learning_rate": 2e-4, "batch_size": 64})
    _generator_in_nats = True  # where the discriminator's loss is

    def __init__(
        self, input_dim, latent_dim, output, loss, n_critic, gp_weight, context_dim, seed, dtype
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.latent_dim = positive_int(latent_dim, "latent_dim")
        self.n_critic = positive_int(n_critic, "n_critic")
        self.context_dim = not_negative_int(context_dim, "context_dim")
        if not (np.isfinite(gp_weight) and gp_weight >= 0):
            raise RangeError(
                "gp_weight to be a finite number of at least 0", repr(gp_weight), "Use 10, or 0."
            )
        self.output, self.loss, self.gp_weight = output, loss, float(gp_weight)
        self.seed, self.dtype = seed, dtype or config.floatx()
        self._of_data, self._of_output, self.value_range = look_up("output", output, _OUTPUTS)
        self._loss = look_up("adversarial loss", loss, ADVERSARIAL_LOSSES)
        self.in_nats = self._loss.in_nats and self._generator_in_nats and not gp_weight

    @property
    def params(self):
        """Shared variables that training changes, the generator's first."""
        return [*self.generator.params, *self.discriminator_params]

    @property
    def discriminator_params(self):
        """Those of the discriminator."""
        return [*self.features.params, *self.verdict.params]

    @property
    def buffers(self):
        """Running statistics of both networks."""
        return [*self.generator.buffers, *self.features.buffers]

    def generate(self, z, context=None):
        """Samples ``G(z)`` in the range of the data, shape (batch, input_dim).

        Parameters
        ----------
        z : matrix, shape (batch, latent_dim)
        context : matrix, shape (batch, context_dim), for a conditional model
        """
        check_matrix(z, self.latent_dim, "the generator")
        return self._of_output(self.generator(self._beside(z, context)))

    def sample(self, n, srng, context=None):
        """`n` samples, shape (n, input_dim); `context` has a row for each."""
        return self.generate(self._noise(n, srng), context)

    def discriminate(self, x, context=None):
        """Output ``d(x)`` of the trained discriminator, shape (batch,).

        For a loss in nats it is the logit of the probability that an example is real.

        Parameters
        ----------
        x : matrix, shape (batch, input_dim), in the range of the data
        """
        check_matrix(x, self.input_dim, "the discriminator")
        return self._judge(self._of_data(x.astype(self.dtype)), context)

    def objectives(self, x, srng, context=None):
        """``discriminator_loss`` and then ``generator_loss``, each with draws of its own.

        Parameters
        ----------
        x : matrix, shape (batch, input_dim)
        srng : symgen.random.RandomStreams
        context : matrix, shape (batch, context_dim), for a conditional model
        """
        check_matrix(x, self.input_dim, "the discriminator")
        real = self._of_data(x.astype(self.dtype))
        return [
            self.discriminator_objective(real, srng, context),
            self.generator_objective(real, srng, context),
        ]

    def discriminator_objective(self, real, srng, context=None):
        """``mean real(d(x)) + mean fake(d(G(z))) + gp_weight * penalty``.

        Parameters
        ----------
        real : matrix, shape (batch, input_dim)
            Data in the range of the generator's output.
        """
        fake, _ = self._generated(real, srng, context)
        of_real, of_fake, updates = self._judge_both(real, fake, srng, context)
        loss, terms = self._loss.real(of_real).mean() + self._loss.fake(of_fake).mean(), {}
        if self.gp_weight:
            u = srng.uniform((real.shape[0],), dtype=self.dtype)
            penalty = gradient_penalty(lambda x: self._judge(x, context), real, fake, u).mean()
            loss = loss + np.asarray(self.gp_weight, self.dtype) * penalty
            terms["gradient_penalty"] = penalty
        return Objective("discriminator_loss", loss, self.discriminator_params, terms, updates)

    def generator_objective(self, real, srng, context=None):
        """``mean generated(d(G(z)))``; of `real` the number of rows counts only."""
        fake, updates = self._generated(real, srng, context)
        features, _ = self.features.training_form(self._beside(fake, context), srng)
        loss = self._loss.generated(self._scored(features)).mean()
        return Objective(
            "generator_loss", loss, self.generator.params, updates=updates, every=self.n_critic
        )

    def _make_verdict(self, n_features, W, rng):
        """The discriminator's last layer; a bias where the loss sees it."""
        b = zeros if self._loss.sees_level else None
        name = "discriminator.verdict"
        return Dense(n_features, 1, W=W, b=b, name=name, rng=rng, dtype=self.dtype)

    def _noise(self, n, srng):
        return srng.normal((n, self.latent_dim), dtype=self.dtype)

    def _generated(self, real, srng, context):
        """As many samples as there are data, while training, and updates of the generator."""
        z = self._noise(real.shape[0], srng)
        return self.generator.training_form(self._beside(z, context), srng)

    def _judge_both(self, real, fake, srng, context):
        """Outputs for data and for samples, and updates of the discriminator."""
        features, updates = self._features_of_both(real, fake, srng, context)
        outputs, n = self._scored(features), real.shape[0]
        return outputs[:n], outputs[n:], updates

    def _features_of_both(self, real, fake, srng, context):
        """Features of data and samples, judged as one minibatch of twice the size, and updates."""
        both = pt.concatenate([self._beside(real, context), self._beside(fake, context)])
        return self.features.training_form(both, srng)

    def _beside(self, x, context):
        """What a network is given: `x`, and the context where the model has one."""
        check_context_matrix(context, self.context_dim, x.type.shape[0], type(self).__name__)
        if context is None:
            return x
        return pt.concatenate([x, context.astype(x.dtype)], axis=1)

    def _judge(self, x, context):
        return self._scored(self.features(self._beside(x, context)))

    def _scored(self, features):
        return self.verdict(features).dimshuffle(0)


def _unchanged(x):
    return x


def _to_both_signs(x):
    return 2 * x - 1


def _to_unit_interval(x):
    return (x + 1) / 2


# of data to the generator's range, and back; range of the data
_OUTPUTS = {
    "tanh": (_to_both_signs, _to_unit_interval, (0.0, 1.0)),
    "sigmoid": (_unchanged, _unchanged, (0.0, 1.0)),
    "linear": (_unchanged, _unchanged, None),
}
