"""PixelCNN: masked convolutions, all pixels' conditionals in one pass.

References
----------
A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML. Section
3.4: the masks; 3.5 and figure 5: the residual block; table 1: the layers.
"""

from functools import partial
from types import MappingProxyType

import numpy as np

from symgen import config
from symgen.activations import relu
from symgen.errors import RangeError
from symgen.layers import MaskedConv2D
from symgen.models.autoregressive.images import AutoregressiveImages, Feature, even, odd
from symgen.models.validation import image_shape_of, positive_int


class PixelCNN(AutoregressiveImages):
    """A convolution of mask A, residual blocks of mask B, two layers of one tap, and the logits.

    A block adds to its input what relu, one tap to half the channels, relu, `filter_size` taps of
    mask B, relu and one tap back make of it. Its stack of masked filters has a blind spot: pixels
    above to the right that no chain of windows reaches (see :class:`GatedPixelCNN`).

    Parameters
    ----------
    input_dim : int
        Pixels of an image.
    image_shape : (int, int), optional
        Rows and columns; by default those of a square.
    channels : int
        Channels of the residual stream, even; a block works on half of them.
    n_blocks : int
        Residual blocks.
    filter_size : int
        Rows and columns of the blocks' filters, odd, at least 3.
    first_filter_size : int
        Rows and columns of the first layer's filters, odd, at least 3.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For a size below 1, an even filter size or one below 3, an odd number of channels.
    ShapeError
        For an image_shape that has not `input_dim` pixels.
    """

    name = "pixelcnn"
    training = MappingProxyType({"optimizer": "adam", "learning_rate": 1e-3, "batch_size": 64})

    def __init__(
        self,
        input_dim,
        image_shape=None,
        channels=32,
        n_blocks=5,
        filter_size=3,
        first_filter_size=7,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.image_shape = image_shape_of(image_shape, self.input_dim)
        self.channels = even(channels, "channels")
        self.n_blocks = positive_int(n_blocks, "n_blocks")
        self.filter_size = odd(filter_size, "filter_size")
        self.first_filter_size = odd(first_filter_size, "first_filter_size")
        self.seed, self.dtype = seed, dtype or config.floatx()
        layer = partial(MaskedConv2D, rng=np.random.default_rng(seed), dtype=self.dtype)

        wide, narrow = self.channels, self.channels // 2
        self.first = layer(1, wide, self.first_filter_size, "A", name="first")
        self.blocks = [
            (
                layer(wide, narrow, 1, "B", "relu", name=f"block.{k}.narrow"),
                layer(narrow, narrow, self.filter_size, "B", "relu", name=f"block.{k}.masked"),
                layer(narrow, wide, 1, "B", name=f"block.{k}.wide"),
            )
            for k in range(self.n_blocks)
        ]
        self.last = [
            layer(wide, wide, 1, "B", "relu", name="last.0"),
            layer(wide, wide, 1, "B", "relu", name="last.1"),
            layer(wide, 1, 1, "B", name="logits"),
        ]

    @property
    def params(self):
        """Shared variables that training changes."""
        layers = [self.first, *(layer for block in self.blocks for layer in block), *self.last]
        return [param for layer in layers for param in layer.params]

    def image_logits(self, x):
        """Logits of images, from (batch, 1, rows, columns) to the same shape."""
        h = self.first(x)
        for narrow, masked, wide in self.blocks:
            h = h + wide(masked(narrow(relu(h))))
        h = relu(h)
        for layer in self.last:
            h = layer(h)
        return h

    @property
    def features(self):
        """The image, and what each block's filters look at (see :mod:`~.images`)."""
        blocks = [Feature(m.input_channels, m.above, m.left) for _, m, _ in self.blocks]
        return [Feature(1, self.first.above, self.first.left), *blocks]

    def row_states(self, n):
        """None."""
        return []

    def begin_row(self, above, states):
        """What the rows above add in each masked layer."""
        layers = [self.first, *(masked for _, masked, _ in self.blocks)]
        return [layer.from_rows(rows) for layer, rows in zip(layers, above, strict=True)], []

    def at_pixel(self, known, left):
        """One pixel: the layers of :meth:`image_logits`, on what is kept."""
        h, features = self.first.at_pixel(known[0], left[0]), []
        for (narrow, masked, wide), rows, past in zip(self.blocks, known[1:], left[1:], strict=True):
            here = narrow.at_pixel(narrow.b, None, relu(h))
            features.append(here)
            h = h + wide.at_pixel(wide.b, None, masked.at_pixel(rows, past, here))
        h = relu(h)
        for layer in self.last:
            h = layer.at_pixel(layer.b, None, h)
        return h[:, 0], features
