"""The convolutional layer."""

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
from symgen.ops.conv import conv2d


class Conv2D:
    """Convolution over rows and columns: ``activation(W * x + b)``.

    The filters are not flipped: what other libraries' layers of this name compute, a correlation.

    Parameters
    ----------
    input_channels, output_channels : int >= 1
    filter_shape : int or pair of int
        Rows and columns of a filter.
    activation, W, b, rng, name, dtype
        As for :class:`symgen.layers.Dense`.
    border_mode : {"valid", "half", "full"}, int, or pair of int
        Zeros around the image, see :mod:`symgen.ops.conv.functions`: with ``"half"`` and an odd
        filter the output has ``ceil(rows / stride)`` rows.
    subsample : int or pair of int
        Strides.

    Attributes
    ----------
    W : shared variable, shape (output_channels, input_channels, *filter_shape)
    b : shared variable, shape (output_channels,), or None

    Raises
    ------
    RangeError, DtypeError, ShapeError, UnknownNameError
        As for :class:`symgen.layers.Dense`.

    Examples
    --------
    >>> import numpy as np
    >>> Conv2D(1, 32, 5, "relu", border_mode="half", subsample=2, rng=np.random.default_rng(1))
    Conv2D(1 -> 32, 5x5, relu, border_mode='half', subsample=(2, 2), name='conv2d')
    """

    def __init__(
        self,
        input_channels,
        output_channels,
        filter_shape,
        activation="linear",
        W=glorot_uniform,
        b=zeros,
        *,
        border_mode="valid",
        subsample=1,
        rng,
        name="conv2d",
        dtype=None,
    ):
        self.input_channels = dimension(input_channels, "input_channels")
        self.output_channels = dimension(output_channels, "output_channels")
        self.filter_shape = dimensions(filter_shape, "filter_shape", 2)
        self.activation = resolve("activation", activation, ACTIVATIONS)
        self.border_mode, self.subsample = border_mode, dimensions(subsample, "subsample", 2)
        self.name = name
        dtype = dtype or config.floatx()
        shape = (self.output_channels, self.input_channels, *self.filter_shape)
        self.W = parameter(f"{name}.W", W, shape, rng, dtype)
        self.b = None if b is None else parameter(f"{name}.b", b, shape[:1], rng, dtype)

    @property
    def params(self):
        """``[W, b]``, or ``[W]`` without a bias."""
        return [self.W] if self.b is None else [self.W, self.b]

    def __call__(self, x):
        """Output for a minibatch.

        Parameters
        ----------
        x : variable, shape (batch, input_channels, rows, columns)
            Of a dtype that the parameters' holds.

        Returns
        -------
        variable, shape (batch, output_channels, rows', columns')
            In the dtype of the parameters.

        Raises
        ------
        ShapeError
            When ``x`` is known to be of another shape, or smaller than a filter.
        DtypeError
            When ``x`` would turn the parameters' float32 into float64.
        """
        shape = ("batch", self.input_channels, "rows", "columns")
        remedy = "Make images of the rows with Reshape, or the layer for these channels."
        x = checked_input(x, shape, self, self.W.dtype, remedy)
        output = conv2d(
            x, self.W, border_mode=self.border_mode, subsample=self.subsample, filter_flip=False
        )
        if self.b is not None:
            output = output + self.b.dimshuffle("x", 0, "x", "x")
        return self.activation(output)

    def __repr__(self):
        rows, columns = self.filter_shape
        return (
            f"Conv2D({self.input_channels} -> {self.output_channels}, {rows}x{columns}, "
            f"{function_name(self.activation)}, border_mode={self.border_mode!r}, "
            f"subsample={self.subsample}, name={self.name!r})"
        )
