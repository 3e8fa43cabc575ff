"""``theano.sandbox.cuda.cuda_ndarray``: the package of the arrays' module."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.sandbox.cuda.cuda_ndarray import cuda_ndarray

__all__ = ["cuda_ndarray"]

__getattr__ = attribute_lookup(__name__)
