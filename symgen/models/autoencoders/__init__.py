"""Autoencoders: codes from which the input is rebuilt.

``MODELS`` has this family's rows of :data:`symgen.models.MODELS`.
"""

from symgen.models.autoencoders.autoencoder import Autoencoder

MODELS = {model.name: model for model in (Autoencoder,)}

__all__ = ["MODELS", "Autoencoder"]
