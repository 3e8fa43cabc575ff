"""``theano.tensor.signal``: pooling and convolution of images."""

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
