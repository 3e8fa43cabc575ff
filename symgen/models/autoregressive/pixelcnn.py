"""PixelCNN: masked convolutions, all pixels' conditionals in one pass.

References
----------
A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML. Section
3.4: the masks; 3.5 and figure 5: the residual block; table 1: the layers.
"""

from types import MappingProxyType

from symgen.activations import relu
from symgen.layers import MaskedConv2D
from symgen.models.autoregressive.images import Feature, odd
from symgen.models.autoregressive.residual import ResidualImages
from symgen.models.validation import positive_int


class PixelCNN(ResidualImages):
    """A convolution of mask A, residual blocks of mask B, two layers of one tap, and the logits.

    A block adds to its input what relu, one tap to half the channels, relu, `filter_size` taps of
    mask B, relu and one tap back make of it. Its stack of masked filters has a blind spot: pixels
    above to the right that no chain of windows reaches (see :class:`GatedPixelCNN`).

    Arguments and errors, beside these: :class:`~symgen.models.autoregressive.residual.ResidualImages`.

    Parameters
    ----------
    n_blocks : int
        Residual blocks.
    filter_size : int
        Rows and columns of the blocks' filters, odd, at least 3.
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
        self.n_blocks = positive_int(n_blocks, "n_blocks")
        self.filter_size = odd(filter_size, "filter_size")
        super().__init__(
            input_dim, image_shape, channels, self.n_blocks, first_filter_size, seed, dtype
        )

    def _block(self, k, options):
        wide, narrow, name = self.channels, self.channels // 2, f"block.{k}"
        return (
            MaskedConv2D(wide, narrow, 1, "B", "relu", name=f"{name}.narrow", **options),
            MaskedConv2D(narrow, narrow, self.filter_size, "B", "relu", name=f"{name}.masked", **options),
            MaskedConv2D(narrow, wide, 1, "B", name=f"{name}.wide", **options),
        )

    def _added(self, block, h):
        narrow, masked, wide = block
        return wide(masked(narrow(relu(h))))

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
        return self._logit(h), features
