"""``theano.misc.ordered_set``: a set that keeps the order of its items."""

from pytensor.misc.ordered_set import OrderedSet

from symgen.theano._missing import attribute_lookup

__all__ = ["OrderedSet"]

__getattr__ = attribute_lookup(__name__)
