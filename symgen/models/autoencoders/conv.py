"""The convolutional autoencoder.

References
----------
J. Masci, U. Meier, D. Ciresan, J. Schmidhuber (2011). Stacked convolutional auto-encoders for
hierarchical feature extraction. ICANN.
"""

from symgen import activations
from symgen.errors import look_up
from symgen.layers import Dense, Sequential
from symgen.models.autoencoders.autoencoder import Autoencoder
from symgen.models.convolutions import ImageSizes
from symgen.models.validation import positive_int


class ConvAutoencoder(Autoencoder):
    """An autoencoder of images: convolutions of stride 2 to the code, transposed ones back.

    Parameters
    ----------
    input_dim : int
        Pixels of an image.
    image_shape : (int, int), optional
        Rows and columns, each a multiple of ``2 ** len(channels)``; by default a square.
    channels : sequence of int
        Of the encoder's layers, from the image inwards; the decoder mirrors them.
    filter_size : int
        Rows and columns of a filter, an odd number.
    latent_dim : int
        Numbers in the code.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS` for all layers but the code, which is linear,
        and the last.
    loss, seed, dtype
        See :class:`symgen.models.Autoencoder`.

    Raises
    ------
    ShapeError
        For an image that cannot be halved so often, or of another number of pixels.
    SettingsError
        Without channels, or with an even filter.
    RangeError, UnknownNameError
        As for the autoencoder.
    """

    name = "conv_autoencoder"

    def __init__(
        self,
        input_dim,
        image_shape=None,
        channels=(16, 32),
        filter_size=5,
        latent_dim=32,
        activation="relu",
        loss="binary_cross_entropy",
        seed=0,
        dtype=None,
    ):
        images = ImageSizes(positive_int(input_dim, "input_dim"), image_shape, channels, filter_size)
        self._images, self.image_shape = images, images.image_shape
        self.channels, self.filter_size = images.channels, images.filter_size
        super().__init__(
            input_dim, (), latent_dim, activation, loss, "linear", seed=seed, dtype=dtype
        )

    def _make_networks(self, options):
        nonlinear = look_up("activation", self.activation, activations.ACTIVATIONS)
        down = self._images.downwards(nonlinear, options)
        code = Dense(self._images.features_dim, self.latent_dim, name="encoder.code", **options)
        self.encoder = Sequential([*down.layers, code])
        up = self._images.upwards(self.latent_dim, nonlinear, options)
        self.decoder = Sequential([*up.layers, self._images.head("output", options)])

    def filters(self):
        """Filters of the first convolution in the middle of an empty image, a row each."""
        return self._images.placed(self.encoder.layers[1].W.get_value()[:, 0])
