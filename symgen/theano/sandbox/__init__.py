"""``theano.sandbox``: the folder of Theano's experiments; here are its random streams."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.sandbox import rng_mrg

__all__ = ["rng_mrg"]

__getattr__ = attribute_lookup(__name__)
