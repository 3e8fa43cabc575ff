"""Generative models: shared parameters, a symbolic cost, samples.

What a model is, :class:`Model` says; ``MODELS`` has them all by the name that
``symgen train`` takes: a class, or a function that builds one and whose arguments are its settings.
Each family is a package with a table of its own.
"""

from symgen.models import autoencoders, autoregressive, diffusion, energy, flows, gans, vaes
from symgen.models.autoencoders import (
    Autoencoder,
    Contraction,
    ConvAutoencoder,
    DenoisingAutoencoder,
    KLSparsity,
    L1Sparsity,
    StackedAutoencoder,
    StackedClassifier,
)
from symgen.models.autoregressive import (
    MADE,
    NADE,
    DiagonalPixelRNN,
    GatedPixelCNN,
    IndependentBernoulli,
    PixelCNN,
    RowPixelRNN,
)
from symgen.models.diffusion import DDPM, Diffusion
from symgen.models.energy import (
    DBM,
    DBN,
    RBM,
    BoltzmannMachine,
    ConditionalRBM,
    DBNClassifier,
    GaussianRBM,
    PersistentRBM,
    TemperedRBM,
)
from symgen.models.flows import (
    IAF,
    MAF,
    NICE,
    Flow,
    Gaussian,
    Glow,
    GlowImages,
    NeuralSpline,
    NeuralSplineAutoregressive,
    RealNVP,
)
from symgen.models.gans import DCGAN, GAN, DeepGAN, FeatureMatchingGAN
from symgen.models.model import Model, Objective
from symgen.models.vaes import (
    IWAE,
    VAE,
    BernoulliDecoder,
    ConvVAE,
    FlowPosterior,
    GaussianDecoder,
    GaussianPosterior,
    IAFPosterior,
    MixturePrior,
    SphericalGaussianDecoder,
    StandardNormalPrior,
    VampPrior,
)

MODELS = {
    **autoencoders.MODELS,
    **energy.MODELS,
    **autoregressive.MODELS,
    **flows.MODELS,
    **gans.MODELS,
    **vaes.MODELS,
    **diffusion.MODELS,
}

__all__ = [
    "DBM",
    "DBN",
    "DCGAN",
    "DDPM",
    "GAN",
    "IAF",
    "IWAE",
    "MADE",
    "MAF",
    "MODELS",
    "NADE",
    "NICE",
    "RBM",
    "VAE",
    "Autoencoder",
    "BernoulliDecoder",
    "BoltzmannMachine",
    "ConditionalRBM",
    "Contraction",
    "ConvAutoencoder",
    "ConvVAE",
    "DBNClassifier",
    "DeepGAN",
    "DenoisingAutoencoder",
    "DiagonalPixelRNN",
    "Diffusion",
    "FeatureMatchingGAN",
    "Flow",
    "FlowPosterior",
    "GatedPixelCNN",
    "Gaussian",
    "GaussianDecoder",
    "GaussianPosterior",
    "GaussianRBM",
    "Glow",
    "GlowImages",
    "IAFPosterior",
    "IndependentBernoulli",
    "KLSparsity",
    "L1Sparsity",
    "MixturePrior",
    "Model",
    "NeuralSpline",
    "NeuralSplineAutoregressive",
    "Objective",
    "PersistentRBM",
    "PixelCNN",
    "RealNVP",
    "RowPixelRNN",
    "SphericalGaussianDecoder",
    "StackedAutoencoder",
    "StackedClassifier",
    "StandardNormalPrior",
    "TemperedRBM",
    "VampPrior",
]
