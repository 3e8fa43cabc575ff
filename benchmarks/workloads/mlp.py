r"""The multilayer perceptron of the Theano deep learning tutorials: tanh, softmax, penalised weights.

With ``h = tanh(x W_h + b_h)`` and ``a = h W_y + b_y`` the loss is the mean of ``-log softmax(a)[y]``
in nats per image plus ``L2 (sum(W_h^2) + sum(W_y^2))``, and ``w -= learning_rate g``.
"""

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros

SUMMARY = "perceptron 784-500-10, tanh, softmax, L2 penalty, SGD, batch 20, float32"
BATCH_SIZE = 20
INPUT_DIM = 784
HIDDEN_DIM = 500
CLASSES = 10
NOISE = {}
RANGE = (0, 1)
LABELS = True
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.05
LEARNING_RATE = 0.01
L2 = 1e-4

GEMMS = dense(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, input_gradient=False) + dense(
    BATCH_SIZE, HIDDEN_DIM, CLASSES
)


def initial_parameters(rng):
    """Glorot-uniform weights ``(fan_in, fan_out)`` and zero biases, float32."""
    return {
        "W_h": glorot_uniform(rng, INPUT_DIM, HIDDEN_DIM),
        "b_h": zeros(HIDDEN_DIM),
        "W_y": glorot_uniform(rng, HIDDEN_DIM, CLASSES),
        "b_y": zeros(CLASSES),
    }
