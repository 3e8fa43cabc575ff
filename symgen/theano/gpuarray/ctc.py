"""``theano.gpuarray.ctc``: :mod:`theano.tensor.nnet.ctc`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet.ctc import (
    ConnectionistTemporalClassification as GpuConnectionistTemporalClassification,
)
from symgen.theano.tensor.nnet.ctc import ctc as gpu_ctc

__all__ = ["GpuConnectionistTemporalClassification", "gpu_ctc"]

__getattr__ = attribute_lookup(__name__)
