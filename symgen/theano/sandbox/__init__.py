"""``theano.sandbox``: the folder of Theano's experiments; none of them is here yet."""

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
