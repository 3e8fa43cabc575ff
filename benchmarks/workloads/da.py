r"""The denoising autoencoder of the Theano deep learning tutorials, with tied weights.

A pixel is kept where its uniform number is below 0.7, else it is 0. With ``h = sigmoid(x' W + b_h)`` of the
corrupted ``x'`` and ``z = sigmoid(h W^T + b_v)`` the loss is the mean over images of

.. math:: -\sum_i \big(x_i \log z_i + (1 - x_i) \log(1 - z_i)\big)

in nats, and ``w -= learning_rate g``.

References
----------
Pascal Vincent, Hugo Larochelle, Yoshua Bengio and Pierre-Antoine Manzagol, 2008, "Extracting and
composing robust features with denoising autoencoders".
"""

from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.initial import uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = "denoising autoencoder 784-500-784, tied weights, sigmoid, SGD, batch 20, float32"
BATCH_SIZE = 20
INPUT_DIM = 784
HIDDEN_DIM = 500
CORRUPTION = 0.3
NOISE = {"u": Draw("uniform", (BATCH_SIZE, INPUT_DIM))}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.05
LEARNING_RATE = 0.1

GEMMS = [
    Gemm(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, False, False),
    Gemm(BATCH_SIZE, HIDDEN_DIM, INPUT_DIM, False, True),
    Gemm(BATCH_SIZE, INPUT_DIM, HIDDEN_DIM, False, False),
    Gemm(INPUT_DIM, BATCH_SIZE, HIDDEN_DIM, True, False),
    Gemm(INPUT_DIM, BATCH_SIZE, HIDDEN_DIM, True, False),
]


def initial_parameters(rng):
    """``W`` uniform in ``+-4 sqrt(6 / (784 + 500))`` as in the tutorial, zero biases."""
    bound = 4 * (6.0 / (INPUT_DIM + HIDDEN_DIM)) ** 0.5
    return {
        "W": uniform(rng, bound, (INPUT_DIM, HIDDEN_DIM)),
        "b_h": zeros(HIDDEN_DIM),
        "b_v": zeros(INPUT_DIM),
    }
