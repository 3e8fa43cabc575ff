"""Variational autoencoders: a code with a prior, and a bound on the log probability of the data.

``MODELS`` has this family's rows of :data:`symgen.models.MODELS`.
"""

from symgen.models.vaes.vae import VAE

MODELS = {model.name: model for model in (VAE,)}

__all__ = ["MODELS", "VAE"]
