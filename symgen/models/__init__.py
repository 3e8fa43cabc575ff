"""Generative models: shared parameters, a symbolic cost, samples."""

from symgen.models.autoencoder import Autoencoder
from symgen.models.vae import VAE

MODELS = {model.name: model for model in (Autoencoder, VAE)}

__all__ = ["MODELS", "VAE", "Autoencoder"]
