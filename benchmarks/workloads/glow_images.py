r"""Glow of 28 x 28 images: two scales of four steps, networks of 32 channels.

From the data, of images of ``c`` channels at each pixel: squeeze, which makes one pixel of each square of 2 x 2, the
channels of the square's four pixels one after the other. Then for step ``k = 3, ..., 0`` of the scale: actnorm,
``x = (x - shift) exp(-log_scale)`` by channel; ``x = x[order] L (U + diag(sign exp(log_s)))`` at each pixel, with
triangular ``L``, of diagonal 1, and ``U``; and of the two halves ``a, b`` of the channels ``b = (b - t) exp(-s)``,
where ``t`` and ``s'`` come from ``a`` by convolutions of 3 x 3, 1 x 1 and 3 x 3 taps with relu between, and
``s = 5 tanh(s' / 5)``. After the first scale ``b`` goes once more through such a coupling and leaves; the second scale
goes on with ``a``. The loss is ``-log N(z; 0, I)`` of all that left and of what is left, plus the sum of all ``s`` and
of ``log_scale - log_s`` for each pixel, in nats per example. Adam.

References
----------
Diederik P. Kingma and Prafulla Dhariwal, 2018, "Glow: generative flow with invertible 1x1 convolutions", table 1.
"""

import numpy as np

from benchmarks.workloads.gemm import convolution, dense
from benchmarks.workloads.initial import uniform, zeros

SUMMARY = "Glow, 28x28, 2 scales of 4 steps, networks of 32 channels, Adam, batch 64, float32"
BATCH_SIZE = 64
INPUT_DIM = 784
SIDE = 28
SCALES = 2
STEPS = 4
HIDDEN_CHANNELS = 32
LIMIT = 5.0
NOISE = {}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-3
OWN_TOLERANCE = 1e-3
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8

CHANNELS = (4, 8)  # of the scales, squeezed
# What each linear map keeps, by scale and step: those of symgen's model of seed 0.
ORDERS = (
    ((0, 3, 1, 2), (2, 0, 3, 1), (1, 2, 3, 0), (0, 3, 2, 1)),
    (
        (0, 5, 1, 2, 7, 4, 6, 3), (5, 1, 0, 4, 2, 6, 3, 7),
        (3, 0, 7, 6, 4, 2, 1, 5), (6, 4, 7, 1, 0, 2, 3, 5),
    ),
)  # fmt: skip
SIGNS = (
    ((1, 1, 1, 1), (1, -1, 1, -1), (1, 1, 1, 1), (-1, -1, -1, -1)),
    (
        (-1, 1, -1, -1, -1, -1, 1, 1), (-1, 1, 1, 1, 1, -1, -1, 1),
        (1, -1, 1, 1, 1, 1, 1, 1), (1, 1, 1, 1, -1, -1, 1, 1),
    ),
)  # fmt: skip


def signs(scale, step):
    """``sign`` of a linear map, a float32 vector in a list."""
    return [np.array(SIGNS[scale][step], "float32")]


def _networks():
    """Names and channels of the networks: (name, scale, channels below)."""
    names = [("1_%d" % k, 1, CHANNELS[1] // 2) for k in range(STEPS)]
    names += [("split", 0, CHANNELS[0] // 2)]
    return names + [("0_%d" % k, 0, CHANNELS[0] // 2) for k in range(STEPS)]


def _gemms():
    products = []
    for _, scale, below in _networks():
        places, hidden = (SIDE // 2 ** (scale + 1)) ** 2, HIDDEN_CHANNELS
        products += convolution(BATCH_SIZE, below, hidden, 9, places)
        products += convolution(BATCH_SIZE, hidden, hidden, 1, places)
        products += convolution(BATCH_SIZE, hidden, 2 * below, 9, places)
    for scale, channels in enumerate(CHANNELS):
        pixels = BATCH_SIZE * (SIDE // 2 ** (scale + 1)) ** 2
        products += 2 * STEPS * dense(pixels, channels, channels)
    return products


GEMMS = _gemms()


def initial_parameters(rng):
    """Filters uniform in ``+-sqrt(3 / fan in)``, a tenth of that at the outputs; triangles in ``+-0.5``; zeros."""

    def filters(scale, *shape):
        return uniform(rng, scale * np.sqrt(3.0 / np.prod(shape[1:])), shape)

    parameters, hidden = {}, HIDDEN_CHANNELS
    for name, scale, below in _networks():
        parameters["W_%s_1" % name] = filters(1.0, hidden, below, 3, 3)
        parameters["b_%s_1" % name] = zeros(hidden)
        parameters["W_%s_2" % name] = filters(1.0, hidden, hidden, 1, 1)
        parameters["b_%s_2" % name] = zeros(hidden)
        parameters["W_%s_3" % name] = filters(0.1, 2 * below, hidden, 3, 3)
        parameters["b_%s_3" % name] = zeros(2 * below)
        if name == "split":
            continue
        channels = CHANNELS[scale]
        for matrix in "LU":
            triangle = rng.uniform(-0.5, 0.5, (channels, channels))
            parameters["%s_%s" % (matrix, name)] = triangle.astype("float32")
        for vector in ("log_s", "shift", "log_scale"):
            parameters["%s_%s" % (vector, name)] = zeros(channels)
    return parameters
