"""The transposed convolutional layer."""

from symgen import config
from symgen.activations import ACTIVATIONS
from symgen.initializers import glorot_uniform, zeros
from symgen.layers.parameters import (
    checked_input,
    dimension,
    dimensions,
    function_name,
    parameter,
    resolve,
)
from symgen.ops.conv import conv2d_transpose


class ConvTranspose2D:
    """The way back through a :class:`symgen.layers.Conv2D`: its gradient by the image, a larger image.

    Several image sizes lead to one size behind a convolution with strides, so the one that is
    wanted is said.

    Parameters
    ----------
    input_channels, output_channels : int >= 1
    filter_shape : int or pair of int
        Rows and columns of a filter.
    output_shape : int or pair of int
        Rows and columns of the output.
    activation, W, b, rng, name, dtype
        As for :class:`symgen.layers.Dense`.
    border_mode, subsample
        Of the convolution from the output back to the input, as for :class:`symgen.layers.Conv2D`.

    Attributes
    ----------
    W : shared variable, shape (input_channels, output_channels, *filter_shape)
    b : shared variable, shape (output_channels,), or None

    Raises
    ------
    RangeError, DtypeError, ShapeError, UnknownNameError
        As for :class:`symgen.layers.Dense`.

    References
    ----------
    V. Dumoulin, F. Visin (2016). A guide to convolution arithmetic for deep learning.
    arXiv:1603.07285. Chapter 4.

    Examples
    --------
    >>> import numpy as np
    >>> ConvTranspose2D(64, 1, 5, 28, border_mode="half", subsample=2, rng=np.random.default_rng(1))
    ConvTranspose2D(64 -> 1, 5x5, to 28x28, linear, border_mode='half', subsample=(2, 2), name='conv_transpose2d')
    """

    def __init__(
        self,
        input_channels,
        output_channels,
        filter_shape,
        output_shape,
        activation="linear",
        W=glorot_uniform,
        b=zeros,
        *,
        border_mode="valid",
        subsample=1,
        rng,
        name="conv_transpose2d",
        dtype=None,
    ):
        self.input_channels = dimension(input_channels, "input_channels")
        self.output_channels = dimension(output_channels, "output_channels")
        self.filter_shape = dimensions(filter_shape, "filter_shape", 2)
        self.output_shape = dimensions(output_shape, "output_shape", 2)
        self.activation = resolve("activation", activation, ACTIVATIONS)
        self.border_mode, self.subsample = border_mode, dimensions(subsample, "subsample", 2)
        self.name = name
        dtype = dtype or config.floatx()
        shape = (self.input_channels, self.output_channels, *self.filter_shape)
        self.W = parameter(f"{name}.W", W, shape, rng, dtype)
        self.b = None if b is None else parameter(f"{name}.b", b, shape[1:2], rng, dtype)

    @property
    def params(self):
        """``[W, b]``, or ``[W]`` without a bias."""
        return [self.W] if self.b is None else [self.W, self.b]

    def __call__(self, x):
        """Output for a minibatch.

        Parameters
        ----------
        x : variable, shape (batch, input_channels, rows, columns)
            Of the size that the convolution makes of ``output_shape``.

        Returns
        -------
        variable, shape (batch, output_channels, *output_shape)
            In the dtype of the parameters.

        Raises
        ------
        ShapeError
            When ``x`` is known to be of another shape.
        DtypeError
            When ``x`` would turn the parameters' float32 into float64.
        """
        shape = ("batch", self.input_channels, "rows", "columns")
        remedy = "Make images of the rows with Reshape, or the layer for these channels."
        x = checked_input(x, shape, self, self.W.dtype, remedy)
        output = conv2d_transpose(
            x,
            self.W,
            (None, self.output_channels, *self.output_shape),
            border_mode=self.border_mode,
            input_dilation=self.subsample,
            filter_flip=False,
        )
        if self.b is not None:
            output = output + self.b.dimshuffle("x", 0, "x", "x")
        return self.activation(output)

    def __repr__(self):
        (rows, columns), (height, width) = self.filter_shape, self.output_shape
        return (
            f"ConvTranspose2D({self.input_channels} -> {self.output_channels}, {rows}x{columns}, "
            f"to {height}x{width}, {function_name(self.activation)}, "
            f"border_mode={self.border_mode!r}, subsample={self.subsample}, name={self.name!r})"
        )
