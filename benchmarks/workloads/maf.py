r"""A masked autoregressive flow in six dimensions: five layers of MADEs 6-128-128-12, actnorm.

From the data, for ``k = 5, ..., 1``: actnorm as in :mod:`.realnvp`; then ``x_d = (x_d - t_d) exp(-s_d)``,
``s = 5 tanh(s' / 5)``, where ``t`` and ``s'`` of number ``d`` come from the numbers before it, or for even ``k``
from those after it, by a network of two masked layers of relu. The loss is that of :mod:`.realnvp`. Adam.

References
----------
George Papamakarios, Theo Pavlakou and Iain Murray, 2017, "Masked autoregressive flow for density
estimation", equations 3 to 5.
"""

import numpy as np

from benchmarks.workloads import flow_data
from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import zeros

SUMMARY = "MAF, 6 dimensions, 5 layers of 6-128-128-12, relu, actnorm, Adam, batch 256, float32"
BATCH_SIZE = 256
INPUT_DIM = flow_data.DIM
LAYERS = 5
HIDDEN_DIMS = (128, 128)
LIMIT = 5.0
NOISE = {}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 1e-4
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8

DIMS = (INPUT_DIM, *HIDDEN_DIMS, 2 * INPUT_DIM)
GEMMS = LAYERS * [
    product for sizes in zip(DIMS[:-1], DIMS[1:]) for product in dense(BATCH_SIZE, *sizes)
]

examples = flow_data.curved


def masks(k):
    """Of the three layers of network ``k``, counted from 1, float32 ``(below, above)``."""
    inputs = 1 + np.arange(INPUT_DIM)
    inputs = inputs if k % 2 else inputs[::-1]
    units = [1 + np.arange(n) * (INPUT_DIM - 1) // n for n in HIDDEN_DIMS]
    return [
        (inputs[:, None] <= units[0]).astype("float32"),
        (units[0][:, None] <= units[1]).astype("float32"),
        np.tile(units[1][:, None] < inputs, (1, 2)).astype("float32"),
    ]


def initial_parameters(rng):
    """Glorot-uniform weights, a tenth of that at the outputs; zero biases and actnorms, float32."""
    parameters = {}
    for k in range(1, LAYERS + 1):
        for i, sizes in enumerate(zip(DIMS[:-1], DIMS[1:]), 1):
            scale = 1.0 if i < 3 else 0.1
            W, b = flow_data.layer(rng, *sizes, scale=scale)
            parameters["W_%d_%d" % (k, i)], parameters["b_%d_%d" % (k, i)] = W, b
        parameters["shift_%d" % k] = zeros(INPUT_DIM)
        parameters["log_scale_%d" % k] = zeros(INPUT_DIM)
    return parameters
