"""Variational autoencoders: a code with a prior, and a bound on the log probability of the data.

``MODELS`` has this family's rows of :data:`symgen.models.MODELS`.
"""

from symgen.models.vaes.conv_vae import ConvVAE
from symgen.models.vaes.decoders import BernoulliDecoder, GaussianDecoder, SphericalGaussianDecoder
from symgen.models.vaes.iwae import IWAE
from symgen.models.vaes.posteriors import FlowPosterior, GaussianPosterior, IAFPosterior
from symgen.models.vaes.presets import PRESETS
from symgen.models.vaes.priors import MixturePrior, StandardNormalPrior, VampPrior
from symgen.models.vaes.vae import VAE

MODELS = {
    **{model.name: model for model in (VAE, ConvVAE, IWAE)},
    **{preset.__name__: preset for preset in PRESETS},
}

__all__ = [
    "IWAE",
    "MODELS",
    "VAE",
    "BernoulliDecoder",
    "ConvVAE",
    "FlowPosterior",
    "GaussianDecoder",
    "GaussianPosterior",
    "IAFPosterior",
    "MixturePrior",
    "SphericalGaussianDecoder",
    "StandardNormalPrior",
    "VampPrior",
]
