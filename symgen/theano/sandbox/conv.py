"""``theano.sandbox.conv``: the older place of :mod:`theano.tensor.nnet.conv`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet.conv import ConvOp, conv2d

__all__ = ["ConvOp", "conv2d"]

__getattr__ = attribute_lookup(__name__)
