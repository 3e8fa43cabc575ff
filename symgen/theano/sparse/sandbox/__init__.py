"""``theano.sparse.sandbox``: random sparse matrices."""

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
