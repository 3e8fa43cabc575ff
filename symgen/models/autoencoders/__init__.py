"""Autoencoders: codes from which the input is rebuilt.

``MODELS`` has this family's rows of :data:`symgen.models.MODELS`.
"""

from symgen.models.autoencoders.autoencoder import Autoencoder
from symgen.models.autoencoders.conv import ConvAutoencoder
from symgen.models.autoencoders.denoising import DenoisingAutoencoder
from symgen.models.autoencoders.penalties import Contraction, KLSparsity, L1Sparsity
from symgen.models.autoencoders.presets import PRESETS
from symgen.models.autoencoders.stacked import StackedAutoencoder, StackedClassifier

_CLASSES = (
    Autoencoder, DenoisingAutoencoder, ConvAutoencoder, StackedAutoencoder, StackedClassifier,
)  # fmt: skip
MODELS = {
    **{model.name: model for model in _CLASSES},
    **{preset.__name__: preset for preset in PRESETS},
}

__all__ = [
    "MODELS",
    "Autoencoder",
    "Contraction",
    "ConvAutoencoder",
    "DenoisingAutoencoder",
    "KLSparsity",
    "L1Sparsity",
    "StackedAutoencoder",
    "StackedClassifier",
]
