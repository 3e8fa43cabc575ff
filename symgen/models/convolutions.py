"""Convolutional networks between images and features, which halve and double rows and columns."""

from math import isqrt, prod

import numpy as np

from symgen.errors import SettingsError, ShapeError
from symgen.layers import Conv2D, ConvTranspose2D, Dense, Flatten, Reshape, Sequential
from symgen.models.validation import positive_int, positive_ints


class ImageSizes:
    """What the layers of a convolutional model make of an image, checked.

    Parameters
    ----------
    input_dim : int
        Pixels.
    image_shape : (int, int), optional
        Rows and columns, each a multiple of ``2 ** len(channels)``; by default a square.
    channels : sequence of int, at least one
        Of the layers from the image inwards, each of stride 2.
    filter_size : int
        Rows and columns of a filter, an odd number.

    Raises
    ------
    ShapeError
        For an image that cannot be halved so often, or of another number of pixels.
    SettingsError
        Without channels, or with an even filter.
    """

    def __init__(self, input_dim, image_shape, channels, filter_size):
        self.channels = positive_ints(channels, "channels")
        self.filter_size = positive_int(filter_size, "filter_size")
        if not self.channels or not self.filter_size % 2:
            raise SettingsError(
                "at least one layer of channels, and filters of odd size",
                f"channels={channels}, filter_size={filter_size}",
                "Use channels=(16, 32) and filter_size=5, say.",
            )
        side = isqrt(input_dim)
        self.image_shape = positive_ints(image_shape or (side, side), "image_shape")
        layers = len(self.channels)
        wrong = len(self.image_shape) != 2 or prod(self.image_shape) != input_dim
        if wrong or any(length % 2**layers for length in self.image_shape):
            raise ShapeError(
                f"image_shape: rows and columns of {input_dim} pixels, each a multiple of "
                f"{2**layers}, as {layers} layers halve them",
                f"{self.image_shape}",
                "Give image_shape=(rows, columns), fewer channels, or pad the images.",
            )
        rows, columns = self.image_shape
        self.sizes = [(rows >> k, columns >> k) for k in range(layers + 1)]

    @property
    def features_dim(self):
        """Numbers behind the last convolution."""
        return self.channels[-1] * prod(self.sizes[-1])

    def downwards(self, activation, options):
        """From rows of pixels to rows of ``features_dim`` numbers; parameters ``encoder.<k>.W``."""
        layers, before = [Reshape((1, *self.image_shape))], 1
        for k, after in enumerate(self.channels):
            layers.append(
                Conv2D(
                    before, after, self.filter_size, activation,
                    border_mode="half", subsample=2, name=f"encoder.{k}", **options,
                )
            )  # fmt: skip
            before = after
        return Sequential([*layers, Flatten()])

    def upwards(self, code_dim, activation, options):
        """From codes to small images of ``channels[0]`` channels, half the size of the data."""
        small = (self.channels[-1], *self.sizes[-1])
        layers = [
            Dense(code_dim, prod(small), activation, name="decoder.0", **options),
            Reshape(small),
        ]
        for k in range(len(self.channels) - 1, 0, -1):
            layers.append(
                self._transposed(
                    self.channels[k], self.channels[k - 1], self.sizes[k], activation,
                    f"decoder.{len(self.channels) - k}", options,
                )
            )  # fmt: skip
        return Sequential(layers)

    def head(self, name, options):
        """From the images of :meth:`upwards` to a row of `input_dim` numbers."""
        last = self._transposed(
            self.channels[0], 1, self.image_shape, "linear", f"decoder.{name}", options
        )
        return Sequential([last, Flatten()])

    def placed(self, filters):
        """Filters (n, filter_size, filter_size) in the middle of empty images, a row each."""
        (rows, columns), size = self.image_shape, self.filter_size
        if size > min(rows, columns):
            filters, size = filters[:, : min(rows, columns), : min(rows, columns)], min(rows, columns)
        images = np.zeros((len(filters), rows, columns), filters.dtype)
        top, left = (rows - size) // 2, (columns - size) // 2
        images[:, top : top + size, left : left + size] = filters
        return images.reshape(len(filters), -1)

    def _transposed(self, before, after, size, activation, name, options):
        return ConvTranspose2D(
            before, after, self.filter_size, size, activation,
            border_mode="half", subsample=2, name=name, **options,
        )  # fmt: skip
