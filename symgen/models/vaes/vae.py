"""The variational autoencoder with a Gaussian code and a Bernoulli decoder.

References
----------
D. P. Kingma, M. Welling (2014). Auto-encoding variational Bayes. arXiv:1312.6114: the bound is
equation 3, the sampled estimate with the analytic KL term equation 10, the KL term appendix B,
the networks appendix C.
I. Higgins et al. (2017). beta-VAE: the weight of the KL term, equation 4.
"""

import numpy as np
import pytensor.tensor as pt

from symgen import activations, config, losses
from symgen.errors import RangeError, look_up
from symgen.layers import Dense, Sequential
from symgen.models.model import Model
from symgen.models.validation import check_matrix, positive_int, positive_ints


class VAE(Model):
    """``z ~ N(0, I)``, ``x | z ~ Bernoulli(decode(z))``, ``q(z | x) = N(mu(x), exp(log_var(x)))``.

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
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For a size below 1 or a negative or non-finite `beta`.
    UnknownNameError
        For an activation that there is none of.

    Notes
    -----
    Inputs lie in [0, 1]. For grey levels the reconstruction term is the expectation over binary
    images drawn with these levels as probabilities, so that the ELBO bounds the expected log
    probability of such binarised images; it is no density of the grey levels themselves.
    """

    name = "vae"
    value_range = (0.0, 1.0)
    metric = "ELBO"
    bound = "lower bound on log p(x)"

    def __init__(
        self,
        input_dim,
        hidden_dims=(128,),
        latent_dim=4,
        activation="relu",
        beta=1.0,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        self.latent_dim = positive_int(latent_dim, "latent_dim")
        if not (np.isfinite(beta) and beta >= 0):
            raise RangeError("beta to be a finite number of at least 0", repr(beta), "Use 1 for a VAE.")
        self.activation, self.beta, self.seed = activation, float(beta), seed
        self.dtype = dtype or config.floatx()
        nonlinear = look_up("activation", activation, activations.ACTIVATIONS)
        options = {"rng": np.random.default_rng(seed), "dtype": self.dtype}

        inwards = (self.input_dim, *self.hidden_dims)
        outwards = (self.latent_dim, *self.hidden_dims[::-1])
        self.encoder = Sequential(
            [
                Dense(i, o, nonlinear, name=f"encoder.{k}", **options)
                for k, (i, o) in enumerate(zip(inwards, inwards[1:], strict=False))
            ]
        )
        self.mu = Dense(inwards[-1], self.latent_dim, "linear", name="encoder.mu", **options)
        self.log_var = Dense(inwards[-1], self.latent_dim, "linear", name="encoder.log_var", **options)
        self.decoder = Sequential(
            [
                Dense(i, o, nonlinear, name=f"decoder.{k}", **options)
                for k, (i, o) in enumerate(zip(outwards, outwards[1:], strict=False))
            ]
        )
        self.output = Dense(outwards[-1], self.input_dim, "linear", name="decoder.logits", **options)

    @property
    def params(self):
        """Shared variables that training changes."""
        layers = (self.encoder, self.mu, self.log_var, self.decoder, self.output)
        return [param for layer in layers for param in layer.params]

    def encode(self, x):
        """Mean and log variance of ``q(z | x)``, each of shape (batch, latent_dim)."""
        check_matrix(x, self.input_dim, "the encoder")
        hidden = self.encoder(x)
        mu, log_var = self.mu(hidden), self.log_var(hidden)
        mu.name, log_var.name = "mu", "log_var"
        return mu, log_var

    def decode_logits(self, z):
        """Logits of the Bernoulli probabilities ``p(x = 1 | z)``, shape (batch, input_dim)."""
        check_matrix(z, self.latent_dim, "the decoder")
        logits = self.output(self.decoder(z))
        logits.name = "logits"
        return logits

    def decode(self, z):
        """Probabilities ``p(x = 1 | z)``, shape (batch, input_dim)."""
        return activations.sigmoid(self.decode_logits(z))

    def reconstruct(self, x):
        """Probabilities decoded from the mean of ``q(z | x)``, shape (batch, input_dim)."""
        return self.decode(self.encode(x)[0])

    def sample(self, n, srng):
        """Probabilities decoded from `n` draws of the prior, shape (n, input_dim).

        Parameters
        ----------
        n : int or symbolic scalar
        srng : symgen.random.RandomStreams
        """
        return self.decode(srng.normal((n, self.latent_dim), dtype=self.dtype))

    def example_terms(self, x, srng):
        """Terms of the negative ELBO of each example, by name, each of shape (batch,), in nats.

        ``reconstruction`` is ``-log p(x | z)`` at one draw ``z = mu + exp(log_var / 2) * epsilon``
        (equation 10, L = 1); ``kl`` is ``KL(q(z | x) || N(0, I))`` in closed form (appendix B).

        Parameters
        ----------
        x : matrix of shape (batch, input_dim), values in [0, 1]
        srng : symgen.random.RandomStreams
        """
        mu, log_var = self.encode(x)
        epsilon = srng.normal(mu.shape, dtype=self.dtype)
        z = mu + pt.exp(log_var / 2) * epsilon
        z.name = "z"
        return {
            "reconstruction": losses.binary_cross_entropy_with_logits(self.decode_logits(z), x),
            "kl": losses.gaussian_kl(mu, log_var),
        }

    def total(self, terms):
        """``reconstruction + beta * kl``: the cost from its terms, symbolic or numbers.

        With ``beta = 1`` the cost is the negative ELBO, in nats per example.
        """
        beta = np.asarray(self.beta, dtype=terms["kl"].dtype)
        return terms["reconstruction"] + beta * terms["kl"]
