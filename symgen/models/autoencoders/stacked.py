"""Deep autoencoders and classifiers that are trained layer by layer first.

References
----------
Y. Bengio, P. Lamblin, D. Popovici, H. Larochelle (2007). Greedy layer-wise training of deep
networks. NIPS.
P. Vincent et al. (2010). Stacked denoising autoencoders. JMLR 11. Section 3.4: the layers are
trained on clean inputs from below and spoil their own; section 3.5 fine-tunes the stack.
G. E. Hinton, R. Salakhutdinov (2006). Reducing the dimensionality of data with neural networks:
the stack unrolled, with its decoder.
"""

from functools import partial
from types import MappingProxyType

import numpy as np

from symgen import config, losses
from symgen.errors import SettingsError
from symgen.initializers import glorot_uniform, zeros
from symgen.layers import Dense, Sequential, TiedDense
from symgen.models.autoencoders.autoencoder import Autoencoder
from symgen.models.autoencoders.corruption import CORRUPTIONS
from symgen.models.autoencoders.denoising import checked_level
from symgen.models.classifier import Classifier
from symgen.models.model import Model
from symgen.models.validation import check_matrix, positive_int, positive_ints


class LayerPretraining(Model):
    """One layer of a stack as a denoising autoencoder of what the layers below make of the data.

    Parameters
    ----------
    stack
        The model whose layer it is; it has ``pretraining()``.
    layer : int
        From 0, the one next to the data.
    below : list of layers
        They are not changed.
    encoder, decoder : layers
    corruption : str
    level : float
    loss : str
        Of the layer's input: ``"binary_cross_entropy_with_logits"`` or ``"binary_cross_entropy"``
        for one in [0, 1], ``"squared_error"``.
    """

    metric = "negative reconstruction error"
    bound = "none"

    def __init__(self, stack, layer, below, encoder, decoder, corruption, level, loss):
        self.stack, self.layer, self.below = stack, layer, below
        self.encoder, self.decoder, self.loss = encoder, decoder, loss
        self.corruption, self.level = corruption, level
        self.name = f"{stack.name}, layer {layer}"
        self.input_dim, self.dtype, self.value_range = stack.input_dim, stack.dtype, stack.value_range
        self.in_nats = loss != "squared_error"
        self.training = dict(stack.training)
        if "pretrain_epochs" in self.training:
            self.training["epochs"] = self.training.pop("pretrain_epochs")

    @property
    def params(self):
        """Those of this layer and of the one opposite."""
        return [*self.encoder.params, *self.decoder.params]

    @property
    def settings(self):
        """Plain values that tell one phase from another."""
        return {
            "stack": self.stack.settings,
            "layer": self.layer,
            "corruption": self.corruption,
            "level": self.level,
        }

    def __repr__(self):
        return f"LayerPretraining(layer {self.layer} of {self.stack!r})"

    def filters(self):
        """Weights of the layer next to the data: a NumPy array with a row for each unit."""
        return self.stack.filters()

    def example_terms(self, x, srng):
        """``{"reconstruction": ...}`` of the layer's own input, shape (batch,)."""
        check_matrix(x, self.input_dim, "the layer")
        for layer in self.below:
            x = layer(x)
        spoilt = CORRUPTIONS[self.corruption](x, srng, self.level)
        rebuilt = self.decoder(self.encoder(spoilt))
        return {"reconstruction": getattr(losses, self.loss)(rebuilt, x)}


class StackedAutoencoder(Autoencoder):
    """A deep autoencoder whose layers are pretrained as denoising autoencoders, one after the other.

    Parameters
    ----------
    input_dim, hidden_dims, latent_dim, activation, loss, code_activation, tied, seed, dtype
        See :class:`symgen.models.Autoencoder`.
    corruption : {"masking", "gaussian", "salt_and_pepper"}
        What spoils the input of each layer in the pretraining.
    corruption_levels : sequence of float
        Of the corruption for each layer, from the data inwards; one number is for all.

    Raises
    ------
    SettingsError
        When there are more or fewer levels than layers.
    RangeError, UnknownNameError
        As for :class:`symgen.models.DenoisingAutoencoder`.
    """

    name = "stacked_autoencoder"

    def __init__(
        self,
        input_dim,
        hidden_dims=(256, 64),
        latent_dim=16,
        activation="sigmoid",
        loss="binary_cross_entropy",
        corruption="masking",
        corruption_levels=(0.1,),
        code_activation=None,
        tied=True,
        seed=0,
        dtype=None,
    ):
        depth = len(positive_ints(hidden_dims, "hidden_dims")) + 1
        self.corruption = corruption
        self.corruption_levels = _checked_levels(corruption, corruption_levels, depth)
        super().__init__(
            input_dim, hidden_dims, latent_dim, activation, loss, code_activation, tied,
            seed=seed, dtype=dtype,
        )  # fmt: skip

    def pretraining(self):
        """A model for each layer, in the order of training; they share this one's parameters."""
        depth = len(self.encoder.layers)
        levels = _for_each(self.corruption_levels, depth)
        outer = "squared_error"
        if self.loss == "binary_cross_entropy":
            outer = "binary_cross_entropy_with_logits"
        inner = "binary_cross_entropy" if self.activation == "sigmoid" else "squared_error"
        return [
            LayerPretraining(
                self, k, self.encoder.layers[:k], self.encoder.layers[k],
                self.decoder.layers[depth - 1 - k], self.corruption, levels[k], inner if k else outer,
            )
            for k in range(depth)
        ]  # fmt: skip


