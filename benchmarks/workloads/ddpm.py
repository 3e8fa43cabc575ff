r"""A small denoising diffusion model: a network 800-512-512-784 tells the noise, 50 steps.

``beta`` rises evenly from 0.002 to 0.3; ``abar_t`` is the product of ``1 - beta`` up to ``t``. Example ``n`` of
``N`` gets step ``t = floor(50 ((u + n / N) mod 1))``, counted from 0, of one uniform ``u`` a minibatch. With
``x_t = sqrt(abar_t) x + sqrt(1 - abar_t) epsilon`` the network, relu, is given ``x_t`` and 16 features of ``t``,
and the loss is ``|epsilon - sqrt(abar_t) network - sqrt(1 - abar_t) x_t|^2``, mean over examples. Adam.

References
----------
Jonathan Ho, Ajay Jain and Pieter Abbeel, 2020, "Denoising diffusion probabilistic models", equation 14.
"""

import numpy as np

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = "DDPM, network 800-512-512-784, relu, 50 steps, the simple loss, Adam, batch 64, float32"
BATCH_SIZE = 64
INPUT_DIM = 784
HIDDEN_DIMS = (512, 512)
STEPS = 50
TIME_DIM = 16
RANGE = (-1, 1)
LABELS = False
TOLERANCE = 1e-3  # where rounding tips a rectifier over, Adam's next steps part by 1e-4
OWN_TOLERANCE = 0.15  # ten losses of 64 images, each with other noise: 3 % each by chance
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8


def noise(batch):
    """What a step of so many examples draws."""
    return {"u": Draw("uniform", (1,)), "epsilon": Draw("normal", (batch, INPUT_DIM))}


NOISE = noise(BATCH_SIZE)

LAYERS = (
    (INPUT_DIM + TIME_DIM, HIDDEN_DIMS[0]),
    (HIDDEN_DIMS[0], HIDDEN_DIMS[1]),
    (HIDDEN_DIMS[1], INPUT_DIM),
)
GEMMS = [p for i, layer in enumerate(LAYERS) for p in dense(BATCH_SIZE, *layer, i > 0)]


def tables():
    """``sqrt(abar)`` and ``sqrt(1 - abar)``, shape (50, 1), and the features of time, (50, 16)."""
    abar = np.cumprod(1 - np.linspace(2e-3, 0.3, STEPS))[:, None]
    pace = np.exp(-np.log(STEPS) * np.linspace(0, 1, TIME_DIM // 2))
    phase = np.arange(STEPS)[:, None] * pace
    time = np.concatenate([np.sin(phase), np.cos(phase)], axis=1)
    return [table.astype("float32") for table in (np.sqrt(abar), np.sqrt(1 - abar), time)]


def initial_parameters(rng):
    """Glorot-uniform weights, a tenth of that in the last layer, and zero biases, float32."""
    parameters = {}
    for i, (fan_in, fan_out) in enumerate(LAYERS, 1):
        weights = glorot_uniform(rng, fan_in, fan_out)
        parameters["W_%d" % i] = weights if i < 3 else np.float32(0.1) * weights
        parameters["b_%d" % i] = zeros(fan_out)
    return parameters
