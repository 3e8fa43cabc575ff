r"""LeNet as in the Theano deep learning tutorials: two convolutions, each pooled, then two layers.

For images ``x`` of 1 x 28 x 28, with ``conv`` the valid cross-correlation and ``pool`` the maximum
of windows of 2 x 2: ``u = tanh(pool(conv(x, W_1)) + b_1)`` (20 x 12 x 12),
``v = tanh(pool(conv(u, W_2)) + b_2)`` (50 x 4 x 4), ``h = tanh(v W_h + b_h)`` with ``v`` in rows of
800, and ``a = h W_y + b_y``. The loss is the mean of ``-log softmax(a)[y]`` in nats per image, and
``w -= learning_rate g``.

The floor takes each convolution as one product of patches and filters.
"""

import numpy as np

from benchmarks.workloads.gemm import Gemm, dense
from benchmarks.workloads.initial import glorot_uniform, uniform, zeros

SUMMARY = (
    "LeNet, convolutions 5x5 of 20 and 50 filters, pooled by 2, dense 500 and 10, tanh, softmax, "
    "SGD, batch 500, float32"
)
BATCH_SIZE = 500
INPUT_DIM = 784
SIDE = 28
FILTERS = (20, 50)
FILTER_SIDE = 5
HIDDEN_DIM = 500
CLASSES = 10
NOISE = {}
RANGE = (0, 1)
LABELS = True
# Where pixels tie for a maximum, as all of a blank region do, Theano and symgen give each of them the
# gradient, PyTorch and JAX the first: on MNIST ten losses then differ by 3.5e-4.
TOLERANCE = 2e-3
OWN_TOLERANCE = 0.05
LEARNING_RATE = 0.1

PATCH = FILTER_SIDE * FILTER_SIDE
POOLED = ((SIDE - FILTER_SIDE + 1) // 2, ((SIDE - FILTER_SIDE + 1) // 2 - FILTER_SIDE + 1) // 2)
FLAT_DIM = FILTERS[1] * POOLED[1] ** 2


def _convolution(channels, filters, side, input_gradient):
    rows, patch = BATCH_SIZE * side * side, channels * PATCH
    products = [
        Gemm(rows, patch, filters, False, True),
        Gemm(filters, rows, patch, True, False),
    ]
    if input_gradient:
        products.append(Gemm(rows, filters, patch, False, False))
    return products


GEMMS = (
    _convolution(1, FILTERS[0], 2 * POOLED[0], input_gradient=False)
    + _convolution(FILTERS[0], FILTERS[1], 2 * POOLED[1], input_gradient=True)
    + dense(BATCH_SIZE, FLAT_DIM, HIDDEN_DIM)
    + dense(BATCH_SIZE, HIDDEN_DIM, CLASSES)
)


def initial_parameters(rng):
    """Filters ``(filters, channels, rows, columns)``, uniform as in the tutorial; zero biases."""
    parameters = {}
    for i, (channels, filters) in enumerate(((1, FILTERS[0]), FILTERS), 1):
        shape = (filters, channels, FILTER_SIDE, FILTER_SIDE)
        bound = np.sqrt(6.0 / (channels * PATCH + filters * PATCH // 4))
        parameters[f"W_{i}"] = uniform(rng, bound, shape)
        parameters[f"b_{i}"] = zeros(filters)
    parameters["W_h"] = glorot_uniform(rng, FLAT_DIM, HIDDEN_DIM)
    parameters["b_h"] = zeros(HIDDEN_DIM)
    parameters["W_y"] = glorot_uniform(rng, HIDDEN_DIM, CLASSES)
    parameters["b_y"] = zeros(CLASSES)
    return parameters
