"""``theano.gpuarray.neighbours``: :mod:`theano.tensor.nnet.neighbours`."""

from symgen.ops.neighbours import Images2Neibs as GpuImages2Neibs
from symgen.theano._missing import attribute_lookup

__all__ = ["GpuImages2Neibs"]

__getattr__ = attribute_lookup(__name__)
