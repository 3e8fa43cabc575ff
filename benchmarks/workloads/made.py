r"""MADE on binary images: 784-500-784, one mask, relu.

Inputs have degrees 1 to 784, the hidden units degrees spread evenly from 1 to 783. With the masks ``M`` of
:func:`masks`, ``h = relu(x (W_h M_h) + b_h)`` and ``a = h (W_x M_x) + b_x``, the loss is the cross-entropy
of the pixels from their logits ``a``, in nats per image. Adam.

References
----------
Mathieu Germain, Karol Gregor, Iain Murray and Hugo Larochelle, 2015, "MADE: masked autoencoder for
distribution estimation", equations 8 and 9.
"""

import numpy as np

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros

SUMMARY = "MADE 784-500-784, one mask, relu, Adam, batch 100, float32"
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

GEMMS = dense(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, input_gradient=False) + dense(
    BATCH_SIZE, HIDDEN_DIM, INPUT_DIM
)


def masks():
    """Of the hidden layer and of the output, float32 ``(below, above)``."""
    inputs = 1 + np.arange(INPUT_DIM)
    hidden = 1 + np.arange(HIDDEN_DIM) * (INPUT_DIM - 1) // HIDDEN_DIM
    below = inputs[:, None] <= hidden[None]
    above = hidden[:, None] < inputs[None]
    return below.astype("float32"), above.astype("float32")


def initial_parameters(rng):
    """Glorot-uniform weights ``(fan_in, fan_out)``, biases 0 and, of the outputs, -0.1, float32.

    A logit of exactly 0, as the first pixels' would be, is a kink of the form in which JAX's
    cross-entropy is fastest, and its gradient there is wrong.
    """
    return {
        "W_h": glorot_uniform(rng, INPUT_DIM, HIDDEN_DIM),
        "b_h": zeros(HIDDEN_DIM),
        "W_x": glorot_uniform(rng, HIDDEN_DIM, INPUT_DIM),
        "b_x": zeros(INPUT_DIM) - np.float32(0.1),
    }
