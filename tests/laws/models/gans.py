from row import Row, grey, one_hot, reals

from symgen.models import DCGAN, GAN, DeepGAN, FeatureMatchingGAN, gans

SIZES = {"latent_dim": 2, "generator_dims": (4,), "discriminator_dims": (5, 3)}
SMOOTH = {**SIZES, "activation": "tanh"}

ROWS = {
    "gan": Row(lambda **s: GAN(6, **SIZES, n_pieces=2, input_dropout=0.1, dropout=0.2, **s)),
    "gan_001": Row(lambda **s: gans.gan_001(6, 2, 5, **s)),
    "gan_003": Row(lambda **s: gans.gan_003(6, **SIZES, **s)),
    "gan of real numbers, minimax": Row(
        lambda **s: DeepGAN(6, **SMOOTH, output="linear", loss="minimax", n_critic=2, **s), reals()
    ),
    "dcgan": Row(lambda **s: DCGAN(32, (4, 8), 2, (2, 3), 3, **s), grey(32)),
    "conditional_gan": Row(
        lambda **s: gans.conditional_gan(6, 3, **SIZES, **s), context=one_hot()
    ),
    "conditional_dcgan": Row(
        lambda **s: gans.conditional_dcgan(32, 3, (4, 8), 2, (2, 3), 3, **s), grey(32), one_hot()
    ),
    "wgan_gp": Row(lambda **s: gans.wgan_gp(6, **SIZES, **s)),
    "conditional wgan_gp": Row(
        lambda **s: DeepGAN(6, **SMOOTH, loss="wasserstein", gp_weight=3, context_dim=3, **s),
        context=one_hot(),
    ),
    # Wide enough for outputs beyond the hinge: before it, its two slopes cancel in the bias.
    "hinge_gan": Row(lambda **s: gans.hinge_gan(6, 2, (8,), (16, 16), **s)),
    "least_squares_gan": Row(lambda **s: gans.least_squares_gan(6, **SIZES, **s)),
    "feature_matching_gan": Row(lambda **s: FeatureMatchingGAN(6, **SIZES, **s)),
}
