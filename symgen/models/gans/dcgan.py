"""Convolutional adversarial networks with batch normalisation.

References
----------
E. Denton, S. Chintala, A. Szlam, R. Fergus (2015). Deep generative image models using a Laplacian
pyramid of adversarial networks. NeurIPS. Section 3.3: labels as a plane beside the image.
A. Radford, L. Metz, S. Chintala (2016). Unsupervised representation learning with deep convolutional
generative adversarial networks. ICLR. Section 3 and figure 1.
"""

from functools import partial
from math import prod

import numpy as np
import pytensor.tensor as pt

from symgen.activations import leaky_relu, relu
from symgen.errors import SettingsError, ShapeError
from symgen.initializers import normal, zeros
from symgen.layers import BatchNorm, Conv2D, ConvTranspose2D, Dense, Flatten, Reshape, Sequential
from symgen.models.gans.adversarial import AdversarialModel
from symgen.models.validation import positive_int, positive_ints


class DCGAN(AdversarialModel):
    """Convolutions of stride 2 down to features, transposed ones up to images.

    Batch normalisation follows each layer but the generator's last and the discriminator's first;
    data and samples are normalised as minibatches of their own. Samples come from the generator's
    running statistics.

    Parameters
    ----------
    input_dim : int
        Pixels of an image, in [0, 1].
    image_shape : (int, int), optional
        Rows and columns, each a multiple of ``2 ** len(channels)``; by default a square.
    latent_dim : int
        Dimensions of ``z``.
    channels : sequence of int
        Of the discriminator's layers, from the image inwards; the generator's mirror them.
    filter_size : int
        Rows and columns of a filter, an odd number.
    loss, n_critic
        See :class:`symgen.models.gans.AdversarialModel`.
    context_dim : int
        Numbers, such as a one-hot label, that the generator is given beside ``z``, and of which the
        discriminator makes a second channel of its input (:class:`LabelPlane`).
    seed : int
        Seed of the initial weights, ``N(0, 0.02^2)``, and scales, ``N(1, 0.02^2)``.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    ShapeError
        For an image that cannot be halved so often, or of another number of pixels.
    SettingsError
        Without channels, or with an even filter.
    RangeError, UnknownNameError
        As :class:`symgen.models.gans.AdversarialModel`.
    """

    name = "dcgan"

    def __init__(
        self,
        input_dim,
        image_shape=None,
        latent_dim=100,
        channels=(32, 64),
        filter_size=5,
        loss="non_saturating",
        n_critic=1,
        context_dim=0,
        seed=0,
        dtype=None,
    ):
        super().__init__(input_dim, latent_dim, "tanh", loss, n_critic, 0, context_dim, seed, dtype)
        self.channels = positive_ints(channels, "channels")
        self.filter_size = positive_int(filter_size, "filter_size")
        if not self.channels or not self.filter_size % 2:
            raise SettingsError(
                "at least one layer of channels, and filters of odd size",
                f"channels={channels}, filter_size={filter_size}",
                "Use channels=(32, 64) and filter_size=5.",
            )
        side = int(np.sqrt(self.input_dim))
        self.image_shape = positive_ints(image_shape or (side, side), "image_shape")
        halvings = 2 ** len(self.channels)
        rows, columns = self.image_shape
        if rows * columns != self.input_dim or rows % halvings or columns % halvings:
            raise ShapeError(
                f"image_shape: rows and columns of {self.input_dim} pixels, each a multiple of "
                f"{halvings}, which {len(self.channels)} layers halve",
                f"{self.image_shape}",
                "Give image_shape=(rows, columns), or fewer channels.",
            )
        rng = np.random.default_rng(seed)
        options = {
            "W": partial(normal, std=0.02),
            "border_mode": "half",
            "subsample": 2,
            "rng": rng,
            "dtype": self.dtype,
        }
        sizes = [(rows >> k, columns >> k) for k in range(len(self.channels) + 1)]
        self.generator = Sequential(self._upwards(sizes, options))
        self.features = Sequential(self._downwards(options))
        n_features = self.channels[-1] * prod(sizes[-1])
        self.verdict = self._make_verdict(n_features, options["W"], rng)

    def _norm(self, channels, name, options):
        return BatchNorm(
            channels,
            gamma=partial(normal, mean=1, std=0.02),
            name=name,
            rng=options["rng"],
            dtype=self.dtype,
        )

    def _upwards(self, sizes, options):
        """``z`` to a small image of many channels, and each layer to one of twice the size."""
        widths, last = (1, *self.channels), len(self.channels)
        small = (widths[last], *sizes[last])
        dense = {key: options[key] for key in ("W", "rng", "dtype")}
        layers = [
            Dense(
                self.latent_dim + self.context_dim, prod(small), b=None, name="generator.dense", **dense
            ),
            Reshape(small),
        ]
        for k in range(last, 0, -1):
            name = f"generator.{last - k}"
            layers += [self._norm(widths[k], f"{name}.norm", options), relu]
            layers.append(
                ConvTranspose2D(
                    widths[k],
                    widths[k - 1],
                    self.filter_size,
                    sizes[k - 1],
                    "tanh" if k == 1 else "linear",
                    b=zeros if k == 1 else None,
                    name=name,
                    **options,
                )
            )
        return [*layers, Flatten()]

    def _downwards(self, options):
        """An image to many small ones, in a row."""
        layers, widths = [Reshape((1, *self.image_shape))], (1, *self.channels)
        if self.context_dim:
            layers, widths = [LabelPlane(self.context_dim, self.image_shape, options)], (2, *self.channels)
        for k, (i, o) in enumerate(zip(widths, widths[1:], strict=False)):
            name = f"discriminator.{k}"
            if k == 0:
                layers.append(Conv2D(i, o, self.filter_size, leaky_relu, name=name, **options))
                continue
            layers.append(Conv2D(i, o, self.filter_size, b=None, name=name, **options))
            layers += [self._norm(o, f"{name}.norm", options), leaky_relu]
        return [*layers, Flatten()]

    def _judge_both(self, real, fake, srng, context):
        """Outputs for data and for samples, each its own minibatch; statistics are those of data."""
        features, updates = self.features.training_form(self._beside(real, context), srng)
        of_fake, _ = self.features.training_form(self._beside(fake, context), srng)
        return self._scored(features), self._scored(of_fake), updates


class LabelPlane:
    """Images with a context beside them, as rows, to images of two channels.

    The second channel is the context times a matrix: an image for each label, learned (the
    embedding of Denton et al. 2015, section 3.3).

    Parameters
    ----------
    context_dim : int
    image_shape : (int, int)
    options : dict
        ``W``, ``rng`` and ``dtype`` as for a layer.

    Attributes
    ----------
    W : shared variable, shape (context_dim, rows * columns)
    """

    def __init__(self, context_dim, image_shape, options):
        self.image_shape, self.pixels = image_shape, prod(image_shape)
        kept = {key: options[key] for key in ("W", "rng", "dtype")}
        embed = Dense(context_dim, self.pixels, b=None, name="discriminator.label", **kept)
        self.W, self.params = embed.W, embed.params

    def __call__(self, x):
        """Images of shape (batch, 2, rows, columns) from rows of pixels and context."""
        plane = pt.dot(x[:, self.pixels :], self.W)
        both = pt.stack([x[:, : self.pixels], plane], axis=1)
        return both.reshape((x.shape[0], 2, *self.image_shape))
