"""Autoregressive models: one number after the other, with exact log probabilities.

``MODELS`` has this family's rows of :data:`symgen.models.MODELS`.
"""

from symgen.models.autoregressive.bernoulli import IndependentBernoulli
from symgen.models.autoregressive.gated_pixelcnn import GatedPixelCNN
from symgen.models.autoregressive.made import MADE
from symgen.models.autoregressive.nade import NADE
from symgen.models.autoregressive.pixel_rnn import DiagonalPixelRNN, RowPixelRNN
from symgen.models.autoregressive.pixelcnn import PixelCNN

MODELS = {
    model.name: model
    for model in (
        IndependentBernoulli,
        NADE,
        MADE,
        PixelCNN,
        GatedPixelCNN,
        RowPixelRNN,
        DiagonalPixelRNN,
    )
}

__all__ = [
    "MADE",
    "MODELS",
    "NADE",
    "DiagonalPixelRNN",
    "GatedPixelCNN",
    "IndependentBernoulli",
    "PixelCNN",
    "RowPixelRNN",
]
