r"""Drawing 64 images from a PixelCNN, pixel by pixel, 784 in turn.

The model: a masked convolution of 7 x 7 to 32 channels, five blocks ``h + wide(masked(narrow(relu(h))))`` whose
``narrow`` and ``wide`` are 1 x 1, to 16 channels and back, and whose ``masked`` is 3 x 3, relu behind both, then relu,
two layers of 1 x 1 with relu, and the logits. A filter sees its rows above and, of the last row, what is left of
the pixel, and after the first layer the pixel itself; ``W`` has no rows below. A pixel is 1 where its
uniform number is below the sigmoid of its logit. What is reported in place of a loss is the share of ones.

All peers keep the features of pixels drawn, so that each costs one pixel's products. The floor has those of all
pixels of an image at once.

References
----------
Aäron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, 2016, "Pixel recurrent neural networks".
"""

import numpy as np

from benchmarks.workloads.gemm import Gemm
from benchmarks.workloads.initial import uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = (
    "sampling a PixelCNN, 28x28, 32 channels, 5 blocks, pixel by pixel with kept features, batch 64, float32"
)
BATCH_SIZE = 64
INPUT_DIM = 784
SIDE = 28
CHANNELS = 32
BLOCKS = 5
FIRST = (4, 7)  # rows and columns of a filter: of the first layer,
MASKED = (2, 3)  # and in the blocks
RANGE = (0, 1)
LABELS = False
TOLERANCE = 5e-3  # rounding may tip a pixel over, and those after it then go another way
OWN_TOLERANCE = 0.05
CHECKED_STEPS = 3


def noise(batch):
    """What so many images are drawn from."""
    return {"u": Draw("uniform", (batch, INPUT_DIM))}


NOISE = noise(BATCH_SIZE)


def _filters():
    """Shapes of the filters by name."""
    wide, narrow = CHANNELS, CHANNELS // 2
    shapes = {"W_first": (wide, 1, *FIRST)}
    for k in range(1, BLOCKS + 1):
        shapes["W_narrow%d" % k] = (narrow, wide, 1, 1)
        shapes["W_masked%d" % k] = (narrow, narrow, *MASKED)
        shapes["W_wide%d" % k] = (wide, narrow, 1, 1)
    for name, above in (("W_last1", wide), ("W_last2", wide), ("W_logits", 1)):
        shapes[name] = (above, wide, 1, 1)
    return shapes


GEMMS = [
    Gemm(BATCH_SIZE * INPUT_DIM, int(np.prod(shape[1:])), shape[0], False, True)
    for shape in _filters().values()
]


def seen(name):
    """Which taps of a filter count, float32 ``(rows, columns)``."""
    rows, columns = _filters()[name][2:]
    mask = np.ones((rows, columns), "float32")
    mask[-1, columns // 2 + (name != "W_first") :] = 0
    return mask


def initial_parameters(rng):
    """Filters uniform in ``+-sqrt(3 / fan in)``; zero biases."""
    parameters = {}
    for name, shape in _filters().items():
        bound = np.sqrt(3.0 / np.prod(shape[1:]))
        parameters[name] = uniform(rng, bound, shape)
        parameters["b" + name[1:]] = zeros(shape[0])
    return parameters
