"""``theano.gpuarray.fft``: :mod:`theano.tensor.fft`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.fft import irfft as cuirfft
from symgen.theano.tensor.fft import rfft as curfft

__all__ = ["cuirfft", "curfft"]

__getattr__ = attribute_lookup(__name__)

#: Libraries of Theano's GPU Ops: none is used.
pycuda_available = pygpu_available = skcuda_available = False
