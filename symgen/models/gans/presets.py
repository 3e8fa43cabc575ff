"""Adversarial networks under the names of their papers: :class:`DeepGAN` with other settings.

References
----------
Those of :mod:`symgen.models.gans.losses` and :mod:`symgen.models.gans.deep_gan`.
"""

from symgen.models.gans.deep_gan import DeepGAN


def gan_001(input_dim, latent_dim=100, hidden_dim=256, seed=0, dtype=None):
    """Document 001's: one rectified layer in each network, a sigmoid at the generator's end.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    latent_dim : int
        Dimensions of ``z``.
    hidden_dim : int
        Units of the hidden layer of each network.
    seed, dtype
        See :class:`DeepGAN`.
    """
    dims = (hidden_dim,)
    options = {"activation": "relu", "output": "sigmoid", "seed": seed, "dtype": dtype}
    return _named("gan_001", DeepGAN(input_dim, latent_dim, dims, dims, **options))


def gan_003(
    input_dim,
    latent_dim=100,
    generator_dims=(256, 512, 1024),
    discriminator_dims=(1024, 512, 256),
    seed=0,
    dtype=None,
):
    """Document 003's deep networks of leaky rectifiers of slope 0.2, a tanh at the generator's end.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    latent_dim : int
        Dimensions of ``z``.
    generator_dims, discriminator_dims : sequence of int
        Hidden layers, each from its network's input to its output.
    seed, dtype
        See :class:`DeepGAN`.
    """
    options = {"seed": seed, "dtype": dtype}
    model = DeepGAN(input_dim, latent_dim, generator_dims, discriminator_dims, **options)
    return _named("gan_003", model)


def conditional_gan(
    input_dim,
    context_dim,
    latent_dim=32,
    generator_dims=(128, 256),
    discriminator_dims=(256, 128),
    seed=0,
    dtype=None,
):
    """Both networks see the label, one-hot, beside their input.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    context_dim : int
        Labels.
    latent_dim : int
        Dimensions of ``z``.
    generator_dims, discriminator_dims : sequence of int
        Hidden layers, each from its network's input to its output.
    seed, dtype
        See :class:`DeepGAN`.
    """
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
    """A critic whose slope is held near 1 by a penalty; minus its loss is a Wasserstein distance.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    latent_dim : int
        Dimensions of ``z``.
    generator_dims, discriminator_dims : sequence of int
        Hidden layers, each from its network's input to its output.
    n_critic : int
        The generator moves at each `n_critic`-th minibatch.
    gp_weight : float
        Weight of the gradient penalty.
    seed, dtype
        See :class:`DeepGAN`.
    """
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
    """A discriminator with a margin: what it judges beyond 1 or -1 it learns from no longer.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    latent_dim : int
        Dimensions of ``z``.
    generator_dims, discriminator_dims : sequence of int
        Hidden layers, each from its network's input to its output.
    seed, dtype
        See :class:`DeepGAN`.
    """
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
    """A discriminator that regresses 1 for data and 0 for samples.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    latent_dim : int
        Dimensions of ``z``.
    generator_dims, discriminator_dims : sequence of int
        Hidden layers, each from its network's input to its output.
    seed, dtype
        See :class:`DeepGAN`.
    """
    options = {"loss": "least_squares", "seed": seed, "dtype": dtype}
    model = DeepGAN(input_dim, latent_dim, generator_dims, discriminator_dims, **options)
    return _named("least_squares_gan", model)


def _named(name, model):
    model.name = name
    return model
