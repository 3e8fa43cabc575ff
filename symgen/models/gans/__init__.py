"""Generative adversarial networks: a generator of samples against a judge of them."""

from symgen.models.gans.adversarial import AdversarialModel
from symgen.models.gans.dcgan import DCGAN
from symgen.models.gans.deep_gan import DeepGAN, FeatureMatchingGAN
from symgen.models.gans.gan import GAN
from symgen.models.gans.presets import (
    conditional_dcgan,
    conditional_gan,
    gan_001,
    gan_003,
    hinge_gan,
    least_squares_gan,
    wgan_gp,
)

MODELS = {
    "gan": GAN,
    "deep_gan": DeepGAN,
    "gan_001": gan_001,
    "gan_003": gan_003,
    "dcgan": DCGAN,
    "conditional_gan": conditional_gan,
    "conditional_dcgan": conditional_dcgan,
    "wgan_gp": wgan_gp,
    "hinge_gan": hinge_gan,
    "least_squares_gan": least_squares_gan,
    "feature_matching_gan": FeatureMatchingGAN,
}

__all__ = [
    "DCGAN",
    "GAN",
    "MODELS",
    "AdversarialModel",
    "DeepGAN",
    "FeatureMatchingGAN",
    "conditional_dcgan",
    "conditional_gan",
    "gan_001",
    "gan_003",
    "hinge_gan",
    "least_squares_gan",
    "wgan_gp",
]
