"""What PixelCNN and PixelRNN share: a stream of channels that blocks add to.

References
----------
A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML. Section
3.3 and figure 5: the residual connections; 3.4: the masks; table 1: the layers.
"""

import numpy as np

from symgen import config
from symgen.activations import relu
from symgen.layers import MaskedConv2D
from symgen.models.autoregressive.images import AutoregressiveImages, even, odd
from symgen.models.validation import image_shape_of, positive_int


class ResidualImages(AutoregressiveImages):
    """A convolution of mask A, blocks that add to its output, two layers of one tap, and the logits.

    A kind defines ``_block(k, options)``, the layers of its ``k``-th block, where `options` are the
    ``rng`` and ``dtype`` of layers, and ``_added(block, h)``, what a block adds to the stream `h`.

    Parameters
    ----------
    input_dim : int
        Pixels of an image.
    image_shape : (int, int), optional
        Rows and columns; by default those of a square.
    channels : int
        Channels of the residual stream, even; a block works on half of them.
    n_blocks : int
        Blocks: the residual ones, or the LSTMs.
    first_filter_size : int
        Rows and columns of the first convolution's filters, odd, at least 3.
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

    def __init__(self, input_dim, image_shape, channels, n_blocks, first_filter_size, seed, dtype):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.image_shape = image_shape_of(image_shape, self.input_dim)
        self.channels = even(channels, "channels")
        self.first_filter_size = odd(first_filter_size, "first_filter_size")
        self.seed, self.dtype = seed, dtype or config.floatx()
        options, wide = {"rng": np.random.default_rng(seed), "dtype": self.dtype}, self.channels
        self.first = MaskedConv2D(1, wide, self.first_filter_size, "A", name="first", **options)
        self.blocks = [self._block(k, options) for k in range(n_blocks)]
        self.last = [
            MaskedConv2D(wide, wide, 1, "B", "relu", name="last.0", **options),
            MaskedConv2D(wide, wide, 1, "B", "relu", name="last.1", **options),
            MaskedConv2D(wide, 1, 1, "B", name="logits", **options),
        ]

    @property
    def params(self):
        """Shared variables that training changes."""
        layers = [self.first, *(layer for block in self.blocks for layer in block), *self.last]
        return [param for layer in layers for param in layer.params]

    def image_logits(self, x):
        """Logits of images, from (batch, 1, rows, columns) to the same shape."""
        h = self.first(x)
        for block in self.blocks:
            h = h + self._added(block, h)
        h = relu(h)
        for layer in self.last:
            h = layer(h)
        return h

    def _logit(self, h):
        """The last layers at one pixel: from the residual stream, (n, channels), to (n,)."""
        h = relu(h)
        for layer in self.last:
            h = layer.at_pixel(layer.b, None, h)
        return h[:, 0]
