"""Compositions under a name of their own: functions of plain settings that build a model."""

from types import MappingProxyType

from symgen.models.autoencoders.autoencoder import Autoencoder
from symgen.models.autoencoders.denoising import DenoisingAutoencoder
from symgen.models.autoencoders.penalties import Contraction, KLSparsity, L1Sparsity


def contractive_autoencoder(input_dim, hidden_dims=(), latent_dim=128, activation="sigmoid",
                            loss="binary_cross_entropy", weight=0.1, tied=True, seed=0,
                            dtype=None):  # fmt: skip
    """An autoencoder whose code changes little where the input does: Rifai et al. (2011).

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, loss, tied, seed, dtype
        See :class:`symgen.models.Autoencoder`.
    weight : float
        Of the squared norm of the encoder's Jacobian in the cost.
    """
    return _named(
        "contractive_autoencoder",
        Autoencoder(input_dim, hidden_dims, latent_dim, activation, loss, tied=tied, seed=seed,
                    dtype=dtype, penalties=(Contraction(weight),)),
    )  # fmt: skip


def sparse_autoencoder(input_dim, hidden_dims=(), latent_dim=128, loss="binary_cross_entropy",
                       rho=0.05, weight=1.0, seed=0, dtype=None):  # fmt: skip
    """An autoencoder of sigmoid units, each of which is active for few examples: Ng (2011).

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, loss, seed, dtype
        See :class:`symgen.models.Autoencoder`.
    rho : float
        Mean that a unit of the code should have.
    weight : float
        Of the divergence from it in the cost.
    """
    return _named(
        "sparse_autoencoder",
        Autoencoder(input_dim, hidden_dims, latent_dim, "sigmoid", loss, seed=seed, dtype=dtype,
                    penalties=(KLSparsity(rho, weight),)),
    )  # fmt: skip


def l1_autoencoder(input_dim, hidden_dims=(), latent_dim=128, activation="relu",
                   loss="binary_cross_entropy", weight=0.1, seed=0, dtype=None):  # fmt: skip
    """An autoencoder that pays for the sum of its code.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, loss, seed, dtype
        See :class:`symgen.models.Autoencoder`.
    weight : float
        Of the sum of the code's absolute values in the cost.
    """
    return _named(
        "l1_autoencoder",
        Autoencoder(input_dim, hidden_dims, latent_dim, activation, loss, seed=seed, dtype=dtype,
                    penalties=(L1Sparsity(weight),)),
    )  # fmt: skip


def da(input_dim, latent_dim=500, corruption="masking", level=0.3, seed=0, dtype=None):
    """The dA of the deep learning tutorials: one sigmoid layer, tied weights, cross-entropy.

    As there it is trained by plain gradient descent at a rate of 0.1 in minibatches of 20: under
    RMSprop most filters of images stay close to the noise that they begin as.

    Parameters
    ----------
    input_dim, latent_dim, corruption, level, seed, dtype
        See :class:`symgen.models.DenoisingAutoencoder`.
    """
    model = DenoisingAutoencoder(input_dim, (), latent_dim, "sigmoid", corruption=corruption,
                                 level=level, tied=True, seed=seed, dtype=dtype)  # fmt: skip
    model.training = MappingProxyType({"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 20})
    return _named("da", model)


PRESETS = (contractive_autoencoder, sparse_autoencoder, l1_autoencoder, da)


def _named(name, model):
    """The model with the name of its row in the table."""
    model.name = name
    return model
