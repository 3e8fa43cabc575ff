r"""The restricted Boltzmann machine: binary visible and hidden units, and no edges within a layer.

.. math::
    E(v, h) = -v^\top W h - b_v^\top v - b_h^\top h, \qquad p(v, h) = e^{-E(v, h)} / Z

References
----------
P. Smolensky (1986). Information processing in dynamical systems: foundations of harmony theory.
G. Hinton (2002). Training products of experts by minimizing contrastive divergence.
T. Tieleman (2008). Training restricted Boltzmann machines using approximations to the likelihood
gradient. ICML. Persistent contrastive divergence.
A. Fischer, C. Igel (2010). Empirical analysis of the divergence of Gibbs sampling based learning
algorithms for restricted Boltzmann machines. ICANN.
G. Hinton (2010). A practical guide to training restricted Boltzmann machines. Section 8: the
initial weights and biases.
"""

from collections import OrderedDict
from copy import copy
from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad

from symgen import config, losses
from symgen.initializers import normal
from symgen.models.energy.draws import GivenDraws, bernoulli, run_chain
from symgen.models.model import Model, Objective
from symgen.models.validation import check_matrix, positive_int

SAMPLE_STEPS = 1000


class RBM(Model):
    """Restricted Boltzmann machine, trained by contrastive divergence of `k` steps.

    The methods bear the names of the Theano deep learning tutorial, and return what they return
    there; what there were attributes, the input and the random streams, are arguments here.

    Parameters
    ----------
    input_dim : int
        Visible units: numbers in one example.
    n_hidden : int
        Hidden units.
    k : int
        Gibbs steps from the data to the end of the negative chain.
    seed : int
        Seed of the initial weights, ``N(0, 0.01^2)``.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    W : shared variable of shape (n_visible, n_hidden)
    hbias, vbias : shared variables of shape (n_hidden,), (n_visible,)

    Raises
    ------
    RangeError
        For a size or `k` below 1.

    Notes
    -----
    Training takes values in [0, 1]; those between are expectations of binary pixels, as in the
    tutorial. Likelihoods are defined for 0 and 1 only, and :mod:`symgen.evaluation` refuses others.

    Contrastive divergence of few steps follows the likelihood at first and leaves it later: as weights
    grow, a chain of `k` steps stays near the data, and what the model believes in elsewhere is never
    unlearned (Fischer and Igel 2010). On binarized MNIST plain gradient descent with CD-1 is better after
    10 epochs than after 100, by annealing with 500 hidden units and by exact enumeration with 16, while
    the reconstruction still improves. Small weights help: a ``weight_decay`` of 0.001 and momentum took the
    machine of 16 from -172.4 to -156.8 nats after 100 epochs. For a likelihood use
    :class:`PersistentRBM`, more steps, or stop early.
    """

    name = "rbm"
    value_range = (0.0, 1.0)
    binary = True
    metric = "log pseudo-likelihood"
    bound = "none"
    training = MappingProxyType({"optimizer": "sgd", "learning_rate": 0.05})

    def __init__(self, input_dim, n_hidden=500, k=1, seed=0, dtype=None):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.n_hidden = positive_int(n_hidden, "n_hidden")
        self.k = positive_int(k, "k")
        self.seed, self.dtype = seed, dtype or config.floatx()
        weights = normal((self.input_dim, self.n_hidden), np.random.default_rng(seed), self.dtype)
        self.W = pytensor.shared(weights, name="W", shape=weights.shape)
        self.hbias = shared_zeros("hbias", self.n_hidden, self.dtype)
        self.vbias = shared_zeros("vbias", self.input_dim, self.dtype)

    @property
    def n_visible(self):
        """Visible units, `input_dim`."""
        return self.input_dim

    @property
    def params(self):
        """``[W, hbias, vbias]``."""
        return [self.W, self.hbias, self.vbias]

    def initialize(self, x):
        """Visible biases at the log odds of each pixel in `x`, NumPy, shape (n, input_dim).

        Counted with half a success and half a failure more, so that none is infinite (Hinton 2010,
        section 8). Biases other than the zeros of a new machine stay: training goes on from them.
        """
        if has_begun(self.vbias):
            return
        share = (x.sum(axis=0, dtype="float64") + 0.5) / (len(x) + 1.0)
        self.vbias.set_value(np.log(share / (1 - share)).astype(self.dtype))

    # ------------------------------------------------------------------ conditionals and energy

    def propup(self, vis):
        """Input of the hidden units and its sigmoid, ``p(h = 1 | v)``: each (batch, n_hidden)."""
        check_matrix(vis, self.n_visible, "the visible layer")
        pre_sigmoid = self._cooled(self._visible_input(vis) + self.hbias)
        return [pre_sigmoid, pt.sigmoid(pre_sigmoid)]

    def propdown(self, hid):
        """Input of the visible units and its sigmoid, ``p(v = 1 | h)``: each (batch, n_visible)."""
        check_matrix(hid, self.n_hidden, "the hidden layer")
        pre_sigmoid = self._cooled(pt.dot(hid, self.W.T)) + self._visible_bias()
        return [pre_sigmoid, pt.sigmoid(pre_sigmoid)]

    def sample_h_given_v(self, v0_sample, srng):
        """Input of the hidden units, their probabilities, and a draw: each (batch, n_hidden)."""
        pre_sigmoid, mean = self.propup(v0_sample)
        return [pre_sigmoid, mean, bernoulli(mean, srng)]

    def sample_v_given_h(self, h0_sample, srng):
        """Input of the visible units, their means, and a draw: each (batch, n_visible)."""
        pre_sigmoid, mean = self.propdown(h0_sample)
        return [pre_sigmoid, mean, bernoulli(mean, srng)]

    def gibbs_hvh(self, h0_sample, srng):
        """From hidden to hidden units by way of the visible: what both draws return, six variables."""
        down = self.sample_v_given_h(h0_sample, srng)
        return [*down, *self.sample_h_given_v(down[-1], srng)]

    def gibbs_vhv(self, v0_sample, srng):
        """From visible to visible units by way of the hidden: what both draws return, six variables."""
        up = self.sample_h_given_v(v0_sample, srng)
        return [*up, *self.sample_v_given_h(up[-1], srng)]

    def free_energy(self, v_sample):
        """``F(v) = -log sum_h exp(-E(v, h)) = -v b_v - sum_j softplus(v W + b_h)_j``, shape (batch,)."""
        pre_sigmoid = self.propup(v_sample)[0]
        return -_row_products(v_sample, self._visible_bias()) - pt.softplus(pre_sigmoid).sum(axis=1)

    def hidden_free_energy(self, h_sample):
        """``-log sum_v exp(-E(v, h))``, with the roles of the layers changed; shape (batch,)."""
        pre_sigmoid = self.propdown(h_sample)[0]
        hidden = _row_products(h_sample, self._cooled(self.hbias))
        return -hidden - pt.softplus(pre_sigmoid).sum(axis=1)

    def states(self):
        """Layers over whose states ``Z`` is a sum: (units, free energy of such states) of each.

        :func:`symgen.evaluation.exact_log_z` counts through the smaller one.
        """
        return [(self.n_visible, self.free_energy), (self.n_hidden, self.hidden_free_energy)]

    # ------------------------------------------------------------------------------- training

    def objectives(self, x, srng):
        """Contrastive divergence: ``mean F(x) - mean F(v_k)`` with the end of the chain held fixed.

        Its gradient is equation 5 of Hinton (2002), averaged over the batch. Reported is the
        cross-entropy of `x` and its reconstruction in nats, which says that training goes on and
        no more than that.
        """
        _, pre_sigmoid, chain_end = self._negative_chain(x, srng)
        reported = {"reconstruction": self._reconstruction_cost(x, pre_sigmoid)}
        return [self._divergence(x, chain_end, reported)]

    def divergence(self, x, srng):
        """Scalar ``mean F(x) - mean F(v_k)`` and the end of the chain ``v_k``, which is held fixed."""
        chain_end = disconnected_grad(self._negative_chain(x, srng)[-1])
        return self.free_energy(x).mean() - self.free_energy(chain_end).mean(), chain_end

    def example_terms(self, x, srng):
        """``pseudo_likelihood``: ``-n log p(x_i | the other pixels)`` at one random pixel i.

        Of each example, shape (batch,), in nats: its mean over i is minus the log pseudo-likelihood,
        ``-sum_i log p(x_i | x_without_i)``, which is no bound on log p(x) and cannot be compared
        with one. Values of `x` are rounded to 0 and 1.
        """
        u = srng.uniform((x.shape[0],), dtype="float64")
        i = pt.floor(u * np.float64(self.n_visible)).astype("int64")
        x = pt.round(x)
        return {"pseudo_likelihood": -self._pseudo_likelihood_of(x, i)}

    def log_pseudo_likelihood(self, x):
        """``sum_i log p(x_i | the other pixels)`` of binary rows, shape (batch,), pixel after pixel."""

        def step(i, total, x, *_):
            of_one = self._pseudo_likelihood_of(x, pt.zeros((x.shape[0],), "int64") + i)
            return total + of_one / np.asarray(self.n_visible, self.dtype)

        totals = pytensor.scan(
            step,
            sequences=[pt.arange(self.n_visible)],
            outputs_info=[pt.zeros((x.shape[0],), self.dtype)],
            non_sequences=[x, *self.params],
            return_updates=False,
        )
        return totals[-1]

    def get_cost_updates(self, x, srng, lr=0.1, persistent=None, k=1):
        """Monitored cost and updates of one step of CD-k or PCD-k, as in the Theano tutorial.

        Parameters
        ----------
        x : matrix of shape (batch, n_visible)
        srng : symgen.random.RandomStreams
        lr : float or scalar variable
        persistent : shared variable of shape (chains, n_hidden), optional
            Hidden states where the negative chain begins and which the updates move on; by default
            it begins at a draw given `x`.
        k : int
            Gibbs steps.

        Returns
        -------
        cost : scalar variable
            With `persistent` the log pseudo-likelihood at one pixel, another one at each call;
            else minus the cross-entropy of the reconstruction. Both are <= 0, in nats.
        updates : OrderedDict
            Of the parameters, the chain, and the random draws: all that ``pytensor.function`` needs.

        Raises
        ------
        RangeError
            For `k` below 1.
        """
        k = positive_int(k, "k")
        start = self.sample_h_given_v(x, srng)[-1] if persistent is None else persistent
        down, up = self._noise(srng, k, start.shape[0])[::-1]
        outputs = pytensor.scan(
            lambda u_v, u_h, h, *_: self.gibbs_hvh(h, GivenDraws(u_v, u_h)),
            sequences=[down, up],
            outputs_info=[None, None, None, None, None, start],
            non_sequences=self.params,
            n_steps=k,
            return_updates=False,
        )
        pre_sigmoid, chain_end, h_end = (outputs[i][-1] for i in (0, 2, 5))
        chain_end = disconnected_grad(chain_end)
        cost = self.free_energy(x).mean() - self.free_energy(chain_end).mean()
        updates = OrderedDict()
        rate = pt.as_tensor_variable(np.asarray(lr, self.dtype) if isinstance(lr, float | int) else lr)
        for param, gradient in zip(self.params, pytensor.grad(cost, self.params), strict=True):
            updates[param] = param - gradient * rate.astype(self.dtype)
        if persistent is None:
            monitored = self.get_reconstruction_cost(x, pre_sigmoid)
        else:
            updates[persistent] = h_end
            monitored = self.get_pseudo_likelihood_cost(x, updates)
        updates.update(srng.updates_of(monitored, *updates.values()))
        return monitored, updates

    def get_pseudo_likelihood_cost(self, x, updates):
        """``n log p(x_i | the other pixels)``, mean over the batch; `updates` get the next pixel i."""
        bit = pytensor.shared(np.asarray(0, dtype="int64"), name="bit_i_idx")
        updates[bit] = (bit + 1) % self.n_visible
        i = pt.zeros((x.shape[0],), "int64") + bit
        return self._pseudo_likelihood_of(pt.round(x), i).mean()

    def get_reconstruction_cost(self, x, pre_sigmoid_nv):
        """``log p(x)`` under the independent pixels of a reconstruction given by its logits: a mean."""
        return losses.bernoulli_log_prob(x, pre_sigmoid_nv).mean()

    # -------------------------------------------------------------------------------- samples

    def chain(self, x, srng, steps=10):
        """Means of the visible units along a Gibbs chain from `x`: (steps, batch, n_visible)."""

        def step(v, mean, draws):
            *_, mean, v = self.gibbs_vhv(v, draws)
            return [v, mean]

        return run_chain(step, [x, x], steps, srng, self.params, every=True)[1]

    def sample(self, n, srng):
        """`n` draws at the end of Gibbs chains of 1000 steps, shape (n, input_dim).

        The chains begin at independent pixels with the visible biases as logits. They come near
        the machine's distribution only where it mixes that fast.
        """
        start = self.annealed_start(n, self.vbias, srng)
        step = lambda v, draws: [self.gibbs_vhv(v, draws)[-1]]
        return run_chain(step, [start], SAMPLE_STEPS, srng, self.params)[0]

    def reconstruct(self, x):
        """Means of the visible units given the means of the hidden ones, shape (batch, input_dim)."""
        return self.propdown(self.propup(x)[1])[1]

    def encode(self, x):
        """``p(h = 1 | x)``, shape (batch, n_hidden)."""
        return self.propup(x)[1]

    def filters(self):
        """The weights of each hidden unit as an image: NumPy, shape (n_hidden, input_dim)."""
        return self.W.get_value().T

    # ------------------------------------------------------------------------------ annealing

    def at(self, beta, base):
        """This machine at the inverse temperature `beta`: energy ``beta E(v, h) - (1 - beta) v base``.

        At ``beta = 0`` the units are independent, the visible ones with logits `base`.

        Parameters
        ----------
        beta : scalar or column (batch, 1) in [0, 1], variable
        base : vector of shape (n_visible,)

        Returns
        -------
        RBM
            With the parameters of this one.
        """
        cooled = copy(self)
        cooled._beta, cooled._base = beta, base
        return cooled

    def annealed_start(self, n, base, srng):
        """`n` states of the machine at ``beta = 0``, shape (n, n_visible)."""
        return bernoulli(pt.sigmoid(pt.zeros((n, self.n_visible), self.dtype) + base), srng)

    def annealed_free_energy(self, v, beta, base):
        """Free energy of states at the inverse temperature `beta`, shape (batch,)."""
        return self.at(beta, base).free_energy(v)

    def annealed_step(self, v, beta, base, srng):
        """A reversible transition that leaves the machine at `beta` as it is: one Gibbs step."""
        return self.at(beta, base).gibbs_vhv(v, srng)[-1]

    def base_of(self, x):
        """`base` that gives each pixel its share in data `x` (NumPy), which makes annealing short.

        The shares are drawn towards a half by one example's worth. None for no data: zeros.
        """
        if x is None:
            return np.zeros(self.n_visible)
        share = (x.sum(axis=0, dtype="float64") + 0.5) / (len(x) + 1.0)
        return np.log(share / (1 - share))

    def log_z_at_zero(self, base):
        """log Z at ``beta = 0``, from NumPy `base`: ``n_hidden log 2 + sum_i softplus(base_i)``."""
        return self.n_hidden * np.log(2) + np.logaddexp(0, base).sum()

    # --------------------------------------------------------------------- parts of the above

    _beta, _base = None, None

    def _cooled(self, x):
        """``beta x``, of rows; `x` itself at the temperature 1."""
        return x if self._beta is None else self._beta * x

    def _visible_bias(self):
        """``beta b_v + (1 - beta) base``: a vector, or a row for each example."""
        if self._beta is None:
            return self.vbias
        return self._beta * self.vbias + (np.asarray(1, self.dtype) - self._beta) * self._base

    def _visible_input(self, v):
        return pt.dot(v, self.W)

    def _noise(self, srng, steps, n):
        """Draws for `steps` Gibbs steps of `n` chains: of hidden units, of visible units."""
        sizes = (self.n_hidden, self.n_visible)
        return [srng.uniform((steps, n, size), dtype=self.dtype) for size in sizes]

    def _negative_chain(self, v, srng):
        """Last hidden draw, the input of the visible units that it gives, their last draw."""
        h_noise, v_noise = self._noise(srng, self.k, v.shape[0])

        def step(u_h, u_v, v, *_):
            *_, h, _, _, v = self.gibbs_vhv(v, GivenDraws(u_h, u_v))
            return v, h

        v, h = pytensor.scan(
            step,
            sequences=[h_noise, v_noise],
            outputs_info=[v, None],
            non_sequences=self.params,
            n_steps=self.k,
            return_updates=False,
        )
        return h[-1], self.propdown(h[-1])[0], v[-1]

    def _divergence(self, x, chain_end, reported, updates=()):
        """The objective, by the name of what is reported: ``{name: its mean}``."""
        loss = self.free_energy(x).mean() - self.free_energy(disconnected_grad(chain_end)).mean()
        ((name, value),) = reported.items()
        return Objective(name, loss, self.params, updates=OrderedDict(updates), reported=value)

    def _reconstruction_cost(self, x, pre_sigmoid):
        return -self.get_reconstruction_cost(x, disconnected_grad(pre_sigmoid))

    def _pseudo_likelihood_of(self, x, i):
        """``n log p(x_i | the other pixels)`` of binary rows and a pixel number for each: (batch,).

        ``log sigmoid(F(x with pixel i turned) - F(x))``. Turning it moves the input of the hidden units
        by a row of `W`, which spares the second product of matrices.
        """
        one, two = (np.asarray(number, self.dtype) for number in (1, 2))
        rows = pt.arange(x.shape[0])
        turn = one - two * x[rows, i]
        here = self.propup(x)[0]
        there = here + turn[:, None] * self.W[i]
        vbias = self.vbias[i] if self.vbias.ndim == 1 else self.vbias[rows, i]
        rise = (pt.softplus(here) - pt.softplus(there)).sum(axis=1) - turn * vbias
        return -np.asarray(self.n_visible, self.dtype) * pt.softplus(-rise)


