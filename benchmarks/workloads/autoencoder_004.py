r"""Document 004's autoencoder: relu encoder and decoder, mean squared error, plain SGD.

With ``h = relu(x W_h + b_h)`` and ``y = relu(h W_x + b_x)`` the loss is
``mean((x - y)**2)`` over examples and pixels, and ``w -= learning_rate g``.

The document leaves the hidden size open; 128 is taken. It draws its weights from a standard
normal in float64; here they are Glorot-uniform in float32, as in the other workloads. Its
learning rate of 0.001 moves this loss so little in ten steps that the comparison of losses could
not see a wrong gradient; 0.5 is taken, which costs no more and no less time.
"""

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros

SUMMARY = "autoencoder 784-128-784, relu both ways, mean squared error, SGD, batch 32, float32"
BATCH_SIZE = 32
INPUT_DIM = 784
HIDDEN_DIM = 128
NOISE = {}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.05
LEARNING_RATE = 0.5

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
