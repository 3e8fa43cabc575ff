"""``theano.tensor.nnet``: activations and losses of neural networks.

Theano's rules for dtypes hold here: an integer becomes ``theano.config.floatX``, and a Python
float that is not exact in float32 (``alpha=0.1``) makes a float32 expression float64 as long as
``floatX`` is float64.
"""

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet import nnet, sigm
from symgen.theano.tensor.nnet.nnet import (
    binary_crossentropy,
    categorical_crossentropy,
    crossentropy_categorical_1hot,
    elu,
    logsoftmax,
    relu,
    selu,
    sigmoid_binary_crossentropy,
    softmax,
    softsign,
)
from symgen.theano.tensor.nnet.sigm import hard_sigmoid, sigmoid, softplus, ultra_fast_sigmoid

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "crossentropy_categorical_1hot",
    "elu",
    "hard_sigmoid",
    "logsoftmax",
    "nnet",
    "relu",
    "selu",
    "sigm",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "softmax",
    "softplus",
    "softsign",
    "ultra_fast_sigmoid",
]

__getattr__ = attribute_lookup(__name__)
