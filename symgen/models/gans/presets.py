"""Adversarial networks under the names of their papers: :class:`DeepGAN` with other settings.

References
----------
Those of :mod:`symgen.models.gans.losses` and :mod:`symgen.models.gans.deep_gan`.
"""

from symgen.models.gans.deep_gan import DeepGAN


def gan_001(input_dim, latent_dim=100, hidden_dim=256, seed=0, dtype=None):
    """Document 001's: one rectified layer in each network, a sigmoid at the generator's end."""
    dims = (hidden_dim,)
    options = {"activation": "relu", "output": "sigmoid", "seed": seed, "dtype": dtype}
    return _named("gan_001", DeepGAN(input_dim, latent_dim, dims, dims, **options))


def conditional_gan(
    input_dim,
    context_dim=10,
    latent_dim=32,
    generator_dims=(128, 256),
    discriminator_dims=(256, 128),
    seed=0,
    dtype=None,
):
    """Both networks see the label, one-hot, beside their input."""
    options = {"context_dim": context_dim, "seed": seed, "dtype": dtype}
    model = DeepGAN(input_dim, latent_dim, generator_dims, discriminator_dims, **options)
    return _named("conditional_gan", model)


def wgan_gp(
    input_dim,
    latent_dim=32,
    generator_dims=(128, 256),
    discriminator_dims=(256, 128),
    n_critic=5,
    gp_weight=10.0,
    seed=0,
    dtype=None,
):
    """A critic whose slope is held near 1 by a penalty; minus its loss is a Wasserstein distance."""
    options = {"loss": "wasserstein", "n_critic": n_critic, "gp_weight": gp_weight}
    options |= {"seed": seed, "dtype": dtype}
    model = DeepGAN(input_dim, latent_dim, generator_dims, discriminator_dims, **options)
    return _named("wgan_gp", model)


def hinge_gan(
    input_dim,
    latent_dim=32,
    generator_dims=(128, 256),
    discriminator_dims=(256, 128),
    seed=0,
    dtype=None,
):
    """A discriminator with a margin: what it judges beyond 1 or -1 it learns from no longer."""
    options = {"loss": "hinge", "seed": seed, "dtype": dtype}
    model = DeepGAN(input_dim, latent_dim, generator_dims, discriminator_dims, **options)
    return _named("hinge_gan", model)


def least_squares_gan(
    input_dim,
    latent_dim=32,
    generator_dims=(128, 256),
    discriminator_dims=(256, 128),
    seed=0,
    dtype=None,
):
    """A discriminator that regresses 1 for data and 0 for samples."""
    options = {"loss": "least_squares", "seed": seed, "dtype": dtype}
    model = DeepGAN(input_dim, latent_dim, generator_dims, discriminator_dims, **options)
    return _named("least_squares_gan", model)


def _named(name, model):
    model.name = name
    return model
