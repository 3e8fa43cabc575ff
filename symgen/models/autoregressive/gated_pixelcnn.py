"""Gated PixelCNN: two stacks of convolutions without a blind spot, gates, and conditions.

References
----------
A. van den Oord, N. Kalchbrenner, O. Vinyals, L. Espeholt, A. Graves, K. Kavukcuoglu (2016). Conditional
image generation with PixelCNN decoders. NeurIPS. Equation 2: the gate; 4: the condition; figure 2:
the layer.
"""

from functools import partial
from types import MappingProxyType

import numpy as np
import pytensor.tensor as pt

from symgen import config
from symgen.activations import relu, sigmoid, tanh
from symgen.layers import Dense, MaskedConv2D
from symgen.models.autoregressive.images import AutoregressiveImages, Feature, odd
from symgen.models.validation import image_shape_of, positive_int


class GatedPixelCNN(AutoregressiveImages):
    """``p(x_i | x_<i)`` from a vertical stack, which sees all rows above, and a horizontal one.

    The vertical stack's filters see whole rows, the first layer's those above, the others' the
    pixel's own too. The horizontal stack sees the pixels to the left, and at each layer what the
    vertical one has made. So every pixel before is within reach and none after. A layer is

    ``a_v = W_v * v + U_v c``, ``v' = tanh(a_v1) sigmoid(a_v2)``,
    ``a_h = W_h * h + W_vh a_v + U_h c``, ``h' = h + W_o (tanh(a_h1) sigmoid(a_h2))``,

    with the two halves of ``a``'s channels in the gate and the context ``c``; the first layer adds no ``h``.

    Parameters
    ----------
    input_dim : int
        Pixels of an image.
    image_shape : (int, int), optional
        Rows and columns; by default those of a square.
    channels : int
        Channels of each stack.
    n_layers : int
        Layers, the first included.
    filter_size : int
        Size of the filters after the first layer, odd, at least 3.
    first_filter_size : int
        Size of the first layer's filters, odd, at least 3.
    context_dim : int
        Numbers of the context, such as classes written one-hot; 0 for none.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For a size below 1, or an even filter size or one below 3.
    ShapeError
        For an image_shape that has not `input_dim` pixels.
    """

    name = "gated_pixelcnn"
    training = MappingProxyType({"optimizer": "adam", "learning_rate": 1e-3, "batch_size": 64})

    def __init__(
        self,
        input_dim,
        image_shape=None,
        channels=32,
        n_layers=5,
        filter_size=3,
        first_filter_size=7,
        context_dim=0,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.image_shape = image_shape_of(image_shape, self.input_dim)
        self.channels = positive_int(channels, "channels")
        self.n_layers = positive_int(n_layers, "n_layers")
        self.filter_size = odd(filter_size, "filter_size")
        self.first_filter_size = odd(first_filter_size, "first_filter_size")
        if context_dim != 0:
            positive_int(context_dim, "context_dim, where it is not 0,")
        self.context_dim, self.seed = int(context_dim), seed
        self.dtype = dtype or config.floatx()
        options = {"rng": np.random.default_rng(seed), "dtype": self.dtype}
        size = self.first_filter_size
        self.layers = [_Layer(1, self.channels, size, True, self.context_dim, "layer.0", options)]
        for k in range(1, self.n_layers):
            self.layers.append(
                _Layer(
                    self.channels, self.channels, self.filter_size, False, self.context_dim,
                    f"layer.{k}", options,
                )
            )  # fmt: skip
        one_tap = partial(MaskedConv2D, filter_shape=1, mask="B", **options)
        self.last = one_tap(self.channels, self.channels, activation="relu", name="last")
        self.output = one_tap(self.channels, 1, name="logits")

    @property
    def params(self):
        """Shared variables that training changes."""
        layers = [*self.layers, self.last, self.output]
        return [param for layer in layers for param in layer.params]

    def image_logits(self, x, context=None):
        """Logits of images, from (batch, 1, rows, columns) to the same shape."""
        v = h = x
        for layer in self.layers:
            to_v, to_h = layer.of_context(context, spatial=True)
            a_v = layer.vertical(v) + to_v
            new = layer.out(gate(layer.horizontal(h) + layer.link(a_v) + to_h))
            h = new if layer.first else h + new
            v = gate(a_v)
        return self.output(self.last(relu(h)))

    @property
    def features(self):
        """The image, and what each horizontal layer looks at (see :mod:`~.images`)."""
        first, *others = self.layers
        image = Feature(1, first.vertical.above, first.horizontal.left)
        return [image, *(Feature(self.channels, 0, layer.horizontal.left) for layer in others)]

    def row_states(self, n):
        """Of each vertical layer but the first, the rows above of its input."""
        columns = self.image_shape[1]
        shapes = [(n, self.channels, layer.vertical.above, columns) for layer in self.layers[1:]]
        return [pt.zeros(shape, dtype=self.dtype) for shape in shapes]

    def begin_row(self, above, states, context=None):
        """The vertical stack along one row, and what it and the context add to the horizontal one."""
        known, kept, rows = [], [], above[0]
        for k, layer in enumerate(self.layers):
            to_v, to_h = layer.of_context(context, spatial=False)
            a_v = layer.vertical.from_rows(rows) + to_v
            link = layer.link
            known.append(pt.dot(a_v, link.weights[:, :, 0, 0].T) + link.b + layer.horizontal.b + to_h)
            if k + 1 < len(self.layers):
                v = gate(a_v, axis=2).dimshuffle(1, 2, "x", 0)
                rows = pt.concatenate([states[k], v], axis=2)
                kept.append(rows[:, :, 1:])
        return known, kept

    def at_pixel(self, known, left):
        """One pixel of the horizontal stack."""
        h, features = None, []
        for layer, rows, past in zip(self.layers, known, left, strict=True):
            if h is not None:
                features.append(h)
            a_h = layer.horizontal.at_pixel(rows, past, h)
            new = layer.out.at_pixel(layer.out.b, None, gate(a_h))
            h = new if layer.first else h + new
        h = self.last.at_pixel(self.last.b, None, relu(h))
        return self.output.at_pixel(self.output.b, None, h)[:, 0], features


class _Layer:
    """A layer of both stacks; `first` sees the image, and of it not the pixel itself."""

    def __init__(self, below, channels, size, first, context_dim, name, options):
        self.first, both = first, 2 * channels
        layer = partial(MaskedConv2D, **options)
        rows, own = ("rows_above", "A") if first else ("rows", "B")
        self.vertical = layer(below, both, size, rows, name=f"{name}.vertical")
        self.horizontal = layer(below, both, (1, size), own, name=f"{name}.horizontal")
        self.link = layer(both, both, 1, "B", name=f"{name}.link")
        self.out = layer(channels, channels, 1, "B", name=f"{name}.out")
        self.of = []
        if context_dim:
            names = (f"{name}.context_vertical", f"{name}.context_horizontal")
            self.of = [Dense(context_dim, both, b=None, name=n, **options) for n in names]

    @property
    def params(self):
        layers = (self.vertical, self.horizontal, self.link, self.out, *self.of)
        return [param for layer in layers for param in layer.params]

    def of_context(self, context, spatial):
        """What the context adds to ``a_v`` and ``a_h``; 0 where there is none."""
        if context is None:
            return 0, 0
        added = [layer(context) for layer in self.of]
        return [a.dimshuffle(0, 1, "x", "x") for a in added] if spatial else added


def gate(a, axis=1):
    """``tanh`` of the first half of the channels times ``sigmoid`` of the second (equation 2)."""
    half = a.type.shape[axis] // 2
    cut = [slice(None)] * axis
    return tanh(a[(*cut, slice(None, half))]) * sigmoid(a[(*cut, slice(half, None))])
