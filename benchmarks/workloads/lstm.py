r"""An LSTM that reads an MNIST image row by row and names its digit.

For the rows ``x_t`` of an image, ``t = 1, ..., 28``, with ``h_0 = c_0 = 0``:

.. math::
    (i, f, g, o) &= x_t W_x + h_{t-1} W_h + b \\
    c_t &= \sigma(f) c_{t-1} + \sigma(i) \tanh(g), \qquad h_t = \sigma(o) \tanh(c_t)

and ``a = h_28 W_y + b_y``. The loss is the mean of ``-log softmax(a)[y]`` in nats per image. Adam
with bias correction: ``m = beta1 m + (1 - beta1) g``, ``v = beta2 v + (1 - beta2) g**2``,
``w -= learning_rate m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + epsilon)``.

The floor multiplies the rows of all times with ``W_x`` at once, and leaves out ``h_0 W_h``.
"""

from benchmarks.workloads.gemm import Gemm, dense
from benchmarks.workloads.initial import glorot_uniform, zeros

SUMMARY = "LSTM of 128 units over 28 rows of 28 pixels, softmax, Adam, batch 100, float32"
BATCH_SIZE = 100
INPUT_DIM = 784
STEPS = 28
ROW_DIM = INPUT_DIM // STEPS
HIDDEN_DIM = 128
CLASSES = 10
NOISE = {}
RANGE = (0, 1)
LABELS = True
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.05
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8

GEMMS = (
    dense(STEPS * BATCH_SIZE, ROW_DIM, 4 * HIDDEN_DIM, input_gradient=False)
    + (STEPS - 1) * [Gemm(BATCH_SIZE, HIDDEN_DIM, 4 * HIDDEN_DIM, False, False)]
    + (STEPS - 1) * [Gemm(BATCH_SIZE, 4 * HIDDEN_DIM, HIDDEN_DIM, False, True)]
    + [Gemm(HIDDEN_DIM, (STEPS - 1) * BATCH_SIZE, 4 * HIDDEN_DIM, True, False)]
    + dense(BATCH_SIZE, HIDDEN_DIM, CLASSES)
)


def initial_parameters(rng):
    """Glorot-uniform weights, zero biases but for the forget gate's, which are 1."""
    b = zeros(4 * HIDDEN_DIM)
    b[HIDDEN_DIM : 2 * HIDDEN_DIM] = 1
    return {
        "W_x": glorot_uniform(rng, ROW_DIM, 4 * HIDDEN_DIM),
        "W_h": glorot_uniform(rng, HIDDEN_DIM, 4 * HIDDEN_DIM),
        "b": b,
        "W_y": glorot_uniform(rng, HIDDEN_DIM, CLASSES),
        "b_y": zeros(CLASSES),
    }
