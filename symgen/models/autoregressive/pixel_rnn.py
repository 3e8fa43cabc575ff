"""PixelRNN: LSTMs that go through an image by its rows, or by its diagonals.

References
----------
A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML. Sections
3.1 and 3.2: the two LSTMs; 3.3 and figure 5: the residual connections; table 1: the layers.
"""

from types import MappingProxyType

import pytensor.tensor as pt

from symgen.layers import DiagonalBiLSTM, MaskedConv2D, RowLSTM
from symgen.models.autoregressive.images import Feature, odd
from symgen.models.autoregressive.residual import ResidualImages
from symgen.models.validation import positive_int


class PixelRNN(ResidualImages):
    """What both kinds share: an LSTM makes of the stream's channels half as many, one tap as many again.

    A kind defines ``_lstm(units, **options)``, its layer.

    Parameters
    ----------
    n_layers : int
        LSTMs.
    """

    training = MappingProxyType({"optimizer": "rmsprop", "learning_rate": 1e-3, "batch_size": 16})

    def __init__(self, input_dim, image_shape, channels, n_layers, first_filter_size, seed, dtype):
        self.n_layers = positive_int(n_layers, "n_layers")
        super().__init__(
            input_dim, image_shape, channels, self.n_layers, first_filter_size, seed, dtype
        )

    @property
    def units(self):
        """Of each LSTM."""
        return self.channels // 2

    def _block(self, k, options):
        lstm = self._lstm(self.units, name=f"layer.{k}", **options)
        return lstm, MaskedConv2D(self.units, self.channels, 1, "B", name=f"layer.{k}.wide", **options)

    def _added(self, block, h):
        lstm, wide = block
        return wide(lstm(h))


class RowPixelRNN(PixelRNN):
    """PixelRNN of Row LSTMs.

    A pixel sees, beside what the first convolution sees, in each layer a triangle of the rows above:
    not all that comes before, unless there are many layers; but a row is worked out at once. Arguments
    and errors, beside these: :class:`~symgen.models.autoregressive.residual.ResidualImages`, where
    ``n_blocks`` are the `n_layers`.

    Parameters
    ----------
    filter_size : int
        Columns of the LSTMs' windows, odd, at least 3.
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

    def _lstm(self, units, **options):
        return RowLSTM(self.channels, units, self.filter_size, **options)

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
        for k, (lstm, _) in enumerate(self.blocks):
            _, h, c = above[1 + 3 * k : 4 + 3 * k]
            known += [lstm.from_above(_line(h)), _line(c)]
        return known, states

    def at_pixel(self, known, left):
        """One pixel: the layers of :meth:`image_logits`, on what is kept."""
        stream, features = self.first.at_pixel(known[0], left[0]), []
        for k, (lstm, wide) in enumerate(self.blocks):
            from_above, c_above = known[1 + 2 * k : 3 + 2 * k]
            h, c = lstm.at_pixel(from_above, c_above, left[1 + 3 * k], stream)
            features += [stream, h, c]
            stream = stream + wide.at_pixel(wide.b, None, h)
        return self._logit(stream), features


class DiagonalPixelRNN(PixelRNN):
    """PixelRNN of Diagonal BiLSTMs, which see every pixel that comes before but one.

    Mask A keeps the last pixel of a row out of all features of that row. So the next row, which
    learns of the one above from its features, sees that pixel only as far as the first filters
    reach; all rows below that one see it. Arguments and errors, beside ``n_layers``:
    :class:`~symgen.models.autoregressive.residual.ResidualImages`.
    """

    name = "pixel_rnn_diagonal"

    def __init__(
        self, input_dim, image_shape=None, channels=32, n_layers=3, first_filter_size=7, seed=0, dtype=None
    ):
        super().__init__(input_dim, image_shape, channels, n_layers, first_filter_size, seed, dtype)

    def _lstm(self, units, **options):
        return DiagonalBiLSTM(self.channels, units, **options)

    @property
    def features(self):
        """The image, and of each BiLSTM its input and the left one's output and cell."""
        units = self.units
        of_layer = [Feature(self.channels, above=1), Feature(units, 1, 1), Feature(units, left=1)]
        return [Feature(1, self.first.above, self.first.left), *of_layer * self.n_layers]

    def row_states(self, n):
        """1 once there is a row above, and what the LSTMs from the right made of the last row."""
        shape = (self.image_shape[1], n, self.units)
        outputs = [pt.zeros(shape, dtype=self.dtype) for _ in self.blocks]
        return [pt.zeros((1,), dtype=self.dtype), *outputs]

    def begin_row(self, above, states):
        """The LSTMs from the right along the row above, and what the others get from there."""
        began, *before = states
        known, after = [self.first.from_rows(above[0])], []
        for k, (lstm, _) in enumerate(self.blocks):
            stream, h, _ = above[1 + 3 * k : 4 + 3 * k]
            right = lstm.right.along_row(_line(stream)[::-1], before[k][::-1])[::-1]
            after.append(right * began)
            known += [lstm.left.from_above(_line(h)), after[-1]]
        return known, [pt.ones_like(began), *after]

    def at_pixel(self, known, left):
        """One pixel: the layers of :meth:`image_logits`, on what is kept."""
        stream, features = self.first.at_pixel(known[0], left[0]), []
        for k, (lstm, wide) in enumerate(self.blocks):
            from_above, right = known[1 + 2 * k : 3 + 2 * k]
            _, h, c = left[1 + 3 * k : 4 + 3 * k]
            h, c = lstm.left.at_pixel(from_above, h[:, :, 0], c[:, :, 0], stream)
            features += [stream, h, c]
            stream = stream + wide.at_pixel(wide.b, None, h + right)
        return self._logit(stream), features


def _line(rows):
    """The last row, from (n, channels, rows, columns) to (columns, n, channels)."""
    return rows[:, :, -1].dimshuffle(2, 0, 1)
