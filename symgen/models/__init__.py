"""Generative models: shared parameters, a symbolic cost, samples.

What a model is, :class:`Model` says; ``MODELS`` has them all by the name that
``symgen train`` takes: a class, or a function that builds one and whose arguments are its settings.
"""

from symgen.models.autoencoder import Autoencoder
from symgen.models.model import Model, Objective
from symgen.models.vae import VAE

MODELS = {model.name: model for model in (Autoencoder, VAE)}

__all__ = ["MODELS", "VAE", "Autoencoder", "Model", "Objective"]
