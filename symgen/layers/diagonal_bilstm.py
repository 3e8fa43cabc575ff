"""The Diagonal BiLSTM: from both upper corners of an image, a diagonal at a time."""

import pytensor.tensor as pt

from symgen.initializers import glorot_uniform
from symgen.layers.dense import Dense
from symgen.layers.line_lstm import lines, lstm, products, skew, unskew
from symgen.layers.masked_conv2d import MaskedConv2D
from symgen.layers.parameters import dimension


class DiagonalBiLSTM:
    """Two LSTMs, one that comes from the upper left corner, one from the upper right.

    The first is, at each pixel, ``(o, f, i, g) = K_above h_above + K_beside h_beside + K_is x + b``
    and an LSTM step whose cell comes from the pixel to the left: its output has seen everything
    above up to its own column, and to the left. The second is the same from the right; its output
    is moved down by one row before the two are added, so that it tells of the rows above alone.
    Together they have seen every pixel before, and the pixel itself, and nothing after.

    The map is skewed, row ``r`` by ``r`` columns to the right, so that the pixels of a diagonal,
    which do not depend on each other, lie in one column, and worked out a column at a time.

    Parameters
    ----------
    input_channels, output_channels : int >= 1
    W : str or callable
        A name of ``symgen.initializers.INITIALIZERS``, or an initializer, of all weights.
    rng, name, dtype
        As for :class:`symgen.layers.Dense`.

    Attributes
    ----------
    left, right : DiagonalLSTM
        By where they come from.

    Raises
    ------
    RangeError
        A size below 1.
    DtypeError
        A size that is not an integer, or ``rng`` is not a generator.

    References
    ----------
    A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML.
    Section 3.2, figure 3 and equation 3.

    Examples
    --------
    >>> import numpy as np
    >>> DiagonalBiLSTM(32, 16, rng=np.random.default_rng(1))
    DiagonalBiLSTM(32 -> 16, name='diagonal_bilstm')
    """

    def __init__(
        self, input_channels, output_channels, W=glorot_uniform, *, rng, name="diagonal_bilstm", dtype=None
    ):
        self.input_channels = dimension(input_channels, "input_channels")
        self.output_channels = dimension(output_channels, "output_channels")
        self.name = name
        self.left, self.right = (
            DiagonalLSTM(self.input_channels, self.output_channels, W, rng, f"{name}.{side}", dtype)
            for side in ("left", "right")
        )

    @property
    def params(self):
        """Shared variables that training changes."""
        return [*self.left.params, *self.right.params]

    def __call__(self, x):
        """Output for a minibatch.

        Parameters
        ----------
        x : variable, shape (batch, input_channels, rows, columns)

        Returns
        -------
        variable, shape (batch, output_channels, rows, columns)

        Raises
        ------
        ShapeError, DtypeError
            As for :class:`symgen.layers.Dense`.
        """
        right = self.right(x[:, :, :, ::-1])[:, :, :, ::-1]
        above = pt.concatenate([pt.zeros_like(right[:, :, :1]), right[:, :, :-1]], axis=2)
        return self.left(x) + above

    def __repr__(self):
        return f"DiagonalBiLSTM({self.input_channels} -> {self.output_channels}, name={self.name!r})"


class DiagonalLSTM:
    """One direction of :class:`DiagonalBiLSTM`: from the upper left corner.

    Attributes
    ----------
    input_to_state : MaskedConv2D
        ``K_is``, one tap, and the bias.
    state_to_state : Dense
        ``K_above`` and below it ``K_beside``.
    """

    def __init__(self, input_channels, output_channels, W, rng, name, dtype):
        self.output_channels, gates = output_channels, 4 * output_channels
        options = {"W": W, "rng": rng, "dtype": dtype}
        self.input_to_state = MaskedConv2D(
            input_channels, gates, 1, "B", name=f"{name}.input_to_state", **options
        )
        self.state_to_state = Dense(
            2 * output_channels, gates, b=None, name=f"{name}.state_to_state", **options
        )

    @property
    def params(self):
        """Shared variables that training changes."""
        return [*self.input_to_state.params, *self.state_to_state.params]

    def __call__(self, x):
        """Output, shape (batch, output_channels, rows, columns).

        Beside the image the skewed map is 0, without the bias; so ``g`` is 0 there, and ``c`` and
        ``h`` stay so until the first pixel of the row.
        """
        a = self.input_to_state(x).dimshuffle(2, 3, 0, 1)
        columns = a.type.shape[1] or a.shape[1]
        h = lines(skew(a).dimshuffle(1, 0, 2, 3), self.state_to_state.W, 1, 0)
        return unskew(h.dimshuffle(1, 0, 2, 3), columns).dimshuffle(2, 3, 0, 1)

    def from_above(self, h):
        """What the row above and the bias add to ``o, f, i, g`` of each pixel of a row.

        Parameters
        ----------
        h : variable, shape (columns, batch, output_channels)
            Output of the row above; 0 above the first row.

        Returns
        -------
        variable, shape (columns, batch, 4 * output_channels)
        """
        return products(h, self.state_to_state.W[: self.output_channels]) + self.input_to_state.b

    def along_row(self, x, h_above):
        """Output of a whole row, one pixel after the other.

        Parameters
        ----------
        x : variable, shape (columns, batch, input_channels)
        h_above : variable, shape (columns, batch, output_channels)
            Output of the row above; 0 above the first row.

        Returns
        -------
        variable, shape (columns, batch, output_channels)
        """
        a = self.from_above(h_above) + products(x, self.input_to_state.weights[:, :, 0, 0].T)
        beside = self.state_to_state.W[self.output_channels :]
        return lines(a.dimshuffle(0, "x", 1, 2), beside, 0, 0)[:, 0]

    def at_pixel(self, from_above, h_left, c_left, here):
        """Output and cell at one pixel.

        Parameters
        ----------
        from_above : variable, shape (batch, 4 * output_channels)
            See :meth:`from_above`.
        h_left, c_left : variables, shape (batch, output_channels)
            Output and cell of the pixel to the left.
        here : variable, shape (batch, input_channels)

        Returns
        -------
        (h, c) : variables of shape (batch, output_channels)
        """
        a = self.input_to_state.at_pixel(from_above, None, here)
        return lstm(a + pt.dot(h_left, self.state_to_state.W[self.output_channels :]), c_left)
