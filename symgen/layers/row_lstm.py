"""The Row LSTM: from the top of an image to its bottom, a row at a time."""

from symgen.errors import RangeError
from symgen.initializers import glorot_uniform
from symgen.layers.dense import Dense
from symgen.layers.line_lstm import lines, lstm, products, window
from symgen.layers.masked_conv2d import MaskedConv2D
from symgen.layers.parameters import dimension


class RowLSTM:
    """``(o, f, i, g) = K_ss * h_above + K_is * x + b``, an LSTM step from row to row.

    With the window ``K_ss`` of the row above and the window ``K_is`` of mask B of the row itself, a
    pixel sees itself, the pixels to its left within the window, and above these a triangle that
    grows by half a window each row on both sides.

    Parameters
    ----------
    input_channels, output_channels : int >= 1
    filter_size : int
        Columns of both windows, odd, at least 3.
    W : str or callable
        A name of ``symgen.initializers.INITIALIZERS``, or an initializer, of both windows.
    rng, name, dtype
        As for :class:`symgen.layers.Dense`.

    Attributes
    ----------
    input_to_state : MaskedConv2D
        ``K_is`` and the bias.
    state_to_state : Dense
        ``K_ss``: from the window, its columns from the left, to the four gates.

    Raises
    ------
    RangeError
        A size below 1, or a window with an even number of columns or of less than 3.
    DtypeError
        A size that is not an integer, or ``rng`` is not a generator.

    References
    ----------
    A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML.
    Section 3.1 and equation 3.

    Examples
    --------
    >>> import numpy as np
    >>> RowLSTM(32, 16, 3, rng=np.random.default_rng(1))
    RowLSTM(32 -> 16, 3 columns, name='row_lstm')
    """

    def __init__(
        self, input_channels, output_channels, filter_size, W=glorot_uniform, *, rng, name="row_lstm",
        dtype=None,
    ):  # fmt: skip
        self.input_channels = dimension(input_channels, "input_channels")
        self.output_channels = dimension(output_channels, "output_channels")
        self.filter_size = dimension(filter_size, "filter_size")
        if self.filter_size % 2 == 0 or self.filter_size < 3:
            raise RangeError(
                "filter_size to be odd, at least 3: a column in the middle and some around it",
                repr(filter_size),
                "Take one more or one less.",
            )
        self.name, self.side, gates = name, self.filter_size // 2, 4 * self.output_channels
        options = {"W": W, "rng": rng, "dtype": dtype}
        self.input_to_state = MaskedConv2D(
            self.input_channels, gates, (1, self.filter_size), "B",
            name=f"{name}.input_to_state", **options,
        )  # fmt: skip
        self.state_to_state = Dense(
            self.filter_size * self.output_channels, gates, b=None, name=f"{name}.state_to_state", **options
        )

    @property
    def params(self):
        """Shared variables that training changes."""
        return [*self.input_to_state.params, *self.state_to_state.params]

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
        a = self.input_to_state(x).dimshuffle(2, 3, 0, 1)
        return lines(a, self.state_to_state.W, self.side, self.side).dimshuffle(2, 3, 0, 1)

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
        seen = window(h, self.side, self.side)
        return products(seen, self.state_to_state.W) + self.input_to_state.b

    def at_pixel(self, from_above, c_above, left, here):
        """Output and cell at one pixel.

        Parameters
        ----------
        from_above : variable, shape (batch, 4 * output_channels)
            See :meth:`from_above`.
        c_above : variable, shape (batch, output_channels)
            The cell of the pixel above.
        left : variable, shape (batch, input_channels, filter_size // 2)
            The input to the left, nearest last.
        here : variable, shape (batch, input_channels)

        Returns
        -------
        (h, c) : variables of shape (batch, output_channels)
        """
        return lstm(self.input_to_state.at_pixel(from_above, left, here), c_above)

    def __repr__(self):
        sizes = f"{self.input_channels} -> {self.output_channels}, {self.filter_size} columns"
        return f"RowLSTM({sizes}, name={self.name!r})"
