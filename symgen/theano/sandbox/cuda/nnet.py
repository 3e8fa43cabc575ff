"""``theano.sandbox.cuda.nnet``: the Ops of :mod:`theano.tensor.nnet.nnet`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray.nnet import (
    GpuCrossentropySoftmax1HotWithBiasDx,
    GpuCrossentropySoftmaxArgmax1HotWithBias,
    GpuSoftmax,
    GpuSoftmaxWithBias,
    gpu_crossentropy_softmax_1hot_with_bias_dx,
    gpu_crossentropy_softmax_argmax_1hot_with_bias,
    gpu_softmax,
    gpu_softmax_with_bias,
)

__all__ = [
    "GpuCrossentropySoftmax1HotWithBiasDx",
    "GpuCrossentropySoftmaxArgmax1HotWithBias",
    "GpuSoftmax",
    "GpuSoftmaxWithBias",
    "gpu_crossentropy_softmax_1hot_with_bias_dx",
    "gpu_crossentropy_softmax_argmax_1hot_with_bias",
    "gpu_softmax",
    "gpu_softmax_with_bias",
]

__getattr__ = attribute_lookup(__name__)
