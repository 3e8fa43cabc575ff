"""A deep belief network as a classifier: greedily trained layers below a softmax.

References
----------
G. Hinton, S. Osindero, Y.-W. Teh (2006). A fast learning algorithm for deep belief nets. Neural
Computation 18.
Y. Bengio, P. Lamblin, D. Popovici, H. Larochelle (2007). Greedy layer-wise training of deep
networks. NIPS. Section 2.4: fine-tuning by the gradient of the labels' probability.
"""

from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import config
from symgen.initializers import normal
from symgen.layers import Dense
from symgen.models.classifier import Classifier
from symgen.models.energy.draws import bernoulli
from symgen.models.energy.greedy import GreedyLayer, rbm_of
from symgen.models.energy.rbm import shared_zeros
from symgen.models.validation import check_matrix, positive_int, positive_ints


class DBNClassifier(Classifier):
    """``p(label | x)``: sigmoid layers that :meth:`pretraining` trains as RBMs, then a softmax.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    context_dim : int
        Classes; the context is the label, one-hot.
    hidden_dims : sequence of int
        Sizes of the hidden layers from the bottom, one at least.
    k : int
        Gibbs steps of contrastive divergence in pretraining.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For a size, their number or `k` below 1.
    """

    name = "dbn_classifier"
    value_range = (0.0, 1.0)
    training = MappingProxyType(
        {
            "optimizer": "adam",
            "learning_rate": 0.001,
            "batch_size": 20,
            "epochs": 50,
            "pretrain_epochs": 20,
        }
    )

    def __init__(
        self, input_dim, context_dim, hidden_dims=(500, 500), k=1, seed=0, dtype=None
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.context_dim = positive_int(context_dim, "context_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        positive_int(len(self.hidden_dims), "the number of hidden layers")
        self.k, self.seed, self.dtype = positive_int(k, "k"), seed, dtype or config.floatx()
        rng, sizes = np.random.default_rng(seed), (self.input_dim, *self.hidden_dims)
        self._layers = []
        for i, shape in enumerate(zip(sizes, sizes[1:], strict=False)):
            W = pytensor.shared(normal(shape, rng, self.dtype), name=f"layers.{i}.W", shape=shape)
            hbias = shared_zeros(f"layers.{i}.hbias", shape[1], self.dtype)
            self._layers.append((W, hbias, shared_zeros(f"layers.{i}.vbias", shape[0], self.dtype)))
        self.output = Dense(
            sizes[-1], self.context_dim, W="zeros", rng=rng, name="output", dtype=self.dtype
        )

    @property
    def params(self):
        """Weights and biases of the layers upwards, and of the softmax."""
        return [*(p for layer in self._layers for p in layer[:2]), *self.output.params]

    @property
    def buffers(self):
        """The visible biases, which pretraining alone needs."""
        return [layer[2] for layer in self._layers]

    def pretraining(self):
        """A model for each layer from the bottom: see :class:`GreedyLayer`."""
        return [GreedyLayer(self, layer) for layer in range(len(self.hidden_dims))]

    def greedy_rbm(self, layer):
        """The RBM of a layer and its shared variables."""
        params = list(self._layers[layer])
        return rbm_of(*params, self.k, self.dtype), params

    def below(self, x, srng, layer):
        """A draw of the units below `layer` given `x`; `x` itself for layer 0."""
        for W, hbias, _ in self._layers[:layer]:
            x = bernoulli(pt.sigmoid(pt.dot(x, W) + hbias), srng)
        return x

    def encode(self, x):
        """Means of the last hidden layer, shape (batch, hidden_dims[-1])."""
        check_matrix(x, self.input_dim, "the network")
        for W, hbias, _ in self._layers:
            x = pt.sigmoid(pt.dot(x, W) + hbias)
        return x

    def filters(self):
        """The weights of each unit of the first layer as an image: NumPy."""
        return self._layers[0][0].get_value().T
