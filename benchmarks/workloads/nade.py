r"""NADE on binary images, 784 pixels in their order, 500 hidden units.

With ``a_i = c + sum_{j<i} x_j W_j`` the logit of pixel ``i`` is ``b_i + V_i sigmoid(a_i)``, and the loss is the
cross-entropy of the pixels, in nats per image. Adam.

The floor has the products as if all pixels shared their hidden units, the same number of operations.

References
----------
Hugo Larochelle and Iain Murray, 2011, "The neural autoregressive distribution estimator", algorithm 1.
"""

from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.initial import glorot_uniform, zeros

SUMMARY = "NADE 784, 500 hidden units, Adam, batch 100, float32"
BATCH_SIZE = 100
INPUT_DIM = 784
HIDDEN_DIM = 500
NOISE = {}
RANGE = (0, 1)
BINARISED = True
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 1e-4
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8

GEMMS = [
    Gemm(BATCH_SIZE, HIDDEN_DIM, INPUT_DIM, False, True),  # as if one h served all logits
    Gemm(INPUT_DIM, BATCH_SIZE, HIDDEN_DIM, True, False),  # and one gradient all W,
    Gemm(INPUT_DIM, BATCH_SIZE, HIDDEN_DIM, True, False),  # and all V
]


def initial_parameters(rng):
    """Glorot-uniform ``W`` and ``V`` (pixels, units), zero biases, float32."""
    return {
        "W": glorot_uniform(rng, INPUT_DIM, HIDDEN_DIM),
        "V": glorot_uniform(rng, INPUT_DIM, HIDDEN_DIM),
        "b": zeros(INPUT_DIM),
        "c": zeros(HIDDEN_DIM),
    }
