"""PixelRNN: LSTMs that go through an image by its rows, or by its diagonals.

References
----------
A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML. Sections
3.1 and 3.2: the two LSTMs; 3.3 and figure 5: the residual connections; table 1: the layers.
"""

from functools import partial
from types import MappingProxyType

import numpy as np
import pytensor.tensor as pt

from symgen import config
from symgen.activations import relu
from symgen.layers import DiagonalBiLSTM, MaskedConv2D, RowLSTM
from symgen.models.autoregressive.images import AutoregressiveImages, Feature, even, odd
from symgen.models.validation import image_shape_of, positive_int


class PixelRNN(AutoregressiveImages):
    """What both kinds share: a convolution of mask A, LSTMs, two layers of one tap, and the logits.

    An LSTM makes of the residual stream's channels half as many; one tap makes them as many again,
    which are added to the stream. A kind defines ``_lstm(channels, units, **options)``, its layer.
    """

    training = MappingProxyType({"optimizer": "rmsprop", "learning_rate": 1e-3, "batch_size": 16})

    def __init__(self, input_dim, image_shape, channels, n_layers, first_filter_size, seed, dtype):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.image_shape = image_shape_of(image_shape, self.input_dim)
        self.channels = even(channels, "channels")
        self.n_layers = positive_int(n_layers, "n_layers")
        self.first_filter_size = odd(first_filter_size, "first_filter_size")
        self.seed, self.dtype = seed, dtype or config.floatx()
        rng, wide, self.units = np.random.default_rng(seed), self.channels, self.channels // 2
        layer = partial(MaskedConv2D, rng=rng, dtype=self.dtype)
        self.first = layer(1, wide, self.first_filter_size, "A", name="first")
        self.layers = [
            (
                self._lstm(wide, self.units, rng=rng, name=f"layer.{k}", dtype=self.dtype),
                layer(self.units, wide, 1, "B", name=f"layer.{k}.wide"),
            )
            for k in range(self.n_layers)
        ]
        self.last = [
            layer(wide, wide, 1, "B", "relu", name="last.0"),
            layer(wide, wide, 1, "B", "relu", name="last.1"),
            layer(wide, 1, 1, "B", name="logits"),
        ]

    @property
    def params(self):
        """Shared variables that training changes."""
        layers = [self.first, *(layer for pair in self.layers for layer in pair), *self.last]
        return [param for layer in layers for param in layer.params]

    def image_logits(self, x):
        """Logits of images, from (batch, 1, rows, columns) to the same shape."""
        h = self.first(x)
        for lstm, wide in self.layers:
            h = h + wide(lstm(h))
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


