r"""A PixelRNN of three Row LSTMs on 28 x 28 binary images, 32 channels, 16 units.

A masked convolution of 7 x 7, which sees the rows above and what is left of the pixel, makes the stream
``s`` of 32 channels. Each layer goes through its rows from the top: with ``a`` a convolution of ``s`` that sees the
pixel and its left neighbour, and a window of three columns of the row above's ``h``, 0 beyond the edges,

.. math::
    (o, f, i, g) &= a + b + W [h_{-1}, h_0, h_{+1}], &
    c &= \sigma(f) c + \sigma(i) \tanh(g), & h &= \sigma(o) \tanh(c),

and ``s + W_o h + b_o`` is the next stream. Then relu, two layers of 1 x 1 with relu, and the logits. The loss is the
cross-entropy of the pixels from their logits, summed over an image, in nats per image; Adam.

References
----------
Aäron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, 2016, "Pixel recurrent neural networks",
section 3.1 and equation 3.
"""

import numpy as np

from benchmarks.workloads.gemm import convolution, dense
from benchmarks.workloads.initial import glorot_uniform, uniform, zeros

SUMMARY = "PixelRNN, 28x28, 3 Row LSTMs of 16 units, 32 channels, Adam, batch 16, float32"
BATCH_SIZE = 16
INPUT_DIM = 784
SIDE = 28
CHANNELS = 32
UNITS = 16
LAYERS = 3
FIRST = (4, 7)  # rows and columns of the first filters
COLUMNS = 3  # of the window of the row above
NOISE = {}
RANGE = (0, 1)
BINARISED = True
LABELS = False
TOLERANCE = 1e-3
OWN_TOLERANCE = 1e-3
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8


def first_masks():
    """What the first filters see, of the last of their rows what is left of the pixel; in a list."""
    seen = np.ones(FIRST, dtype="float32")
    seen[-1, FIRST[1] // 2 :] = 0
    return [seen]


GEMMS = (
    convolution(BATCH_SIZE, 1, CHANNELS, FIRST[0] * FIRST[1], INPUT_DIM, input_gradient=False)
    + LAYERS * convolution(BATCH_SIZE, CHANNELS, 4 * UNITS, 2, INPUT_DIM)
    + LAYERS * dense(BATCH_SIZE * INPUT_DIM, COLUMNS * UNITS, 4 * UNITS)
    + LAYERS * convolution(BATCH_SIZE, UNITS, CHANNELS, 1, INPUT_DIM)
    + 2 * convolution(BATCH_SIZE, CHANNELS, CHANNELS, 1, INPUT_DIM)
    + convolution(BATCH_SIZE, CHANNELS, 1, 1, INPUT_DIM)
)


def initial_parameters(rng):
    """Filters uniform in ``+-sqrt(3 / fan in)``, Glorot-uniform ``W_h``, zero biases, float32."""

    def filters(*shape):
        return uniform(rng, np.sqrt(3.0 / np.prod(shape[1:])), shape)

    wide = CHANNELS
    parameters = {"W_first": filters(wide, 1, *FIRST), "b_first": zeros(wide)}
    for k in range(1, LAYERS + 1):
        parameters["W_x%d" % k] = filters(4 * UNITS, wide, 1, 2)
        parameters["b_x%d" % k] = zeros(4 * UNITS)
        parameters["W_h%d" % k] = glorot_uniform(rng, COLUMNS * UNITS, 4 * UNITS)
        parameters["W_o%d" % k] = filters(wide, UNITS, 1, 1)
        parameters["b_o%d" % k] = zeros(wide)
    for name, above in (("last1", wide), ("last2", wide), ("logits", 1)):
        parameters["W_" + name] = filters(above, wide, 1, 1)
        parameters["b_" + name] = zeros(above)
    return parameters
