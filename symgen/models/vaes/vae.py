"""The variational autoencoder: an encoder, a code with a prior, and a decoder.

References
----------
D. P. Kingma, M. Welling (2014). Auto-encoding variational Bayes. arXiv:1312.6114: the bound is
equation 3, the sampled estimate with the analytic KL term equation 10, the KL term appendix B,
the networks appendix C.
I. Higgins et al. (2017). beta-VAE: the weight of the KL term, equation 4.
K. Sohn, H. Lee, X. Yan (2015). Learning structured output representation using deep conditional
generative models: the conditional bound, equation 4, here with a prior that does not depend on
the context.
"""

import numpy as np
import pytensor.tensor as pt

from symgen import activations, config
from symgen.errors import RangeError, look_up
from symgen.layers import Dense, Sequential
from symgen.models.model import Model
from symgen.models.vaes.decoders import BernoulliDecoder
from symgen.models.vaes.posteriors import GaussianPosterior
from symgen.models.vaes.priors import StandardNormalPrior
from symgen.models.validation import (
    check_context_matrix,
    check_matrix,
    not_negative_int,
    positive_int,
    positive_ints,
)


class VAE(Model):
    """Variational autoencoder: ``z ~ prior``, ``x | z ~ likelihood``, ``q(z | x) = posterior``.

    By default the prior is N(0, I), the likelihood Bernoulli and the posterior a diagonal Gaussian.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    hidden_dims : sequence of int
        Sizes of the encoder's hidden layers, from the input inwards; the decoder mirrors them.
        Empty for a linear encoder and decoder.
    latent_dim : int
        Dimensions of ``z``.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS` for the hidden layers.
    beta : float
        Weight of the KL term in the cost; 1 makes the cost the negative ELBO.
    context_dim : int
        Numbers in the context of an example, such as its class as a one-hot row; it is given to
        encoder and decoder, which then model ``p(x | context)``. 0 for none.
    prior, posterior, likelihood
        See :mod:`symgen.models.vaes.priors`, ``posteriors`` and ``decoders``.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    prior, posterior, likelihood
        Copies of what was given, with their own parameters.

    Raises
    ------
    RangeError
        For a size below 1 or a negative or non-finite `beta`.
    UnknownNameError
        For an activation that there is none of.
    """

    name = "vae"
    metric = "ELBO"
    bound = "lower bound on log p(x)"

    def __init__(
        self,
        input_dim,
        hidden_dims=(128,),
        latent_dim=4,
        activation="relu",
        beta=1.0,
        context_dim=0,
        prior=StandardNormalPrior(),  # a description, which nothing changes
        posterior=GaussianPosterior(),
        likelihood=BernoulliDecoder(),
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        self.latent_dim = positive_int(latent_dim, "latent_dim")
        if not (np.isfinite(beta) and beta >= 0):
            raise RangeError("beta to be a finite number of at least 0", repr(beta), "Use 1 for a VAE.")
        self.activation, self.beta, self.seed = activation, float(beta), seed
        self.context_dim = not_negative_int(context_dim, "context_dim")
        self.dtype = dtype or config.floatx()
        self._nonlinear = look_up("activation", activation, activations.ACTIVATIONS)
        rng = np.random.default_rng(seed)
        options = {"rng": rng, "dtype": self.dtype}

        self.value_range = likelihood.value_range
        self.encoder, features_dim = self._make_encoder(options)
        self.posterior = posterior.build(features_dim, self.latent_dim, options)
        self.decoder, head = self._make_decoder(options)
        self.likelihood = likelihood.build(head, self.dtype)
        self.prior = prior.build(self, rng)

    def _make_encoder(self, options):
        """The network from the input to its features, and their number."""
        sizes = (self.input_dim + self.context_dim, *self.hidden_dims)
        return self._dense("encoder", sizes, options), sizes[-1]

    def _make_decoder(self, options):
        """The network from the code to its features, and ``head(name)``, an output layer on them."""
        sizes = (self.latent_dim + self.context_dim, *self.hidden_dims[::-1])

        def head(name):
            return Dense(sizes[-1], self.input_dim, "linear", name=f"decoder.{name}", **options)

        return self._dense("decoder", sizes, options), head

    def _dense(self, name, sizes, options):
        pairs = zip(sizes, sizes[1:], strict=False)
        layers = [
            Dense(i, o, self._nonlinear, name=f"{name}.{k}", **options)
            for k, (i, o) in enumerate(pairs)
        ]
        return Sequential(layers)

    @property
    def params(self):
        """Shared variables that training changes."""
        parts = (self.encoder, self.posterior, self.decoder, self.likelihood, self.prior)
        return [param for part in parts for param in part.params]

    def initialize(self, x):
        """Set what depends on the data from a first NumPy minibatch: the pseudo-inputs of a VampPrior."""
        self.prior.initialize(x)

    def posterior_parameters(self, x, context=None):
        """Parameters of ``q(z | x)``, a tuple of variables with a row for each example."""
        check_matrix(x, self.input_dim, "the encoder")
        return self.posterior.parameters(self._encoder_features(x, context))

    def _encoder_features(self, x, context):
        return self.encoder(self._joined(x, context))

    def _decoder_features(self, z, context):
        check_matrix(z, self.latent_dim, "the decoder")
        return self.decoder(self._joined(z, context))

    def _joined(self, x, context):
        """`x` with the context beside it, or alone where the model has none."""
        check_context_matrix(context, self.context_dim, x.type.shape[0], type(self).__name__)
        if context is None:
            return x
        return pt.concatenate([x, context.astype(self.dtype)], axis=1)

    def encode(self, x, context=None):
        """Mean and log variance of ``q(z | x)``, each of shape (batch, latent_dim).

        With a flow posterior one variable, the code at the mean of the noise.
        """
        return self.posterior.encode(self.posterior_parameters(x, context))

    def decode(self, z, context=None):
        """Mean of ``p(x | z)``, shape (batch, input_dim): for a Bernoulli decoder probabilities."""
        return self.likelihood.mean(self._decoder_features(z, context))

    def reconstruct(self, x, context=None):
        """What is decoded from the centre of ``q(z | x)``, shape (batch, input_dim)."""
        code = self.posterior.code(self.posterior_parameters(x, context))
        return self.decode(code, context)

    def interpolate(self, x0, x1, steps, context=None):
        """What is decoded on the straight line between the codes of `x0` and `x1`.

        Parameters
        ----------
        x0, x1 : matrices of shape (batch, input_dim)
        steps : int
            Points on the line, both ends among them.

        Returns
        -------
        variable of shape (steps, batch, input_dim)
        """
        z0, z1 = (self.posterior.code(self.posterior_parameters(x, context)) for x in (x0, x1))
        shares = np.linspace(0, 1, positive_int(steps, "steps")).astype(self.dtype)
        return pt.stack([self.decode((1 - t) * z0 + t * z1, context) for t in shares])

    def sample(self, n, srng, context=None):
        """Means of ``p(x | z)`` at `n` draws of the prior, shape (n, input_dim).

        Parameters
        ----------
        n : int or symbolic scalar
        srng : symgen.random.RandomStreams
        context : matrix of shape (n, context_dim), where the model has a context
        """
        return self.decode(self.prior.sample(n, srng), context)

    def example_terms(self, x, srng, context=None):
        """Terms of the negative ELBO of each example, by name, each of shape (batch,), in nats.

        ``reconstruction`` is ``-log p(x | z)`` at one draw of ``q(z | x)`` (equation 10, L = 1);
        ``kl`` is ``KL(q(z | x) || p(z))``, in closed form for a Gaussian posterior and a standard
        normal prior (appendix B), else ``log q(z | x) - log p(z)`` at the same draw.

        Parameters
        ----------
        x : matrix of shape (batch, input_dim), values in ``value_range``
        srng : symgen.random.RandomStreams
        context : matrix of shape (batch, context_dim), where the model has a context
        """
        q = self.posterior_parameters(x, context)
        z, log_q = self.posterior.sample_and_log_prob(q, srng)
        return {
            "reconstruction": -self.likelihood.log_prob(x, self._decoder_features(z, context)),
            "kl": self.posterior.kl(self.prior, q, z, log_q),
        }

    def total(self, terms):
        """``reconstruction + beta * kl``: the cost from its terms, symbolic or numbers.

        With ``beta = 1`` the cost is the negative ELBO, in nats per example.
        """
        beta = np.asarray(self.beta, dtype=terms["kl"].dtype)
        return terms["reconstruction"] + beta * terms["kl"]

    def log_weights(self, x, srng, k, context=None):
        """``log p(x, z_i) - log q(z_i | x)`` at `k` draws of q for each example, shape (batch, k).

        The mean of their exponentials estimates p(x) without bias, so that the expectation of its
        logarithm is a lower bound on log p(x) that rises with `k` (Burda et al. 2016, theorem 1).
        """
        k = positive_int(k, "k")
        q = [_repeated(part, k) for part in self.posterior_parameters(x, context)]
        z, log_q = self.posterior.sample_and_log_prob(q, srng)
        context = None if context is None else _repeated(context, k)
        log_joint = self.prior.log_prob(z) + self.likelihood.log_prob(
            _repeated(x, k), self._decoder_features(z, context)
        )
        return (log_joint - log_q).reshape((-1, k))


def _repeated(x, k):
    """Each row `k` times, one below the other."""
    return pt.repeat(x, k, axis=0)
