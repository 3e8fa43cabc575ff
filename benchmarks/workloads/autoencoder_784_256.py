r"""A 784-256-784 autoencoder: tanh code, sigmoid output, cross-entropy, plain SGD.

With ``h = tanh(x W_h + b_h)`` and ``a = h W_x + b_x`` the loss is

.. math:: \frac1B\sum_n\sum_i \big(\log(1+e^{a_{ni}}) - x_{ni} a_{ni}\big)

in nats per example, and ``w -= learning_rate g``. Nine tenths of a step are matrix products,
so this workload shows the BLAS more than anything else.
"""

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros

SUMMARY = "autoencoder 784-256-784, tanh, sigmoid cross-entropy, SGD, batch 100, float32"
BATCH_SIZE = 100
INPUT_DIM = 784
HIDDEN_DIM = 256
NOISE = {}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.05
LEARNING_RATE = 1e-2

GEMMS = dense(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, input_gradient=False) + dense(
    BATCH_SIZE, HIDDEN_DIM, INPUT_DIM
)


def initial_parameters(rng):
    """Glorot-uniform weights ``(fan_in, fan_out)`` and zero biases, float32."""
    return {
        "W_h": glorot_uniform(rng, INPUT_DIM, HIDDEN_DIM),
        "b_h": zeros(HIDDEN_DIM),
        "W_x": glorot_uniform(rng, HIDDEN_DIM, INPUT_DIM),
        "b_x": zeros(INPUT_DIM),
    }
