"""``theano.tensor.fourier``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.fourier import Fourier, fft
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
