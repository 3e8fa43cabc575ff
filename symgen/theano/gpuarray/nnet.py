"""``theano.gpuarray.nnet``: the Ops of :mod:`theano.tensor.nnet.nnet`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet import nnet

GpuCrossentropySoftmax1HotWithBiasDx = nnet.CrossentropySoftmax1HotWithBiasDx
GpuCrossentropySoftmaxArgmax1HotWithBias = nnet.CrossentropySoftmaxArgmax1HotWithBias
GpuSoftmax = nnet.Softmax
GpuSoftmaxWithBias = nnet.SoftmaxWithBias
gpu_crossentropy_softmax_1hot_with_bias_dx = nnet.crossentropy_softmax_1hot_with_bias_dx
gpu_crossentropy_softmax_argmax_1hot_with_bias = nnet.crossentropy_softmax_argmax_1hot_with_bias
gpu_softmax = nnet.softmax_op
gpu_softmax_with_bias = nnet.softmax_with_bias

__getattr__ = attribute_lookup(__name__)