class StackedClassifier(Classifier):
    """Layers pretrained as denoising autoencoders with a logistic regression on top: the SdA.

    Training minimises ``-log p(label | x)``; the labels come as the context, one-hot. Sizes,
    levels and epochs are those of the tutorial, rate and minibatch those of its dA.

    Parameters
    ----------
    input_dim : int
        Numbers in one example, in [0, 1].
    context_dim : int
        Number of classes.
    hidden_dims : sequence of int, at least one
        Units of the layers, from the input on; all are sigmoid.
    corruption : {"masking", "gaussian", "salt_and_pepper"}
        What spoils the input of each layer in the pretraining.
    corruption_levels : sequence of float, optional
        Of the corruption for each layer; one number is for all. By default 0.1, 0.2, and 0.3 from
        the third layer on.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    buffers : list of shared variables
        The visible biases, which pretraining alone changes.

    Raises
    ------
    SettingsError
        Without a hidden layer, or with more or fewer levels than layers.
    RangeError, UnknownNameError
        For a size below 1, a level that cannot be, a corruption that there is none of.
    """

    name = "sda"
    value_range = (0.0, 1.0)
    training = MappingProxyType(
        {
            "optimizer": "sgd", "learning_rate": 0.1, "batch_size": 20, "epochs": 36,
            "pretrain_epochs": 15,
        }
    )  # fmt: skip

    def __init__(
        self,
        input_dim,
        context_dim,
        hidden_dims=(1000, 1000, 1000),
        corruption="masking",
        corruption_levels=None,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.context_dim = positive_int(context_dim, "context_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        if not self.hidden_dims:
            raise SettingsError("at least one hidden layer", "none", "Give hidden_dims=(500,), say.")
        self.corruption = corruption
        depth = len(self.hidden_dims)
        if corruption_levels is None:
            corruption_levels = [min(0.1 * (k + 1), 0.3) for k in range(depth)]
        self.corruption_levels = _checked_levels(corruption, corruption_levels, depth)
        self.seed, self.dtype = seed, dtype or config.floatx()
        options = {"rng": np.random.default_rng(seed), "dtype": self.dtype}
        sizes = (self.input_dim, *self.hidden_dims)
        wide = partial(glorot_uniform, gain=4.0)
        self.encoder = Sequential(
            [
                Dense(i, o, "sigmoid", wide, name=f"encoder.{k}", **options)
                for k, (i, o) in enumerate(zip(sizes, sizes[1:], strict=False))
            ]
        )
        self.output = Dense(sizes[-1], self.context_dim, "linear", zeros, name="output", **options)
        self._ways_back = [
            TiedDense(layer, "sigmoid" if k else "linear", name=f"visible.{k}", dtype=self.dtype)
            for k, layer in enumerate(self.encoder.layers)
        ]
        self.buffers = [layer.b for layer in self._ways_back]

    @property
    def params(self):
        """Shared variables that fine-tuning changes."""
        return [*self.encoder.params, *self.output.params]

    def encode(self, x):
        """The last hidden layer, shape (batch, hidden_dims[-1])."""
        check_matrix(x, self.input_dim, "the network")
        return self.encoder(x)

    def filters(self):
        """Weights of the first layer: a NumPy array with a row for each unit."""
        return self.encoder.layers[0].W.get_value().T

    def pretraining(self):
        """A model for each layer, in the order of training; they share this one's parameters."""
        levels = _for_each(self.corruption_levels, len(self.hidden_dims))
        layers = self.encoder.layers
        return [
            LayerPretraining(
                self, k, layers[:k], layers[k], self._ways_back[k], self.corruption, levels[k],
                "binary_cross_entropy" if k else "binary_cross_entropy_with_logits",
            )
            for k in range(len(layers))
        ]  # fmt: skip


def _checked_levels(corruption, levels, depth):
    """The levels as a tuple of floats: one, or one for each of `depth` layers."""
    levels = tuple(levels) if isinstance(levels, tuple | list) else (levels,)
    if len(levels) not in (1, depth):
        raise SettingsError(
            f"one level for all layers, or one for each of {depth}", repr(levels), "Match them."
        )
    return tuple(checked_level(corruption, level) for level in levels)


def _for_each(levels, depth):
    return levels * depth if len(levels) == 1 else levels
