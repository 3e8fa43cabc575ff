"""``theano.sandbox.softsign``: the older place of ``theano.tensor.nnet.nnet.softsign``."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet.nnet import softsign

__all__ = ["softsign"]

__getattr__ = attribute_lookup(__name__)
