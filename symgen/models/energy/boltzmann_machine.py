r"""The Boltzmann machine: binary units, each joined to each, some of them hidden or none.

.. math::
    E(s) = -\sum_{i < j} W_{ij} s_i s_j - b^\top s, \qquad s = (v, h)

References
----------
D. Ackley, G. Hinton, T. Sejnowski (1985). A learning algorithm for Boltzmann machines. Cognitive
Science 9. Equation 1: the energy, there without biases; equation 5: the gradient.
L. Younes (1989). Parametric inference for imperfectly observed Gibbsian fields. The persistent
chains.
"""

from collections import OrderedDict
from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad

from symgen import config
from symgen.errors import RangeError
from symgen.initializers import normal
from symgen.models.energy.rbm import has_begun, random_bits, shared_zeros
from symgen.models.model import Model, Objective
from symgen.models.validation import check_matrix, positive_int
from symgen.random import ScanStream

MAX_HIDDEN = 12
SAMPLE_SWEEPS = 200


class BoltzmannMachine(Model):
    """Fully connected Boltzmann machine, for small numbers of units.

    Its training needs the mean over hidden states given the data, which is counted out, and the
    mean under the model, which persistent chains of Gibbs sweeps estimate.

    Parameters
    ----------
    input_dim : int
        Visible units: numbers in one example.
    n_hidden : int
        Hidden units, at most 12; 0 for a machine that is fully visible.
    k : int
        Sweeps of the chains over all units at each minibatch.
    n_chains : int
        Persistent chains.
    seed : int
        Seed of the initial weights, ``N(0, 0.01^2)``.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    W : shared variable of shape (units, units)
        Visible units come first. What lies above the diagonal counts.
    b : shared variable of shape (units,)
    chains : shared variable of shape (n_chains, units)

    Raises
    ------
    RangeError
        For a size below 1, or more than 12 hidden units.
    """

    name = "boltzmann_machine"
    value_range = (0.0, 1.0)
    binary = True
    metric = "log pseudo-likelihood"
    bound = "none"
    training = MappingProxyType({"optimizer": "sgd", "learning_rate": 0.05})

    def __init__(self, input_dim, n_hidden=0, k=1, n_chains=100, seed=0, dtype=None):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.n_hidden = positive_int(n_hidden, "n_hidden") if n_hidden else 0
        if self.n_hidden > MAX_HIDDEN:
            raise RangeError(
                f"at most {MAX_HIDDEN} hidden units, whose states are counted through",
                f"{n_hidden}",
                "Use an RBM or a DBM, where many can be summed out.",
            )
        self.k, self.n_chains = positive_int(k, "k"), positive_int(n_chains, "n_chains")
        self.seed, self.dtype = seed, dtype or config.floatx()
        n = self.n_units
        weights = normal((n, n), np.random.default_rng(seed), self.dtype)
        self.W = pytensor.shared(np.triu(weights, 1), name="W", shape=(n, n))
        self.b = shared_zeros("b", n, self.dtype)
        self.chains = random_bits("chains", (self.n_chains, n), seed, self.dtype)

    @property
    def n_visible(self):
        """Visible units, `input_dim`."""
        return self.input_dim

    @property
    def n_units(self):
        """Visible and hidden units."""
        return self.input_dim + self.n_hidden

    @property
    def params(self):
        """``[W, b]``."""
        return [self.W, self.b]

    @property
    def buffers(self):
        """The chains: states of all units, shape (n_chains, units)."""
        return [self.chains]

    def initialize(self, x):
        """Visible biases at the log odds of each pixel in `x`: see :meth:`RBM.initialize`."""
        if has_begun(self.b):
            return
        b = self.b.get_value()
        b[: self.n_visible] = self.base_of(x)[: self.n_visible]
        self.b.set_value(b)

    def energy(self, s):
        """``E(s)`` of states of all units, shape (batch,)."""
        check_matrix(s, self.n_units, "the machine")
        upper = np.triu(np.ones((self.n_units, self.n_units), self.dtype), 1)
        return -(pt.dot(s, self.W * upper) * s).sum(axis=1) - pt.dot(s, self.b)

    def free_energy(self, v_sample):
        """``-log sum_h exp(-E(v, h))``, the sum counted out, shape (batch,)."""
        check_matrix(v_sample, self.n_visible, "the visible units")
        n, m = self.n_visible, self.n_hidden
        if not m:
            return self.energy(v_sample)
        hidden = (np.arange(2**m)[:, None] >> np.arange(m) & 1).astype(self.dtype)
        alone = pt.concatenate([v_sample, pt.zeros((v_sample.shape[0], m), self.dtype)], axis=1)
        of_hidden = self.energy(pt.as_tensor(np.pad(hidden, ((0, 0), (n, 0)))))
        between = pt.dot(pt.dot(v_sample, self.W[:n, n:]), hidden.T)
        return self.energy(alone) - pt.logsumexp(between - of_hidden, axis=1)

    def states(self):
        """All units: no layer of them can be summed out. See :meth:`RBM.states`."""
        return [(self.n_units, self.energy)]

    def gibbs(self, s, units, srng, beta=None, base=0):
        """Gibbs steps of single units, one after the other, by ``scan``.

        Parameters
        ----------
        s : matrix of shape (batch, n_units)
        units : int vector
            Numbers of the units to draw anew, in order; some may come again.
        srng : symgen.random.RandomStreams or ScanStream
        beta, base
            See :meth:`RBM.at`.

        Returns
        -------
        matrix of the shape of `s`
        """
        upper = np.triu(np.ones((self.n_units, self.n_units), self.dtype), 1)
        joined = self.W * upper + (self.W * upper).T
        bias, ones = self.b, np.eye(self.n_units, dtype=self.dtype)
        if beta is not None:
            joined, bias = beta * joined, beta * bias + (np.asarray(1, self.dtype) - beta) * base
        units = pt.as_tensor_variable(units)

        def step(weights, bias, mask, s, words):
            stream = ScanStream(words)
            chance = pt.sigmoid(pt.dot(s, weights) + bias)
            drawn = (stream.uniform(chance.shape, dtype=self.dtype) < chance).astype(self.dtype)
            return s + mask * (drawn[:, None] - s), stream.state

        states, _ = pytensor.scan(
            step,
            sequences=[joined[units], bias[units], pt.as_tensor(ones)[units]],
            outputs_info=[s, ScanStream.begin(srng)],
            return_updates=False,
        )
        return states[-1]

    def objectives(self, x, srng):
        """``mean F(x) - mean F(v)`` over the persistent chains: the gradient of ``-log p(x)``.

        Reported is minus the log pseudo-likelihood, at one random pixel of each example.
        """
        units = np.tile(np.arange(self.n_units), self.k)
        chains = self.gibbs(self.chains, units, srng)
        chain_end = disconnected_grad(chains[:, : self.n_visible])
        loss = self.free_energy(x).mean() - self.free_energy(chain_end).mean()
        reported = self.example_terms(x, srng)["pseudo_likelihood"].mean()
        updates = OrderedDict({self.chains: chains})
        return [Objective("pseudo_likelihood", loss, self.params, updates=updates, reported=reported)]

    def example_terms(self, x, srng):
        """``pseudo_likelihood``: see :meth:`RBM.example_terms`."""
        x = pt.round(x)
        u = srng.uniform((x.shape[0],), dtype="float64")
        i = pt.floor(u * np.float64(self.n_visible)).astype("int64")
        scale = np.asarray(self.n_visible, self.dtype)
        return {"pseudo_likelihood": scale * pt.softplus(self._rise(x, i))}

    def log_pseudo_likelihood(self, x):
        """``sum_i log p(x_i | the other pixels)``, shape (batch,)."""
        every = [
            -pt.softplus(self._rise(x, pt.zeros((x.shape[0],), "int64") + i))
            for i in range(self.n_visible)
        ]
        return sum(every)

    def sample(self, n, srng):
        """Visible units after 200 sweeps from random bits, shape (n, input_dim)."""
        start = (srng.uniform((n, self.n_units), dtype=self.dtype) < 0.5).astype(self.dtype)
        units = np.tile(np.arange(self.n_units), SAMPLE_SWEEPS)
        return self.gibbs(start, units, srng)[:, : self.n_visible]

    # ------------------------------------------------------------------------------ annealing

    def annealed_start(self, n, base, srng):
        """`n` states of all units, independent with logits `base`; see :meth:`RBM.annealed_start`."""
        chance = pt.sigmoid(pt.zeros((n, self.n_units), self.dtype) + base)
        return (srng.uniform(chance.shape, dtype=self.dtype) < chance).astype(self.dtype)

    def annealed_free_energy(self, s, beta, base):
        """``beta E(s) - (1 - beta) s base``, shape (batch,)."""
        return beta * self.energy(s) - (np.asarray(1, self.dtype) - beta) * pt.dot(s, base)

    def annealed_step(self, s, beta, base, srng):
        """A sweep up and one down: together they are reversible."""
        up = np.arange(self.n_units)
        return self.gibbs(s, np.concatenate([up, up[::-1]]), srng, beta, base)

    def base_of(self, x):
        """Log odds of each pixel in `x` (NumPy), 0 for hidden units, all 0 for None."""
        base = np.zeros(self.n_units)
        if x is not None:
            share = (x.sum(axis=0, dtype="float64") + 0.5) / (len(x) + 1.0)
            base[: self.n_visible] = np.log(share / (1 - share))
        return base

    def log_z_at_zero(self, base):
        """``sum_i softplus(base_i)``."""
        return np.logaddexp(0, base).sum()

    def _rise(self, x, i):
        """``F(x) - F(x with pixel i turned)``, shape (batch,)."""
        one = pt.eq(pt.arange(self.n_visible)[None, :], i[:, None])
        turned = pt.switch(one, np.asarray(1, self.dtype) - x, x)
        return self.free_energy(x) - self.free_energy(turned)
