"""Bijectors of images with channels, of which flows of several scales are made.

Between bijectors an image is a row of numbers: pixel after pixel, row by row, the channels of a
pixel side by side. ``image_shape`` is (rows, columns, channels).

References
----------
L. Dinh, J. Sohl-Dickstein, S. Bengio (2017). Density estimation using Real NVP. ICLR. Section 3.4:
channel-wise coupling; 3.6: squeezing and the multi-scale architecture.
D. P. Kingma, P. Dhariwal (2018). Glow: generative flow with invertible 1x1 convolutions. NeurIPS.
Table 1 and sections 3.2, 3.3.
"""

from math import prod

import numpy as np
import pytensor.tensor as pt

from symgen.errors import RangeError, ShapeError
from symgen.initializers import zeros
from symgen.layers import Conv2D, Sequential
from symgen.models.flows.bijector import Bijector, for_each_example, like
from symgen.models.flows.network_bijector import NetworkBijector
from symgen.models.validation import positive_int, positive_ints


class Squeeze(Bijector):
    """``z`` has half the rows and columns of ``x`` and four times its channels.

    Each 2 x 2 square of pixels of ``x`` becomes one pixel of ``z``. No number changes.

    Parameters
    ----------
    image_shape : (int, int, int)
        Rows, columns and channels of ``x``; rows and columns even.

    Raises
    ------
    ShapeError
        For an odd number of rows or columns.
    """

    def __init__(self, image_shape):
        self.image_shape = _image_shape(image_shape)
        rows, columns, channels = self.image_shape
        if rows % 2 or columns % 2:
            raise ShapeError(
                "an even number of rows and of columns to squeeze",
                f"{rows} x {columns}",
                "Pad the images, or squeeze fewer times.",
            )
        self.dim = prod(self.image_shape)
        self._squares = (-1, rows // 2, 2, columns // 2, 2, channels)
        self._pixels = (-1, rows // 2, columns // 2, 2, 2, channels)

    def _forward(self, z, context):
        x = z.reshape(self._pixels).transpose(0, 1, 3, 2, 4, 5)
        return x.reshape((-1, self.dim)), for_each_example(like(0, z), z)

    def _inverse(self, x, context):
        z = x.reshape(self._squares).transpose(0, 1, 3, 2, 4, 5)
        return z.reshape((-1, self.dim)), for_each_example(like(0, x), x)


class _Around(Bijector):
    """What bijectors around another share: ``_apply`` takes either direction of that one."""

    @property
    def params(self):
        """Parameters of the bijector."""
        return self.bijector.params

    def _forward(self, z, context):
        return self._apply(self.bijector.forward_and_log_det, z, context)

    def _inverse(self, x, context):
        return self._apply(self.bijector.inverse_and_log_det, x, context)


class EachPixel(_Around):
    """The same bijector of the channels at every pixel.

    Of an :class:`~symgen.models.flows.linear.InvertibleLinear` it is Glow's 1x1 convolution, of an
    :class:`~symgen.models.flows.elementwise.ActNorm` its actnorm with a scale for each channel.

    Parameters
    ----------
    image_shape : (int, int, int)
        Rows, columns, channels.
    bijector : Bijector
        Of as many numbers as there are channels, without context.

    Raises
    ------
    ShapeError
        For a bijector of another dimension.
    """

    def __init__(self, image_shape, bijector):
        self.image_shape, self.bijector = _image_shape(image_shape), bijector
        if bijector.dim != self.image_shape[2]:
            raise ShapeError(
                f"a bijector of {self.image_shape[2]} numbers, the channels",
                f"one of {bijector.dim}",
                "Give it that dim.",
            )
        self.dim = prod(self.image_shape)

    def lookers(self, x, context):
        """What the bijector sees are pixels."""
        found, z = self.bijector.lookers(self._pixels(x), None)
        return found, z.reshape((-1, self.dim))

    def _pixels(self, images):
        return images.reshape((-1, self.image_shape[2]))

    def _apply(self, direction, images, context):
        pixels, log_det = direction(self._pixels(images))
        n_pixels = self.image_shape[0] * self.image_shape[1]
        return pixels.reshape((-1, self.dim)), log_det.reshape((-1, n_pixels)).sum(axis=1)


class Part(_Around):
    """A bijector of the first numbers; those behind stay.

    Parameters
    ----------
    dim : int
        Numbers in all.
    bijector : Bijector
        Of at most `dim` numbers.

    Raises
    ------
    ShapeError
        For a bijector of more numbers.
    """

    def __init__(self, dim, bijector):
        self.dim, self.bijector = positive_int(dim, "dim"), bijector
        if bijector.dim > self.dim:
            raise ShapeError(
                f"a bijector of at most {self.dim} numbers", f"{bijector.dim}", "Give a larger dim."
            )
        self.context_dim = bijector.context_dim

    def lookers(self, x, context):
        """What the bijector sees are the first numbers."""
        found, z = self.bijector.lookers(x[:, : self.bijector.dim], context)
        return found, pt.concatenate([z, x[:, self.bijector.dim :]], axis=1)

    def _apply(self, direction, value, context):
        image, log_det = direction(value[:, : self.bijector.dim], context)
        return pt.concatenate([image, value[:, self.bijector.dim :]], axis=1), log_det


class _ChannelCoupling(NetworkBijector):
    """What couplings of channels share: ``x_a = z_a``, ``x_b = transform(z_b; network(z_a))``.

    The network is a 3 x 3 convolution, a 1 x 1 and a 3 x 3 one, whose weights start as zeros, so that
    the coupling starts as the identity.

    Parameters
    ----------
    image_shape : (int, int, int)
        Rows, columns, channels; at least two channels.
    transform
        One of :mod:`symgen.models.flows.transforms`.
    hidden_channels : int
        Channels of the network's two hidden layers.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS`.
    seed : int
    name : str
        Prefix of the parameters' names.
    dtype : {"float32", "float64"}, optional

    Raises
    ------
    RangeError
        For a single channel, or a size below 1.
    """

    def __init__(
        self,
        image_shape,
        transform,
        hidden_channels=32,
        activation="relu",
        seed=0,
        name="coupling",
        dtype=None,
    ):
        self.image_shape = _image_shape(image_shape)
        super().__init__(prod(self.image_shape), transform, activation, 0, seed, name, dtype)
        if self.image_shape[2] < 2:
            raise RangeError(
                "at least two channels for a coupling", "1", "Squeeze the image first."
            )
        self.hidden_channels = positive_int(hidden_channels, "hidden_channels")
        n_b = self.image_shape[2] // 2
        self._n_a, hidden = self.image_shape[2] - n_b, self.hidden_channels
        options = {"border_mode": "half", "rng": np.random.default_rng(seed), "dtype": self.dtype}
        n_outputs = transform.n_parameters * n_b
        self.network = Sequential(
            [
                Conv2D(self._n_a, hidden, 3, activation, name=f"{name}.0", **options),
                Conv2D(hidden, hidden, 1, activation, name=f"{name}.1", **options),
                Conv2D(hidden, n_outputs, 3, W=zeros, name=f"{name}.output", **options),
            ]
        )

    def _transformed(self, direction, a, b):
        """Image of the channels `b`, given `a`, a row of numbers each, and the log determinant."""
        parameters = self.network(a.transpose(0, 3, 1, 2))  # (batch, channels, rows, columns)
        rows, columns, channels = self.image_shape
        n_b = channels - self._n_a
        parameters = parameters.reshape((-1, self.transform.n_parameters, n_b, rows, columns))
        flat = (self.transform.n_parameters, -1, rows * columns * n_b)
        parameters = parameters.transpose(1, 0, 3, 4, 2).reshape(flat)
        image, log_slope = direction(b.reshape((-1, rows * columns * n_b)), parameters)
        return image, log_slope.sum(axis=1)

    def _halves(self, value):
        images = value.reshape((-1, *self.image_shape))
        return images[..., : self._n_a], images[..., self._n_a :]

    def _joined(self, a, b):
        rows, columns, channels = self.image_shape
        b = b.reshape((-1, rows, columns, channels - self._n_a))
        return pt.concatenate([a, b], axis=3).reshape((-1, self.dim))


class ChannelCoupling(_ChannelCoupling):
    """``x_a = z_a``, ``x_b = transform(z_b; network(z_a))`` of the channels of an image."""

    __doc__ += _ChannelCoupling.__doc__.partition("\n")[2]

    def _apply(self, direction, value, context):
        a, b = self._halves(value)
        b, log_det = self._transformed(direction, a, b)
        return self._joined(a, b), log_det


class ChannelSplit(_ChannelCoupling):
    """Half of the channels leave the image: ``z = (x_a, z_b)``, ``x_b = transform(z_b; network(x_a))``.

    Over a standard normal base an affine transform gives ``x_b`` the learned prior
    ``N(t(x_a), exp(2 s(x_a)))``. All numbers of ``x_a`` come first in ``z``, for what follows to
    act on them alone: :class:`Part`.
    """

    __doc__ += _ChannelCoupling.__doc__.partition("\n")[2]

    @property
    def left_shape(self):
        """Rows, columns and channels of ``x_a``."""
        return *self.image_shape[:2], self._n_a

    def _inverse(self, x, context):
        a, b = self._halves(x)
        z_b, log_det = self._transformed(self.transform.inverse, a, b)
        return pt.concatenate([a.reshape((-1, prod(self.left_shape))), z_b], axis=1), log_det

    def _forward(self, z, context):
        n_left = prod(self.left_shape)
        a = z[:, :n_left].reshape((-1, *self.left_shape))
        b, log_det = self._transformed(self.transform.forward, a, z[:, n_left:])
        return self._joined(a, b), log_det


def _image_shape(image_shape):
    shape = positive_ints(image_shape, "image_shape")
    if len(shape) != 3:
        raise ShapeError(
            "image_shape=(rows, columns, channels)", f"{image_shape}", "Say how many channels."
        )
    return shape
