r"""The deep belief network: an RBM on top, and layers that a draw of it is sent down through.

.. math::
    p(x, h_1, \dots, h_L) = p(x \mid h_1) \cdots p(h_{L-2} \mid h_{L-1})\; p_{RBM}(h_{L-1}, h_L)

References
----------
G. Hinton, S. Osindero, Y.-W. Teh (2006). A fast learning algorithm for deep belief nets. Neural
Computation 18. Section 4: greedy training; section 5 and appendix B: the up-down algorithm.
R. Salakhutdinov, I. Murray (2008). On the quantitative analysis of deep belief networks. ICML.
Section 5: the bound.
"""

from collections import OrderedDict
from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad

from symgen import config, losses
from symgen.errors import RangeError
from symgen.initializers import normal
from symgen.models.energy.draws import bernoulli
from symgen.models.energy.greedy import GreedyLayer, rbm_of
from symgen.models.energy.rbm import RBM, PersistentRBM, shared_zeros
from symgen.models.model import Model, Objective
from symgen.models.validation import not_negative_int, positive_int, positive_ints


class DBN(Model):
    """Deep belief network: greedy :meth:`pretraining`, then fine-tuning by the up-down algorithm.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    hidden_dims : sequence of int
        Sizes of the hidden layers from the bottom, two at least; the last two are the RBM on top.
    k : int
        Gibbs steps of contrastive divergence.
    n_chains : int
        Persistent chains of each layer while it is greedily trained; with 0 its chains begin at the data.
        A bound that has to be good needs them, see the notes of :class:`~symgen.models.energy.rbm.RBM`.
    seed : int
        Seed of the initial weights, ``N(0, 0.01^2)``, and of the chains.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    top : RBM
        Over the last two layers; its log Z is the whole network's.
    recognition, generative : list of (W, b)
        Of each layer below, ``W`` of shape (below, above): upwards with the bias of the units above,
        downwards with that of the units below. They begin equal, stay so while greedily trained, and
        part in fine-tuning.

    Raises
    ------
    RangeError
        For a size or `k` below 1, fewer than two hidden layers, or `n_chains` below 0.
    """

    name = "dbn"
    value_range = (0.0, 1.0)
    binary = True
    metric = "negative reconstruction error"
    bound = "none"
    training = MappingProxyType({"optimizer": "sgd", "learning_rate": 0.01})

    def __init__(self, input_dim, hidden_dims=(500, 2000), k=1, n_chains=0, seed=0, dtype=None):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        if len(self.hidden_dims) < 2:
            raise RangeError(
                "at least two hidden layers", f"{list(self.hidden_dims)}", "With one it is an RBM."
            )
        self.k, self.n_chains = positive_int(k, "k"), not_negative_int(n_chains, "n_chains")
        self.seed, self.dtype = seed, dtype or config.floatx()
        rng, sizes = np.random.default_rng(seed), (self.input_dim, *self.hidden_dims)
        self.recognition, self.generative = [], []
        for i, shape in enumerate(zip(sizes[:-2], sizes[1:-1], strict=True)):
            W = normal(shape, rng, self.dtype)
            for pairs, name, biased in (
                (self.recognition, "recognition", shape[1]),
                (self.generative, "generative", shape[0]),
            ):
                weights = pytensor.shared(W.copy(), name=f"{name}.{i}.W", shape=shape)
                pairs.append((weights, shared_zeros(f"{name}.{i}.b", biased, self.dtype)))
        self.top = RBM(*sizes[-2:], k=k, seed=seed, dtype=self.dtype)
        for param in self.top.params:
            param.name = f"top.{param.name}"

    @property
    def params(self):
        """Of recognition and generation, layer by layer, then of the RBM on top."""
        pairs = [*self.recognition, *self.generative]
        return [*(param for pair in pairs for param in pair), *self.top.params]

    # ---------------------------------------------------------------------- greedy training

    def pretraining(self):
        """A model for each layer from the bottom: see :class:`GreedyLayer`."""
        return [GreedyLayer(self, layer) for layer in range(len(self.hidden_dims))]

    def greedy_rbm(self, layer):
        """The RBM of a layer with recognition and generation tied, and its shared variables."""
        if layer == len(self.recognition):
            if not self.n_chains:
                return self.top, self.top.params
            return self._persistent(layer, *self.top.params), self.top.params
        (up, hbias), (down, vbias) = self.recognition[layer], self.generative[layer]
        # Equal values stay equal: either gets the gradient of the one matrix that they are.
        half = np.asarray(0.5, self.dtype)
        W = up + down - disconnected_grad(half * (up + down))
        params = [up, down, hbias, vbias]
        if self.n_chains:
            return self._persistent(layer, W, hbias, vbias), params
        return rbm_of(W, hbias, vbias, self.k, self.dtype), params

    def _persistent(self, layer, W, hbias, vbias):
        machine = rbm_of(W, hbias, vbias, self.k, self.dtype, PersistentRBM)
        machine.begin_chains(self.n_chains, [self.seed, layer])
        return machine

    def below(self, x, srng, layer):
        """A draw of the units below `layer` given `x` by recognition; `x` itself for layer 0."""
        for W, b in self.recognition[:layer]:
            x = bernoulli(pt.sigmoid(pt.dot(x, W) + b), srng)
        return x

    # -------------------------------------------------------------------------- fine-tuning

    def objectives(self, x, srng):
        """The up-down algorithm: the sum of three losses whose parameters are not the same.

        Awake, a draw goes up by recognition, and each generative layer learns to give back what it
        came from. On top the RBM learns by contrastive divergence. Asleep, the end of its chain goes
        down by generation, and each recognition layer learns to give back what it came from.
        Reported is the reconstruction of `x` from the layer above it, in nats.
        """
        states = self._up(x, srng)
        awake = [
            losses.binary_cross_entropy_with_logits(pt.dot(above, W.T) + b, below).mean()
            for (W, b), below, above in zip(self.generative, states, states[1:], strict=False)
        ]
        on_top, above = self.top.divergence(states[-1], srng)
        asleep = []
        for (up, up_b), (down, down_b) in zip(
            self.recognition[::-1], self.generative[::-1], strict=True
        ):
            below = disconnected_grad(bernoulli(pt.sigmoid(pt.dot(above, down.T) + down_b), srng))
            logits = pt.dot(below, up) + up_b
            asleep.append(losses.binary_cross_entropy_with_logits(logits, above).mean())
            above = below
        loss = sum([*awake, *asleep], on_top)
        terms = OrderedDict(awake=sum(awake[1:], awake[0]), asleep=sum(asleep[1:], asleep[0]))
        return [Objective("reconstruction", loss, self.params, terms, reported=awake[0])]

    def example_terms(self, x, srng):
        """``reconstruction``: minus log p(x | h_1) at one draw of h_1 by recognition, nats: (batch,)."""
        above = self._up(x, srng)[1]
        W, b = self.generative[0]
        return {
            "reconstruction": losses.binary_cross_entropy_with_logits(pt.dot(above, W.T) + b, x)
        }

    # --------------------------------------------------------------------------- evaluation

    def unnormalised_bound(self, x, srng):
        """Lower bound on log p(x), but for log Z of :attr:`top`, at one draw by recognition q.

        ``sum_i [log p(h_{i-1} | h_i) + H(q(h_i | h_{i-1}))] - F(h_{L-1})``, shape (batch,), in nats.
        """
        states = self._up(x, srng)
        total = -self.top.free_energy(states[-1])
        for (up, up_b), (down, down_b), below, above in zip(
            self.recognition, self.generative, states, states[1:], strict=False
        ):
            logits = pt.dot(below, up) + up_b
            entropy = losses.binary_cross_entropy_with_logits(logits, pt.sigmoid(logits))
            total += losses.bernoulli_log_prob(below, pt.dot(above, down.T) + down_b) + entropy
        return total

    def sample(self, n, srng):
        """Means of the visible units below `n` draws of the RBM on top, shape (n, input_dim)."""
        return self._down(self.top.sample(n, srng), srng)

    def chain(self, x, srng, steps=10):
        """Means of the visible units below a Gibbs chain on top, from `x`: (steps, batch, input_dim)."""
        means = self.top.chain(self._up(x, srng)[-1], srng, steps)
        rows = means.reshape((means.shape[0] * means.shape[1], means.shape[2]))
        images = self._down(bernoulli(rows, srng), srng)
        return images.reshape((means.shape[0], means.shape[1], self.input_dim))

    def reconstruct(self, x):
        """Means of the visible units, from means sent up to the last layer but one and down again."""
        for W, b in self.recognition:
            x = pt.sigmoid(pt.dot(x, W) + b)
        for W, b in self.generative[::-1]:
            x = pt.sigmoid(pt.dot(x, W.T) + b)
        return x

    def encode(self, x):
        """Means of the last hidden layer, sent up, shape (batch, hidden_dims[-1])."""
        for W, b in self.recognition:
            x = pt.sigmoid(pt.dot(x, W) + b)
        return self.top.propup(x)[1]

    def filters(self):
        """The generative weights of each unit of the first layer as an image: NumPy."""
        return self.generative[0][0].get_value().T

    def _up(self, x, srng):
        """`x` and a draw of each layer by recognition, up to the RBM's visible units."""
        states = [x]
        for W, b in self.recognition:
            mean = pt.sigmoid(pt.dot(states[-1], W) + b)
            states.append(disconnected_grad(bernoulli(mean, srng)))
        return states

    def _down(self, x, srng):
        """Visible means below states of the RBM's visible units, the layers between being drawn."""
        for i, (W, b) in reversed(list(enumerate(self.generative))):
            mean = pt.sigmoid(pt.dot(x, W.T) + b)
            x = bernoulli(mean, srng) if i else mean
        return x
