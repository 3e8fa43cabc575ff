r"""A gated PixelCNN on 28 x 28: five layers of a vertical and a horizontal stack.

With ``*`` the correlation that keeps the size, ``gate(a, b) = tanh(a) sigmoid(b)`` of the two halves of
its channels, and filters whose masked taps are zero, layer ``k`` computes, from ``v`` and ``h`` of 32
channels (of the image itself in the first layer),

.. math::
    a_v &= W_v * v + b_v, & v' &= \operatorname{gate}(a_v), \\
    a_h &= W_h * h + W_{vh} * a_v + b_h, & h' &= W_o * \operatorname{gate}(a_h) + b_o + h,

without ``+ h`` in the first. ``W_v`` is 7 x 7 in the first layer and sees the rows above, then 3 x 3 and
sees its own row and those above; ``W_h`` is 1 x 7 and sees what is to the left, then 1 x 3 and sees its
own place too. The logits are ``W_2 * relu(W_1 * relu(h) + b_1) + b_2``, 1 x 1. The loss is the
cross-entropy of the pixels from their logits, summed over an image, in nats per image; Adam.

References
----------
Aäron van den Oord, Nal Kalchbrenner, Oriol Vinyals and others, 2016, "Conditional image generation with
PixelCNN decoders", equation 2 and figure 2.
"""

import numpy as np

from benchmarks.workloads.gemm import convolution
from benchmarks.workloads.initial import uniform, zeros

SUMMARY = (
    "gated PixelCNN, 28x28, 5 layers of 32 channels, vertical and horizontal stacks, Adam, batch 64, "
    "float32"
)
BATCH_SIZE = 64
INPUT_DIM = 784
SIDE = 28
CHANNELS = 32
LAYERS = 5
NOISE = {}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-3
OWN_TOLERANCE = 1e-3
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8


def taps_of(layer):
    """Taps along an axis in layer 1, 2, ...: 7 in the first, else 3."""
    return 7 if layer == 1 else 3


def masks(layer):
    """What the filters of a layer may see: vertical (rows, columns), horizontal (1, columns)."""
    taps = taps_of(layer)
    seen = (np.arange(taps) < taps // 2 + (layer > 1)).astype("float32")
    return np.repeat(seen[:, None], taps, 1), seen[None]


def _filters():
    """Shapes of the filters by name."""
    shapes = {}
    for k in range(1, LAYERS + 1):
        below, taps = 1 if k == 1 else CHANNELS, taps_of(k)
        shapes[f"W_v{k}"] = (2 * CHANNELS, below, taps, taps)
        shapes[f"W_h{k}"] = (2 * CHANNELS, below, 1, taps)
        shapes[f"W_vh{k}"] = (2 * CHANNELS, 2 * CHANNELS, 1, 1)
        shapes[f"W_o{k}"] = (CHANNELS, CHANNELS, 1, 1)
    shapes["W_1"] = (CHANNELS, CHANNELS, 1, 1)
    shapes["W_2"] = (1, CHANNELS, 1, 1)
    return shapes


GEMMS = [
    product
    for name, (above, below, rows, columns) in _filters().items()
    for product in convolution(
        BATCH_SIZE, below, above, rows * columns, INPUT_DIM, name not in ("W_v1", "W_h1")
    )
]


def initial_parameters(rng):
    """Filters uniform in ``+-sqrt(3 / fan in)``, where masked taps count; zero biases."""
    parameters = {}
    for name, shape in _filters().items():
        bound = np.sqrt(3.0 / np.prod(shape[1:]))
        parameters[name] = uniform(rng, bound, shape)
        if not name.startswith("W_vh"):  # those of both stacks are added: one bias
            parameters["b" + name[1:]] = zeros(shape[0])
    return parameters
