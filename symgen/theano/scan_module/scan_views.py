"""``theano.scan_module.scan_views``: loops over sequences; see :mod:`theano.scan_module`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.scan_module import foldl, foldr, map, reduce

__all__ = ["foldl", "foldr", "map", "reduce"]

__getattr__ = attribute_lookup(__name__)
