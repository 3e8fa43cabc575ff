"""``theano.sandbox.neighbours``: the older place of :mod:`theano.tensor.nnet.neighbours`."""

from symgen.ops.neighbours import Images2Neibs, images2neibs, neibs2images
from symgen.theano._missing import attribute_lookup

__all__ = ["Images2Neibs", "images2neibs", "neibs2images"]

__getattr__ = attribute_lookup(__name__)
