"""Glow for images: several scales, each of steps of actnorm, a 1x1 convolution and a coupling.

References
----------
D. P. Kingma, P. Dhariwal (2018). Glow: generative flow with invertible 1x1 convolutions. NeurIPS.
Table 1: the step; figure 2: the scales; section 3: actnorm, convolution, coupling.
L. Dinh, J. Sohl-Dickstein, S. Bengio (2017). Density estimation using Real NVP. ICLR. Section 3.6:
the scales, equations 13 to 16; 4.1: the logit of grey levels.
"""

from types import MappingProxyType

from symgen.errors import ShapeError
from symgen.models.flows.base import StandardNormal
from symgen.models.flows.bijector import Chain
from symgen.models.flows.elementwise import ActNorm
from symgen.models.flows.flow import Flow
from symgen.models.flows.images import ChannelCoupling, ChannelSplit, EachPixel, Part, Squeeze
from symgen.models.flows.linear import InvertibleLinear
from symgen.models.flows.presets import seeds, with_preprocessing
from symgen.models.flows.transforms import Affine
from symgen.models.validation import image_shape_of, positive_int


class GlowImages(Flow):
    """Glow of grey images: at each scale the image is squeezed, and half of it leaves the flow.

    What leaves has a Gaussian prior given what stays; what stays after the last scale is standard
    normal. The couplings' networks are small: of three convolutions, where the paper has 512
    channels.

    Parameters
    ----------
    input_dim : int
        Pixels.
    image_shape : (int, int), optional
        Rows and columns, multiples of ``2 ** n_scales``; by default a square.
    n_scales : int
        Times that rows and columns are halved.
    n_steps : int
        Steps of the flow at each scale.
    hidden_channels : int
        Channels of the hidden layers of each network.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS`.
    levels : int, optional
        Number of grey levels; see :class:`~symgen.models.flows.flow.Flow`.
    alpha : float in [0, 0.5)
        Of grey levels, which come to the line by :class:`~symgen.models.flows.elementwise.Logit`.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        The default is :func:`symgen.config.floatx`.

    Raises
    ------
    ShapeError
        For images that cannot be halved so often, or of another number of pixels.
    RangeError
        For a size below 1, or `alpha` outside of [0, 0.5).
    UnknownNameError
        For an activation that there is none of.
    """

    name = "glow_images"
    training = MappingProxyType({"optimizer": "adam", "learning_rate": 1e-3, "batch_size": 64})

    def __init__(
        self,
        input_dim,
        image_shape=None,
        n_scales=2,
        n_steps=4,
        hidden_channels=32,
        activation="relu",
        levels=None,
        alpha=1e-6,
        seed=0,
        dtype=None,
    ):
        self.image_shape = image_shape_of(image_shape, positive_int(input_dim, "input_dim"))
        self.n_scales = positive_int(n_scales, "n_scales")
        self.n_steps = positive_int(n_steps, "n_steps")
        self.hidden_channels, self.activation = hidden_channels, activation
        self.alpha, self.dtype = alpha, dtype
        if any(length % 2**self.n_scales for length in self.image_shape):
            raise ShapeError(
                f"rows and columns that are multiples of {2**self.n_scales}, as {self.n_scales} "
                "scales halve them",
                f"image_shape={self.image_shape}",
                f"Give fewer scales than n_scales={self.n_scales}, or pad the images.",
            )
        scales = self._scales((*self.image_shape, 1), iter(seeds(seed, self.n_scales)))
        bijectors = with_preprocessing(scales, levels, alpha)
        super().__init__(StandardNormal(input_dim), bijectors, levels, seed, dtype)

    def _scales(self, image_shape, left, scale=0):
        """Bijectors, from the latent numbers on, of the scale of images of that shape and all below."""
        rows, columns, channels = image_shape
        squeeze = Squeeze(image_shape)
        squeezed = rows // 2, columns // 2, 4 * channels
        step_seeds = seeds(next(left), self.n_steps + 1)
        steps = []
        for k, s in enumerate(step_seeds[: self.n_steps]):
            steps += self._step(squeezed, f"scale{scale}.step{k}", s)
        if scale + 1 == self.n_scales:
            return [*steps, squeeze]
        network = self._network(f"scale{scale}.prior", step_seeds[-1])
        split = ChannelSplit(squeezed, Affine(), **network)
        below = Chain(self._scales(split.left_shape, left, scale + 1))
        return [Part(split.dim, below), split, *steps, squeeze]

    def _step(self, image_shape, name, seed):
        channels = image_shape[2]
        linear = InvertibleLinear(channels, seed=seed, name=f"{name}.linear", dtype=self.dtype)
        actnorm = ActNorm(channels, name=f"{name}.actnorm", dtype=self.dtype)
        return [
            ChannelCoupling(image_shape, Affine(), **self._network(f"{name}.coupling", seed)),
            EachPixel(image_shape, Chain([linear, actnorm])),
        ]

    def _network(self, name, seed):
        return {
            "hidden_channels": self.hidden_channels,
            "activation": self.activation,
            "seed": seed,
            "name": name,
            "dtype": self.dtype,
        }
