"""``theano.misc``: PyTensor's objects under Theano's names."""

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
