"""The convolutional variational autoencoder."""

from symgen.models.convolutions import ImageSizes
from symgen.models.vaes.decoders import BernoulliDecoder
from symgen.models.vaes.posteriors import GaussianPosterior
from symgen.models.vaes.priors import StandardNormalPrior
from symgen.models.vaes.vae import VAE
from symgen.models.validation import positive_int


class ConvVAE(VAE):
    """A VAE of images: convolutions of stride 2 to the code, transposed ones back.

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
        Dimensions of ``z``.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS` for all layers but the last.
    beta : float
        Weight of the KL term in the cost; 1 makes the cost the negative ELBO.
    context_dim : int
        Numbers in the context of an example; it joins the features of the image, and the code.
    prior, posterior, likelihood, seed, dtype
        See :class:`symgen.models.VAE`.

    Raises
    ------
    ShapeError
        For an image that cannot be halved so often, or of another number of pixels.
    SettingsError
        Without channels, or with an even filter.
    RangeError, UnknownNameError
        As for the VAE.
    """

    name = "conv_vae"

    def __init__(
        self,
        input_dim,
        image_shape=None,
        channels=(16, 32),
        filter_size=5,
        latent_dim=8,
        activation="relu",
        beta=1.0,
        context_dim=0,
        prior=StandardNormalPrior(),  # a description, which nothing changes
        posterior=GaussianPosterior(),
        likelihood=BernoulliDecoder(),
        seed=0,
        dtype=None,
    ):
        images = ImageSizes(positive_int(input_dim, "input_dim"), image_shape, channels, filter_size)
        self._images, self.image_shape = images, images.image_shape
        self.channels, self.filter_size = images.channels, images.filter_size
        super().__init__(
            input_dim, (), latent_dim, activation, beta, context_dim,
            prior, posterior, likelihood, seed, dtype,
        )  # fmt: skip

    def _make_encoder(self, options):
        network = self._images.downwards(self._nonlinear, options)
        return network, self._images.features_dim + self.context_dim

    def _make_decoder(self, options):
        code_dim = self.latent_dim + self.context_dim
        network = self._images.upwards(code_dim, self._nonlinear, options)
        return network, lambda name: self._images.head(name, options)

    def _encoder_features(self, x, context):
        return self._joined(self.encoder(x), context)