class RowPixelRNN(PixelRNN):
    """PixelRNN of Row LSTMs.

    A pixel sees, beside what the first convolution sees, in each layer a triangle of the rows above:
    not all that comes before, unless there are many layers; but a row is worked out at once.

    Parameters
    ----------
    input_dim : int
        Pixels of an image.
    image_shape : (int, int), optional
        Rows and columns; by default those of a square.
    channels : int
        Channels of the residual stream, even; an LSTM has half of them.
    n_layers : int
        LSTMs.
    filter_size : int
        Columns of the LSTMs' windows, odd, at least 3.
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

    name = "pixel_rnn_row"

    def __init__(
        self,
        input_dim,
        image_shape=None,
        channels=32,
        n_layers=3,
        filter_size=3,
        first_filter_size=7,
        seed=0,
        dtype=None,
    ):
        self.filter_size = odd(filter_size, "filter_size")
        super().__init__(input_dim, image_shape, channels, n_layers, first_filter_size, seed, dtype)

    def _lstm(self, channels, units, **options):
        return RowLSTM(channels, units, self.filter_size, **options)

    @property
    def features(self):
        """The image, and of each LSTM its input, output and cell (see :mod:`~.images`)."""
        side, units = self.filter_size // 2, self.units
        of_layer = [Feature(self.channels, left=side), Feature(units, above=1), Feature(units, above=1)]
        return [Feature(1, self.first.above, self.first.left), *of_layer * self.n_layers]

    def row_states(self, n):
        """None."""
        return []

    def begin_row(self, above, states):
        """What the rows above add in the first convolution and the gates, and the cells above."""
        known = [self.first.from_rows(above[0])]
        for k, (lstm, _) in enumerate(self.layers):
            _, h, c = above[1 + 3 * k : 4 + 3 * k]
            known += [lstm.from_above(_line(h)), _line(c)]
        return known, states

    def at_pixel(self, known, left):
        """One pixel: the layers of :meth:`image_logits`, on what is kept."""
        stream, features = self.first.at_pixel(known[0], left[0]), []
        for k, (lstm, wide) in enumerate(self.layers):
            from_above, c_above = known[1 + 2 * k : 3 + 2 * k]
            h, c = lstm.at_pixel(from_above, c_above, left[1 + 3 * k], stream)
            features += [stream, h, c]
            stream = stream + wide.at_pixel(wide.b, None, h)
        return self._logit(stream), features


class DiagonalPixelRNN(PixelRNN):
    """PixelRNN of Diagonal BiLSTMs, which see every pixel that comes before but one.

    Mask A keeps the last pixel of a row out of all features of that row. So the next row, which
    learns of the one above from its features, sees that pixel only as far as the first filters
    reach; all rows below that one see it.

    Parameters
    ----------
    input_dim : int
        Pixels of an image.
    image_shape : (int, int), optional
        Rows and columns; by default those of a square.
    channels : int
        Channels of the residual stream, even; an LSTM has half of them in each direction.
    n_layers : int
        Diagonal BiLSTMs.
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

    name = "pixel_rnn_diagonal"

    def __init__(
        self, input_dim, image_shape=None, channels=32, n_layers=3, first_filter_size=7, seed=0, dtype=None
    ):
        super().__init__(input_dim, image_shape, channels, n_layers, first_filter_size, seed, dtype)

    def _lstm(self, channels, units, **options):
        return DiagonalBiLSTM(channels, units, **options)

    @property
    def features(self):
        """The image, and of each BiLSTM its input and the left one's output and cell."""
        units = self.units
        of_layer = [Feature(self.channels, above=1), Feature(units, 1, 1), Feature(units, left=1)]
        return [Feature(1, self.first.above, self.first.left), *of_layer * self.n_layers]

    def row_states(self, n):
        """1 once there is a row above, and what the LSTMs from the right made of the last row."""
        shape = (self.image_shape[1], n, self.units)
        outputs = [pt.zeros(shape, dtype=self.dtype) for _ in self.layers]
        return [pt.zeros((1,), dtype=self.dtype), *outputs]

    def begin_row(self, above, states):
        """The LSTMs from the right along the row above, and what the others get from there."""
        began, *before = states
        known, after = [self.first.from_rows(above[0])], []
        for k, (lstm, _) in enumerate(self.layers):
            stream, h, _ = above[1 + 3 * k : 4 + 3 * k]
            right = lstm.right.along_row(_line(stream)[::-1], before[k][::-1])[::-1]
            after.append(right * began)
            known += [lstm.left.from_above(_line(h)), after[-1]]
        return known, [pt.ones_like(began), *after]

    def at_pixel(self, known, left):
        """One pixel: the layers of :meth:`image_logits`, on what is kept."""
        stream, features = self.first.at_pixel(known[0], left[0]), []
        for k, (lstm, wide) in enumerate(self.layers):
            from_above, right = known[1 + 2 * k : 3 + 2 * k]
            _, h, c = left[1 + 3 * k : 4 + 3 * k]
            h, c = lstm.left.at_pixel(from_above, h[:, :, 0], c[:, :, 0], stream)
            features += [stream, h, c]
            stream = stream + wide.at_pixel(wide.b, None, h + right)
        return self._logit(stream), features


def _line(rows):
    """The last row, from (n, channels, rows, columns) to (columns, n, channels)."""
    return rows[:, :, -1].dimshuffle(2, 0, 1)
