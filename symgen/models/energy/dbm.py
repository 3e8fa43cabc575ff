r"""The deep Boltzmann machine: layers of binary units, each joined to its neighbours both ways.

.. math::
    E(s_0, \dots, s_L) = -\sum_i s_{i-1}^\top W_i s_i - \sum_i b_i^\top s_i, \qquad s_0 = x

References
----------
R. Salakhutdinov, G. Hinton (2009). Deep Boltzmann machines. AISTATS. Equation 6: the bound and its
mean field, equation 9 its fixed point; section 3.1: greedy training with doubled inputs; section 3.2:
log Z by annealing. Algorithm 1: the training.
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
from symgen.models.energy.draws import bernoulli, run_chain
from symgen.models.energy.greedy import GreedyLayer, rbm_of
from symgen.models.energy.rbm import RBM, SAMPLE_STEPS, random_bits, shared_zeros
from symgen.models.model import Model, Objective
from symgen.models.validation import check_matrix, positive_int, positive_ints


class DBM(Model):
    """Deep Boltzmann machine, trained by mean field against persistent chains.

    Parameters
    ----------
    input_dim : int
        Visible units: numbers in one example.
    hidden_dims : sequence of int
        Sizes of the hidden layers from the bottom, two at least.
    k : int
        Gibbs steps of the chains at each minibatch.
    n_chains : int
        Persistent chains.
    mean_field_steps : int
        Updates of all hidden layers towards the fixed point.
    seed : int
        Seed of the initial weights, ``N(0, 0.01^2)``.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    W : list of shared variables
        ``W[i]`` of shape (units of layer i, units of layer i + 1); layer 0 is the visible one.
    b : list of shared variables
        ``b[i]`` of shape (units of layer i,).
    chains : list of shared variables
        States of each layer, shape (n_chains, units).

    Raises
    ------
    RangeError
        For a size or number below 1, or fewer than two hidden layers.
    """

    name = "dbm"
    value_range = (0.0, 1.0)
    binary = True
    metric = "negative reconstruction error"
    bound = "none"
    training = MappingProxyType({"optimizer": "sgd", "learning_rate": 0.01})

    def __init__(
        self,
        input_dim,
        hidden_dims=(500, 1000),
        k=5,
        n_chains=100,
        mean_field_steps=10,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        if len(self.hidden_dims) < 2:
            raise RangeError(
                "at least two hidden layers", f"{list(self.hidden_dims)}", "With one it is an RBM."
            )
        self.k, self.n_chains = positive_int(k, "k"), positive_int(n_chains, "n_chains")
        self.mean_field_steps = positive_int(mean_field_steps, "mean_field_steps")
        self.seed, self.dtype = seed, dtype or config.floatx()
        rng, self.W = np.random.default_rng(seed), []
        for i, shape in enumerate(zip(self.dims, self.dims[1:], strict=False)):
            weights = normal(shape, rng, self.dtype)
            self.W.append(pytensor.shared(weights, name=f"W.{i}", shape=shape))
        self.b = [shared_zeros(f"b.{i}", n, self.dtype) for i, n in enumerate(self.dims)]
        self.chains = [
            random_bits(f"chains.{i}", (self.n_chains, n), seed + i, self.dtype)
            for i, n in enumerate(self.dims)
        ]

    @property
    def dims(self):
        """Units of all layers, the visible one first."""
        return (self.input_dim, *self.hidden_dims)

    @property
    def params(self):
        """Weights, then biases, from the bottom."""
        return [*self.W, *self.b]

    @property
    def buffers(self):
        """The persistent chains, a layer each."""
        return self.chains

    # -------------------------------------------------------------------- energy and conditionals

    def energy(self, states):
        """``E`` of a list of states or means, one matrix a layer: shape (batch,)."""
        between = [(pt.dot(a, W) * b).sum(axis=1) for a, W, b in zip(states, self.W, states[1:])]
        own = [pt.dot(s, b) for s, b in zip(states, self.b, strict=True)]
        return -sum(between[1:] + own, between[0])

    def input_of(self, layer, states, beta=None, base=None):
        """Input of a layer's units from its neighbours in the list `states`: (batch, units).

        With `beta` it is at that inverse temperature; `base` are the visible logits at 0.
        """
        terms = [self.b[layer]]
        if layer > 0:
            terms.append(pt.dot(states[layer - 1], self.W[layer - 1]))
        if layer < len(self.dims) - 1:
            terms.append(pt.dot(states[layer + 1], self.W[layer].T))
        total = sum(terms[2:], terms[1] + terms[0])
        if beta is None:
            return total
        warm = (np.asarray(1, self.dtype) - beta) * base if layer == 0 else 0
        return beta * total + warm

    def gibbs(self, states, srng, beta=None, base=None):
        """A Gibbs step: the even layers given the odd ones, then the odd ones given the even."""
        states = list(states)
        for parity in (0, 1):
            for layer in range(parity, len(self.dims), 2):
                mean = pt.sigmoid(self.input_of(layer, states, beta, base))
                states[layer] = bernoulli(mean, srng)
        return states

    def mean_field(self, x):
        """Means of the hidden layers that make the bound highest: a list, (batch, units) each.

        They begin at one pass upwards with each input doubled, to stand for that from above, and each
        layer in turn is set to ``sigmoid(input)`` some times over (equation 9).
        """
        check_matrix(x, self.input_dim, "the visible layer")
        means, two = [x], np.asarray(2, self.dtype)
        for layer, W in enumerate(self.W, start=1):
            double = two if layer < len(self.W) else np.asarray(1, self.dtype)
            means.append(pt.sigmoid(double * pt.dot(means[-1], W) + self.b[layer]))

        def step(*states):
            states = [x, *states[: len(self.W)]]
            for layer in range(1, len(self.dims)):
                states[layer] = pt.sigmoid(self.input_of(layer, states))
            return states[1:]

        found = pytensor.scan(
            step,
            outputs_info=means[1:],
            non_sequences=[x, *self.params],
            n_steps=self.mean_field_steps,
            return_updates=False,
        )
        return [mean[-1] for mean in found]

    # ------------------------------------------------------------------------------- training

    def pretraining(self):
        """A model for each layer from the bottom: see :class:`GreedyLayer` and :meth:`greedy_rbm`."""
        return [GreedyLayer(self, layer, turned=False) for layer in range(len(self.hidden_dims))]

    def greedy_rbm(self, layer):
        """The RBM of a layer, and its shared variables.

        A unit that later has a neighbour on the other side too has its input doubled here: the
        bottom RBM has two copies of its visible units, the top one of its hidden units, and one
        between them twice the weights.
        """
        params = [self.W[layer], self.b[layer + 1], self.b[layer]]
        machine = rbm_of(*params, 1, self.dtype, _DoubledRBM)
        first, last = layer == 0, layer == len(self.W) - 1
        copies = (2, 1) if first else (1, 2) if last else (1, 1)
        machine.copies = [np.asarray(n, self.dtype) for n in copies]
        machine.weight = np.asarray(1 if first or last else 2, self.dtype)
        return machine, params

    def below(self, x, srng, layer):
        """A draw of the units below `layer` given `x`; `x` itself for layer 0."""
        for lower in range(layer):
            x = self.greedy_rbm(lower)[0].sample_h_given_v(x, srng)[-1]
        return x

    def objectives(self, x, srng):
        """``mean E(x, means) - mean E(chains)``, means and chains held fixed (algorithm 1).

        Its gradient is that of the variational bound, the model's part estimated by the chains.
        Reported is the reconstruction of `x` from the mean field, in nats.
        """
        means = [disconnected_grad(mean) for mean in self.mean_field(x)]
        chains = run_chain(self._gibbs, self.chains, self.k, srng, self.params)
        fixed = [disconnected_grad(state) for state in chains]
        loss = self.energy([x, *means]).mean() - self.energy(fixed).mean()
        reported = self.example_terms(x)["reconstruction"].mean()
        updates = OrderedDict(zip(self.chains, chains, strict=True))
        return [Objective("reconstruction", loss, self.params, updates=updates, reported=reported)]

    def example_terms(self, x, srng=None):
        """``reconstruction``: cross-entropy of `x` and its means given the mean field, nats: (batch,)."""
        logits = self.input_of(0, [None, *self.mean_field(x)])
        return {"reconstruction": losses.binary_cross_entropy_with_logits(logits, x)}

    # --------------------------------------------------------------- evaluation and annealing

    def unnormalised_bound(self, x, srng=None):
        """Lower bound on log p(x), but for log Z: ``-E(x, means) + H(means)``, nats: (batch,)."""
        means = self.mean_field(x)
        total = -self.energy([x, *means])
        one, tiny = (np.asarray(n, self.dtype) for n in (1, np.finfo(self.dtype).tiny))
        for q in means:
            parts = q * pt.log(q + tiny) + (one - q) * pt.log(one - q + tiny)  # 0 log 0 is 0
            total -= parts.sum(axis=1)
        return total

    def states(self):
        """The odd layers, and the even ones: either side is summed out given the other."""
        sides = []
        for parity in (1, 0):
            units = sum(self.dims[parity::2])
            sides.append((units, lambda s, parity=parity: self._free_energy(s, parity)))
        return sides

    def annealed_start(self, n, base, srng):
        """`n` states of the odd layers at ``beta = 0``: fair bits."""
        half = pt.zeros((n, sum(self.dims[1::2])), self.dtype) + np.asarray(0.5, self.dtype)
        return bernoulli(half, srng)

    def annealed_free_energy(self, s, beta, base):
        """Free energy of states of the odd layers, side by side, at `beta`: (batch,)."""
        return self._free_energy(s, 1, beta, base)

    def annealed_step(self, s, beta, base, srng):
        """The even layers given the odd ones, and those given them: reversible for the odd ones."""
        states = self.gibbs(self._split(s, 1), srng, beta, base)
        return pt.concatenate(states[1::2], axis=1)

    def base_of(self, x):
        """Log odds of each pixel in data `x` (NumPy), zeros for None; see :meth:`RBM.base_of`."""
        return RBM.base_of(self, x)

    def log_z_at_zero(self, base):
        """``sum_i softplus(base_i) + n_hidden log 2``, of all hidden layers together."""
        return sum(self.hidden_dims) * np.log(2) + np.logaddexp(0, base).sum()

    @property
    def n_visible(self):
        """Visible units, `input_dim`."""
        return self.input_dim

    # -------------------------------------------------------------------------------- samples

    def sample(self, n, srng):
        """Visible means at the end of Gibbs chains of 1000 steps from random bits: (n, input_dim)."""
        half = np.asarray(0.5, self.dtype)
        start = [bernoulli(pt.zeros((n, units), self.dtype) + half, srng) for units in self.dims]
        states = run_chain(self._gibbs, start, SAMPLE_STEPS, srng, self.params)
        return pt.sigmoid(self.input_of(0, states))

    def chain(self, x, srng, steps=10):
        """Visible means along a Gibbs chain from `x` and its mean field: (steps, batch, input_dim)."""
        start = [x, *(bernoulli(mean, srng) for mean in self.mean_field(x))]

        def step(*arguments):
            *states, _, draws = arguments
            mean = pt.sigmoid(self.input_of(0, states))
            return [*self.gibbs(states, draws), mean]

        return run_chain(step, [*start, x], steps, srng, self.params, every=True)[-1]

    def reconstruct(self, x):
        """Visible means given the mean field of `x`, shape (batch, input_dim)."""
        return pt.sigmoid(self.input_of(0, [None, *self.mean_field(x)]))

    def encode(self, x):
        """The mean field of the last hidden layer, shape (batch, hidden_dims[-1])."""
        return self.mean_field(x)[-1]

    def filters(self):
        """The weights of each unit of the first hidden layer as an image: NumPy."""
        return self.W[0].get_value().T

    # --------------------------------------------------------------------- parts of the above

    def _gibbs(self, *arguments):
        *states, draws = arguments
        return self.gibbs(states, draws)

    def _split(self, s, parity):
        """A list of all layers with the states of every second one in place, None for the others."""
        states, first = [None] * len(self.dims), 0
        for layer in range(parity, len(self.dims), 2):
            states[layer] = s[:, first : first + self.dims[layer]]
            first += self.dims[layer]
        return states

    def _free_energy(self, s, parity, beta=None, base=None):
        """``-log`` of the sum of ``exp(-E)`` over the layers of the other parity: (batch,)."""
        states, total = self._split(s, parity), 0
        for layer in range(len(self.dims)):
            if states[layer] is None:
                total -= pt.softplus(self.input_of(layer, states, beta, base)).sum(axis=1)
            else:
                own = pt.dot(states[layer], self.b[layer])
                total -= own if beta is None else beta * own
        return total


class _DoubledRBM(RBM):
    """RBM with `copies` of its visible and its hidden layer, and its weights times `weight`."""

    def propup(self, vis):
        """See :meth:`RBM.propup`."""
        pre_sigmoid = self.copies[0] * self.weight * pt.dot(vis, self.W) + self.hbias
        return [pre_sigmoid, pt.sigmoid(pre_sigmoid)]

    def propdown(self, hid):
        """See :meth:`RBM.propdown`."""
        pre_sigmoid = self.copies[1] * self.weight * pt.dot(hid, self.W.T) + self.vbias
        return [pre_sigmoid, pt.sigmoid(pre_sigmoid)]

    def free_energy(self, v_sample):
        """See :meth:`RBM.free_energy`."""
        hidden = pt.softplus(self.propup(v_sample)[0]).sum(axis=1)
        return -self.copies[0] * pt.dot(v_sample, self.vbias) - self.copies[1] * hidden
