"""The convolution that sees only pixels that come before, in the order of reading.

An image is read row by row, each from the left. A filter of ``k`` rows and columns, odd, sees of this
past what is within its window; the half of it that lies in the future is not even stored, and the
rest of the pixel's own row is masked.

References
----------
A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. ICML.
Section 3.4: the masks A and B.
A. van den Oord et al. (2016). Conditional image generation with PixelCNN decoders. NeurIPS. Section
2.2: the vertical stack, which sees whole rows.
"""

import numpy as np
import pytensor.tensor as pt

from symgen import config
from symgen.activations import ACTIVATIONS
from symgen.errors import RangeError, look_up
from symgen.initializers import glorot_uniform, zeros
from symgen.layers.parameters import checked_input, dimension, dimensions, parameter, resolve
from symgen.ops.conv import conv2d

# mask: (whether anything of the pixel's own row is seen, the first column there that is not,
# counted from the pixel; None where all are)
MASKS = {"A": (True, 0), "B": (True, 1), "rows_above": (False, None), "rows": (True, None)}


class MaskedConv2D:
    """Convolution over the past of each pixel: ``activation((W * mask) * x + b)``.

    Parameters
    ----------
    input_channels, output_channels : int >= 1
    filter_shape : int or pair of int
        Rows and columns of the window around the pixel, odd. Of the rows, those below are not seen.
    mask : {"A", "B", "rows_above", "rows"}
        Seen beside the rows above: the pixels to the left (A), these and the pixel (B), nothing,
        or the whole row of the pixel.
    activation, W, b, rng, name, dtype
        As for :class:`symgen.layers.Dense`.

    Attributes
    ----------
    W : shared variable, shape (output_channels, input_channels, rows, columns)
        Rows from the uppermost down to the last that is seen. Where `mask` leaves nothing of the
        rows above, and of a window of one row, only the columns that can be seen.
    b : shared variable, shape (output_channels,)

    Raises
    ------
    RangeError
        A window with an even number of rows or columns, or one that sees nothing.
    UnknownNameError
        A mask, activation or initializer that there is none of.
    DtypeError, ShapeError
        As for :class:`symgen.layers.Dense`.

    Examples
    --------
    >>> layer = MaskedConv2D(1, 32, 7, "A", "relu", rng=np.random.default_rng(1))
    >>> layer
    MaskedConv2D(1 -> 32, 7x7, mask A, relu, name='masked_conv2d')
    >>> layer.W.get_value().shape
    (32, 1, 4, 7)
    """

    def __init__(
        self,
        input_channels,
        output_channels,
        filter_shape,
        mask,
        activation="linear",
        W=glorot_uniform,
        b=zeros,
        *,
        rng,
        name="masked_conv2d",
        dtype=None,
    ):
        self.input_channels = dimension(input_channels, "input_channels")
        self.output_channels = dimension(output_channels, "output_channels")
        self.filter_shape = dimensions(filter_shape, "filter_shape", 2)
        if any(size % 2 == 0 for size in self.filter_shape):
            raise RangeError(
                "a filter with an odd number of rows and columns, so that it has a pixel in its middle",
                f"{self.filter_shape}",
                "Take one more or one less.",
            )
        self.mask = mask
        own_row, own_columns = look_up("mask", mask, MASKS)
        self.activation = resolve("activation", activation, ACTIVATIONS)
        self.name = name
        dtype = dtype or config.floatx()

        self.above, self.left = (size // 2 for size in self.filter_shape)
        rows, columns = self.above + own_row, self.filter_shape[1]
        seen = columns if own_columns is None else self.left + own_columns
        if self.above == 0:
            columns = seen  # nothing right of the pixel is seen in any row
        if rows * columns == 0:
            raise RangeError(
                f"a window that holds something that mask {mask!r} leaves",
                f"{self.filter_shape}",
                "Take a larger window, or mask 'B'.",
            )
        kept = np.ones((rows, columns), dtype)
        if own_row:
            kept[-1, seen:] = 0
        self._kept = None if kept.all() else pt.constant(kept)
        shape = (self.output_channels, self.input_channels, rows, columns)
        self.W = parameter(f"{name}.W", W, shape, rng, dtype)
        self.b = parameter(f"{name}.b", b, shape[:1], rng, dtype)
        # Zeros around the image; -1 where its last row or column is not looked at.
        self._below, self._right = rows - 1 - self.above, columns - 1 - self.left

    @property
    def params(self):
        """``[W, b]``."""
        return [self.W, self.b]

    @property
    def weights(self):
        """What the pixels are multiplied by: ``W * mask``, shape of ``W``."""
        return self.W if self._kept is None else self.W * self._kept

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
        shape = ("batch", self.input_channels, "rows", "columns")
        remedy = "Make images of the rows with Reshape, or the layer for these channels."
        x = checked_input(x, shape, self, self.W.dtype, remedy)
        if self._below < 0:
            x = x[:, :, :-1]
        if self._right < 0:
            x = x[:, :, :, :-1]
        border = ((self.above, max(self._below, 0)), (self.left, max(self._right, 0)))
        output = conv2d(x, self.weights, border_mode=border, filter_flip=False)
        return self.activation(output + self.b.dimshuffle("x", 0, "x", "x"))

    def from_rows(self, x):
        """Before the activation, what the rows of `x` add to the row that lies at their end.

        Parameters
        ----------
        x : variable, shape (batch, input_channels, rows, columns)
            As many rows as ``W`` has, or, for a mask that sees a part of the pixel's own row, the
            :attr:`above` rows over it.

        Returns
        -------
        variable, shape (columns, batch, output_channels)
            With the bias.
        """
        W = self.weights if MASKS[self.mask][1] is None else self.weights[:, :, :-1]
        border = ((0, 0), (self.left, W.type.shape[3] - 1 - self.left))
        output = conv2d(x, W, border_mode=border, filter_flip=False)[:, :, 0]
        # Pixel by pixel in memory too, as a loop over the pixels reads it.
        batch, channels, columns = output.shape[0], self.output_channels, output.shape[2]
        pixels = output.reshape((batch * channels, columns)).T.reshape((columns, batch, channels))
        return pixels + self.b

    def at_pixel(self, from_rows, left, here=None):
        """Output at one pixel, for the masks A and B.

        Parameters
        ----------
        from_rows : variable, shape (batch, output_channels)
            What the rows above add; the bias alone for a window of one row.
        left : variable, shape (batch, input_channels, left) or None
            The pixels to the left, nearest last; None for a window of one column.
        here : variable, shape (batch, input_channels)
            The pixel itself, for mask B.

        Returns
        -------
        variable, shape (batch, output_channels)
        """
        W, output = self.weights[:, :, -1], from_rows
        if left is not None:
            taps = W[:, :, : self.left].flatten(2)
            output = output + pt.dot(left.flatten(2), taps.T)
        if self.mask == "B":
            output = output + pt.dot(here, W[:, :, self.left].T)
        return self.activation(output)

    def __repr__(self):
        rows, columns = self.filter_shape
        activation = getattr(self.activation, "__name__", repr(self.activation))
        return (
            f"MaskedConv2D({self.input_channels} -> {self.output_channels}, {rows}x{columns}, "
            f"mask {self.mask}, {activation}, name={self.name!r})"
        )
