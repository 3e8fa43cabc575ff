r"""A neural spline flow in six dimensions: four couplings 3-128-128-69 of splines of eight bins.

From the data: actnorm as in :mod:`.realnvp`. Then for ``k = 4, ..., 1``: of the two halves ``a, b`` each number of ``b`` goes
the inverse way through a rational-quadratic spline on [-4, 4], whose 8 widths, 8 heights and 7 inner slopes come from
``a`` by a network of relu; and, but for ``k = 1``, ``x = x[order] L (U + diag(sign exp(log_s)))`` with triangular ``L``, of
diagonal 1, and ``U``. A width or height is ``8 (0.001 + 0.992 softmax)``, a slope ``0.001 + softplus(s + shift)``, 1 where
the network says 0. The loss is as in :mod:`.realnvp`. Adam.

References
----------
Conor Durkan, Artur Bekasov, Iain Murray and George Papamakarios, 2019, "Neural spline flows",
equations 4 to 8.
"""

import numpy as np

from benchmarks.workloads import flow_data
from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import zeros

SUMMARY = (
    "neural spline flow, 6 dimensions, 4 couplings of 3-128-128-69, 8 bins, linear maps, Adam, batch 256, "
    "float32"
)
BATCH_SIZE = 256
INPUT_DIM = flow_data.DIM
HALF = INPUT_DIM // 2
LAYERS = 4
HIDDEN_DIMS = (128, 128)
BINS = 8
BOUND = 4.0
LEAST_BIN = LEAST_SLOPE = 1e-3
SHIFT = float(np.log(np.expm1(1 - LEAST_SLOPE)))
NOISE = {}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 1e-4
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8

DIMS = (HALF, *HIDDEN_DIMS, (3 * BINS - 1) * HALF)
GEMMS = LAYERS * [
    product for sizes in zip(DIMS[:-1], DIMS[1:]) for product in dense(BATCH_SIZE, *sizes)
]
# What the linear map before coupling k keeps: those of symgen's model of seed 0.
ORDERS = {2: (2, 4, 1, 3, 5, 0), 3: (4, 2, 0, 1, 3, 5), 4: (3, 1, 5, 2, 4, 0)}
SIGNS = {2: (-1, -1, 1, 1, -1, 1), 3: (1, 1, 1, -1, -1, -1), 4: (1, -1, 1, -1, 1, 1)}



def signs(k):
    """``sign`` of the linear map ``k``, a float32 vector in a list."""
    return [np.array(SIGNS[k], "float32")]


examples = flow_data.curved


def initial_parameters(rng):
    """Glorot-uniform weights, a fifth of that at the outputs; triangles uniform in ``+-0.5``; zeros."""
    parameters = {}
    for k in range(1, LAYERS + 1):
        if k > 1:
            for name in "LU":
                triangle = rng.uniform(-0.5, 0.5, (INPUT_DIM, INPUT_DIM))
                parameters["%s_%d" % (name, k)] = triangle.astype("float32")
            parameters["log_s_%d" % k] = zeros(INPUT_DIM)
        for i, sizes in enumerate(zip(DIMS[:-1], DIMS[1:]), 1):
            scale = 1.0 if i < 3 else 0.2
            W, b = flow_data.layer(rng, *sizes, scale=scale)
            parameters["W_%d_%d" % (k, i)], parameters["b_%d_%d" % (k, i)] = W, b
    parameters["shift_1"] = zeros(INPUT_DIM)
    parameters["log_scale_1"] = zeros(INPUT_DIM)
    return parameters
