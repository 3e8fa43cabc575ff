r"""RealNVP in six dimensions: eight affine couplings, networks 3-128-128-6, actnorm.

From the data: the numbers at odd places go behind those at even ones. Then for ``k = 8, ..., 1``: actnorm,
``x = (x - shift) exp(-log_scale)``; and with ``a`` the first half and ``b`` the second, for even ``k``
the other way round, ``b = (b - t) exp(-s)``, where ``t`` and ``s'`` are the network's outputs for ``a``, relu,
and ``s = 5 tanh(s' / 5)``. The loss is ``-log N(z; 0, I)`` of what comes out plus the sum of all ``s`` and
``log_scale``, in nats per example. Adam.

References
----------
Laurent Dinh, Jascha Sohl-Dickstein and Samy Bengio, 2017, "Density estimation using Real NVP",
equations 4 to 8.
"""

from benchmarks.workloads import flow_data
from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import zeros

SUMMARY = "RealNVP, 6 dimensions, 8 couplings of 3-128-128-6, relu, actnorm, Adam, batch 256, float32"
BATCH_SIZE = 256
INPUT_DIM = flow_data.DIM
HALF = INPUT_DIM // 2
LAYERS = 8
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

DIMS = (HALF, *HIDDEN_DIMS, 2 * HALF)
GEMMS = LAYERS * [
    product for sizes in zip(DIMS[:-1], DIMS[1:]) for product in dense(BATCH_SIZE, *sizes)
]
ORDER = (0, 2, 4, 1, 3, 5)  # place, in the data, of each number: the even, then the odd

examples = flow_data.curved


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