class PersistentRBM(RBM):
    """An RBM trained by persistent contrastive divergence: the negative chains never begin anew.

    Parameters
    ----------
    input_dim, n_hidden, k, seed, dtype
        See :class:`RBM`; `k` steps of the chains at each minibatch.
    n_chains : int
        Chains, kept in the buffer ``chains`` and saved with the weights. They begin at random bits.

    Raises
    ------
    RangeError
        For a size, `k` or `n_chains` below 1.

    References
    ----------
    Tieleman (2008), section 3.
    """

    name = "rbm_pcd"

    def __init__(self, input_dim, n_hidden=500, k=1, n_chains=100, seed=0, dtype=None):
        super().__init__(input_dim, n_hidden, k, seed, dtype)
        self.begin_chains(positive_int(n_chains, "n_chains"), seed)

    def begin_chains(self, n_chains, seed):
        """Let so many chains begin, at random bits."""
        self.n_chains = n_chains
        self.chains = random_bits("chains", (n_chains, self.input_dim), seed, self.dtype)

    @property
    def buffers(self):
        """The chains: visible states, shape (n_chains, input_dim)."""
        return [self.chains]

    def objectives(self, x, srng):
        """``mean F(x) - mean F(v)`` over the persistent chains `v`, `k` steps on.

        Reported is minus the log pseudo-likelihood, at one random pixel of each example.
        """
        chain_end = self._negative_chain(self.chains, srng)[-1]
        reported = {"pseudo_likelihood": self.example_terms(x, srng)["pseudo_likelihood"].mean()}
        return [self._divergence(x, chain_end, reported, {self.chains: chain_end})]


def has_begun(*biases):
    """Whether biases are no longer the zeros of a new machine: it was trained or loaded."""
    return any(bias.get_value(borrow=True).any() for bias in biases)


def random_bits(name, shape, seed, dtype):
    """Shared zeros and ones of equal chance: where persistent chains begin."""
    bits = (np.random.default_rng([seed, 1]).random(shape) < 0.5).astype(dtype)
    return pytensor.shared(bits, name=name, shape=shape)


def shared_zeros(name, shape, dtype):
    """Shared zeros of that shape, an int for a vector."""
    value = np.zeros(shape, dtype)
    return pytensor.shared(value, name=name, shape=value.shape)


def _row_products(x, bias):
    """Product of each row of `x` with `bias`, a vector or a row for each: (batch,)."""
    return pt.dot(x, bias) if bias.ndim == 1 else (x * bias).sum(axis=1)
