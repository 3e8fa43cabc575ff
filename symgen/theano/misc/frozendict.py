"""``theano.misc.frozendict``: a dict that does not change and has a hash."""

from pytensor.misc.frozendict import frozendict

from symgen.theano._missing import attribute_lookup

__all__ = ["frozendict"]

__getattr__ = attribute_lookup(__name__)
