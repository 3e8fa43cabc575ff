"""``theano.tensor.fft``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.fft import IRFFTOp, RFFTOp, irfft, irfft_op, rfft, rfft_op
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
