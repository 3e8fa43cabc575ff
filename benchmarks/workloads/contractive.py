r"""A contractive autoencoder, 784-500-784, sigmoid, tied weights.

With ``h = sigmoid(x W + b_h)`` and ``a = h W^T + b_v`` the loss is the cross-entropy of the pixels from their
logits ``a`` plus 0.1 times the squared norm of the Jacobian ``dh/dx``,

.. math:: \sum_j \big(h_j (1 - h_j)\big)^2 \sum_i W_{ij}^2,

mean over images, in nats. Adam.

References
----------
Salah Rifai, Pascal Vincent, Xavier Muller, Xavier Glorot and Yoshua Bengio, 2011, "Contractive
auto-encoders: explicit invariance during feature extraction", equation 7.
"""

from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.initial import uniform, zeros

SUMMARY = "contractive autoencoder 784-500-784, sigmoid, tied weights, Adam, batch 100, float32"
BATCH_SIZE = 100
INPUT_DIM = 784
HIDDEN_DIM = 500
WEIGHT = 0.1
NOISE = {}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 1e-4
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8

GEMMS = [
    Gemm(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, False, False),
    Gemm(BATCH_SIZE, HIDDEN_DIM, INPUT_DIM, False, True),
    Gemm(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, False, False),
    Gemm(INPUT_DIM, BATCH_SIZE, HIDDEN_DIM, True, False),
    Gemm(INPUT_DIM, BATCH_SIZE, HIDDEN_DIM, True, False),
]


def initial_parameters(rng):
    """``W`` uniform in ``+-4 sqrt(6 / (784 + 500))``, zero biases, float32."""
    bound = 4 * (6.0 / (INPUT_DIM + HIDDEN_DIM)) ** 0.5
    return {
        "W": uniform(rng, bound, (INPUT_DIM, HIDDEN_DIM)),
        "b_h": zeros(HIDDEN_DIM),
        "b_v": zeros(INPUT_DIM),
    }
