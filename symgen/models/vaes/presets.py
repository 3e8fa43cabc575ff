"""Compositions under a name of their own, and the networks of the introductory documents.

Each is a function of plain settings that builds a model; ``symgen train NAME`` takes them.
"""

from symgen.models.vaes.decoders import GaussianDecoder, SphericalGaussianDecoder
from symgen.models.vaes.posteriors import IAFPosterior
from symgen.models.vaes.priors import MixturePrior, VampPrior
from symgen.models.vaes.vae import VAE
from symgen.models.validation import positive_int


def gaussian_vae(input_dim, hidden_dims=(128,), latent_dim=4, activation="relu", beta=1.0,
                 min_variance=1e-3, seed=0, dtype=None):  # fmt: skip
    """A VAE for real values: mean and variance of each are made by the decoder.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, beta, seed, dtype
        See :class:`symgen.models.VAE`.
    min_variance : float
        Least variance of a value, see :class:`symgen.models.GaussianDecoder`.
    """
    return _named(
        "gaussian_vae",
        VAE(input_dim, hidden_dims, latent_dim, activation, beta, seed=seed, dtype=dtype,
            likelihood=GaussianDecoder(min_variance)),
    )  # fmt: skip


def sigma_vae(input_dim, hidden_dims=(128,), latent_dim=4, activation="relu", beta=1.0,
              variance=1.0, seed=0, dtype=None):  # fmt: skip
    """A VAE for real values with one learned variance, shared by all of them.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, beta, seed, dtype
        See :class:`symgen.models.VAE`.
    variance : float
        First value of the one learned variance, in squared units of the data.
    """
    return _named(
        "sigma_vae",
        VAE(input_dim, hidden_dims, latent_dim, activation, beta, seed=seed, dtype=dtype,
            likelihood=SphericalGaussianDecoder(variance, learned=True)),
    )  # fmt: skip


def conditional_vae(input_dim, hidden_dims=(128,), latent_dim=4, activation="relu", beta=1.0,
                    context_dim=10, seed=0, dtype=None):  # fmt: skip
    """A VAE whose encoder and decoder also see a context, such as the class of an image.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, beta, seed, dtype
        See :class:`symgen.models.VAE`.
    context_dim : int
        Numbers in the context, such as the number of classes.
    """
    return _named(
        "conditional_vae",
        VAE(input_dim, hidden_dims, latent_dim, activation, beta, context_dim, seed=seed, dtype=dtype),
    )


def mixture_prior_vae(input_dim, hidden_dims=(128,), latent_dim=4, activation="relu", beta=1.0,
                      components=10, seed=0, dtype=None):  # fmt: skip
    """A VAE with a learned mixture of Gaussians as its prior.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, beta, seed, dtype
        See :class:`symgen.models.VAE`.
    components : int
        Gaussians in the prior.
    """
    return _named(
        "mixture_prior_vae",
        VAE(input_dim, hidden_dims, latent_dim, activation, beta, seed=seed, dtype=dtype,
            prior=MixturePrior(components)),
    )  # fmt: skip


def vampprior_vae(input_dim, hidden_dims=(128,), latent_dim=4, activation="relu", beta=1.0,
                  components=50, seed=0, dtype=None):  # fmt: skip
    """A VAE whose prior is the mean of its posterior at learned pseudo-inputs.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, beta, seed, dtype
        See :class:`symgen.models.VAE`.
    components : int
        Pseudo-inputs of the prior.
    """
    return _named(
        "vampprior_vae",
        VAE(input_dim, hidden_dims, latent_dim, activation, beta, seed=seed, dtype=dtype,
            prior=VampPrior(components)),
    )  # fmt: skip


def vae_iaf(input_dim, hidden_dims=(128,), latent_dim=4, activation="relu", beta=1.0,
            steps=2, flow_dims=(64,), seed=0, dtype=None):  # fmt: skip
    """A VAE with a posterior of inverse autoregressive flows.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, beta, seed, dtype
        See :class:`symgen.models.VAE`.
    steps : int
        Steps of the flow.
    flow_dims : sequence of int
        Hidden layers of each step's network.
    """
    return _named(
        "vae_iaf",
        VAE(input_dim, hidden_dims, latent_dim, activation, beta, seed=seed, dtype=dtype,
            posterior=IAFPosterior(steps, flow_dims)),
    )  # fmt: skip


def vae_document_000(input_dim, latent_dim=4, seed=0, dtype=None):
    """Document 000's VAE: D - 64 - latent - 64 - D, tanh."""
    return _named("vae_document_000", VAE(input_dim, (64,), latent_dim, "tanh", seed=seed, dtype=dtype))


def vae_document_001(input_dim, latent_dim=8, seed=0, dtype=None):
    """Document 001's VAE: D - 256 - latent - 256 - D, ReLU."""
    return _named("vae_document_001", VAE(input_dim, (256,), latent_dim, "relu", seed=seed, dtype=dtype))


def vae_document_002(input_dim, latent_dim=4, seed=0, dtype=None):
    """Document 002's VAE: D - 128 - latent - 128 - D, ReLU, and the beta of its printed loss.

    The printed loss times D is ``reconstruction + beta kl`` with ``beta = 2e-4 D / latent_dim``:
    see ``examples/document_002_vae.py``.
    """
    latent_dim = positive_int(latent_dim, "latent_dim")
    beta = 2e-4 * positive_int(input_dim, "input_dim") / latent_dim
    model = VAE(input_dim, (128,), latent_dim, "relu", beta, seed=seed, dtype=dtype)
    return _named("vae_document_002", model)


PRESETS = (
    gaussian_vae, sigma_vae, conditional_vae, mixture_prior_vae, vampprior_vae, vae_iaf,
    vae_document_000, vae_document_001, vae_document_002,
)  # fmt: skip


def _named(name, model):
    """The model with the name of its row in the table."""
    model.name = name
    return model
