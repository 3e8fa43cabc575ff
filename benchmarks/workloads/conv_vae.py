r"""A convolutional variational autoencoder on 28 x 28.

Encoder: two convolutions of 5 x 5 taps, stride 2 and padding 2, to 16 x 14 x 14 and 32 x 7 x 7, relu, and
from these 1568 numbers ``mu`` and ``log_var`` of 8. Decoder: a dense layer from ``z`` back to 32 x 7 x 7, relu,
and two transposed convolutions of that kind, to 16 x 14 x 14, relu, and to the logits of 28 x 28. The loss is
the negative ELBO as in :mod:`.vae_002`, in nats per example. Adam.

A transposed convolution's filters are those of the convolution that it transposes, ``(below, above, taps)``
seen from the code.
"""

import numpy as np

from benchmarks.workloads.gemm import convolution, dense
from benchmarks.workloads.initial import glorot_uniform, uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = (
    "convolutional VAE 1x28x28-16x14x14-32x7x7-8 and back, 5x5, relu, ELBO, Adam, batch 100, float32"
)
BATCH_SIZE = 100
INPUT_DIM = 784
SIDE = 28
CHANNELS = (16, 32)
TAPS = 5
FLAT_DIM = CHANNELS[1] * 7 * 7
LATENT_DIM = 8
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-3
OWN_TOLERANCE = 0.05
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8


def noise(batch):
    """What a step of so many examples draws."""
    return {"epsilon": Draw("normal", (batch, LATENT_DIM))}


NOISE = noise(BATCH_SIZE)

_LARGE = (1, CHANNELS[0], TAPS**2, 14 * 14)
_SMALL = (CHANNELS[0], CHANNELS[1], TAPS**2, 7 * 7)
GEMMS = (
    convolution(BATCH_SIZE, *_LARGE, input_gradient=False)
    + convolution(BATCH_SIZE, *_SMALL)
    + 2 * dense(BATCH_SIZE, FLAT_DIM, LATENT_DIM)
    + dense(BATCH_SIZE, LATENT_DIM, FLAT_DIM)
    + convolution(BATCH_SIZE, *_SMALL)
    + convolution(BATCH_SIZE, *_LARGE)
)


def initial_parameters(rng):
    """Glorot-uniform weights and filters, zero biases, float32."""

    def filters(above, below):
        bound = np.sqrt(6.0 / ((above + below) * TAPS**2))
        return uniform(rng, bound, (above, below, TAPS, TAPS))

    large, small = CHANNELS
    return {
        "W_1": filters(large, 1),
        "b_1": zeros(large),
        "W_2": filters(small, large),
        "b_2": zeros(small),
        "W_mu": glorot_uniform(rng, FLAT_DIM, LATENT_DIM),
        "b_mu": zeros(LATENT_DIM),
        "W_log_var": glorot_uniform(rng, FLAT_DIM, LATENT_DIM),
        "b_log_var": zeros(LATENT_DIM),
        "W_g": glorot_uniform(rng, LATENT_DIM, FLAT_DIM),
        "b_g": zeros(FLAT_DIM),
        "W_3": filters(small, large),
        "b_3": zeros(large),
        "W_4": filters(large, 1),
        "b_4": zeros(1),
    }
