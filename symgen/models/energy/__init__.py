"""Models given by an energy: ``p(x) = exp(-E(x)) / Z``, with Z a sum over all states."""

from symgen.models.energy.rbm import RBM, PersistentRBM

MODELS = {model.name: model for model in (RBM, PersistentRBM)}

__all__ = ["MODELS", "RBM", "PersistentRBM"]
