"""``theano.sandbox``: the folder of Theano's experiments: random streams, and the first GPU code."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.sandbox import rng_mrg

__all__ = ["rng_mrg"]

__getattr__ = attribute_lookup(__name__)
