r"""Parallel tempering: chains at many temperatures that trade places.

A chain at a high temperature crosses between modes; what it finds is handed down to the model's own.
Neighbours at :math:`\beta_i, \beta_j` with states :math:`v_i, v_j` trade them with the chance

.. math::
    \min\Bigl(1, \frac{p_i(v_j)\, p_j(v_i)}{p_i(v_i)\, p_j(v_j)}\Bigr)

References
----------
R. Swendsen, J.-S. Wang (1986). Replica Monte Carlo simulation of spin glasses.
G. Desjardins, A. Courville, Y. Bengio, P. Vincent, O. Delalleau (2010). Tempered Markov chain
Monte Carlo for training of restricted Boltzmann machines. AISTATS.
K. Cho, T. Raiko, A. Ilin (2010). Parallel tempering is efficient for learning restricted
Boltzmann machines. IJCNN.
"""

import numpy as np
import pytensor.tensor as pt

from symgen.errors import RangeError
from symgen.models.energy.draws import run_chain
from symgen.models.energy.rbm import RBM, PersistentRBM, has_begun, random_bits, shared_zeros
from symgen.models.validation import positive_int

SAMPLE_STEPS = 100


def tempered_step(machine, v, betas, base, draws):
    """One Gibbs step at each temperature, then trades between neighbours: even pairs, odd pairs.

    Parameters
    ----------
    machine : RBM
        With ``at(beta, base)``.
    v : tensor of shape (temperatures, chains, n_visible)
    betas : NumPy array of shape (temperatures,)
        Rising to 1.
    base : vector
        Logits of the visible units at ``beta = 0``.
    draws : symgen.random.RandomStreams or ScanStream

    Returns
    -------
    tensor of the shape of `v`
        Its distribution, the product over temperatures, is left as it is.
    """
    temperatures, chains = len(betas), v.shape[1]
    column = lambda values: pt.repeat(pt.as_tensor(values[:, None]), chains, axis=0)
    own = column(betas)
    rows = machine.at(own, base).gibbs_vhv(_flat(v), draws)[-1]
    for first in (0, 1):
        partner = _partners(temperatures, first)
        here = machine.at(own, base).free_energy(rows)
        there = machine.at(column(betas[partner]), base).free_energy(rows)
        # log of p_there(v) / p_here(v); the pair's sum is the log of the ratio above.
        gain = (here - there).reshape((temperatures, chains))
        u = draws.uniform((temperatures, chains), dtype=machine.dtype)
        lower = np.minimum(partner, np.arange(temperatures))  # one number for both of a pair
        trade = pt.log(u)[lower] < gain + gain[partner]
        states = rows.reshape((temperatures, chains, machine.n_visible))
        rows = _flat(pt.switch(trade[:, :, None], states[partner], states))
    return rows.reshape((temperatures, chains, machine.n_visible))


def _partners(temperatures, first):
    """With whom each temperature trades in the pairs that begin at `first`; itself for none."""
    partner = np.arange(temperatures)
    lower = np.arange(first, temperatures - 1, 2)
    partner[lower], partner[lower + 1] = lower + 1, lower
    return partner


def _flat(v):
    return v.reshape((v.shape[0] * v.shape[1], v.shape[2]))


class TemperedRBM(PersistentRBM):
    """An RBM whose persistent chains are tempered: they stay mixed when the model has far modes.

    Parameters
    ----------
    input_dim, n_hidden, k, n_chains, seed, dtype
        See :class:`symgen.models.PersistentRBM`; of `n_chains` there is one at each temperature,
        and those at the model's own give the gradient.
    n_temperatures : int
        Inverse temperatures, evenly spaced from 0, where the pixels are independent, to 1.

    Attributes
    ----------
    base : shared variable of shape (n_visible,)
        Logits of the pixels at 0: the log odds of the data once :meth:`initialize` has seen some,
        else 0.

    Raises
    ------
    RangeError
        For a size below 1, or fewer than 2 temperatures.
    """

    name = "rbm_tempered"

    def __init__(
        self, input_dim, n_hidden=500, k=1, n_chains=20, n_temperatures=10, seed=0, dtype=None
    ):
        RBM.__init__(self, input_dim, n_hidden, k, seed, dtype)
        self.n_chains = positive_int(n_chains, "n_chains")
        self.n_temperatures = positive_int(n_temperatures, "n_temperatures")
        if self.n_temperatures < 2:
            raise RangeError(
                "n_temperatures of at least 2", "1", "With one there is no trade: use PersistentRBM."
            )
        shape = (self.n_temperatures, self.n_chains, self.input_dim)
        self.chains = random_bits("chains", shape, seed, self.dtype)
        self.base = shared_zeros("base", self.input_dim, self.dtype)

    @property
    def buffers(self):
        """The chains, shape (n_temperatures, n_chains, input_dim), and :attr:`base`."""
        return [self.chains, self.base]

    def initialize(self, x):
        """Visible biases, and the pixels at temperature 0, as in `x`: see :meth:`RBM.initialize`."""
        if not has_begun(self.vbias):
            super().initialize(x)
            self.base.set_value(self.vbias.get_value())

    @property
    def betas(self):
        """The inverse temperatures, NumPy, shape (n_temperatures,)."""
        return np.linspace(0, 1, self.n_temperatures).astype(self.dtype)

    def objectives(self, x, srng):
        """``mean F(x) - mean F(v)`` over the chains `v` at temperature 1, `k` steps on."""
        chains = self._tempered(self.chains, self.k, srng)
        reported = {"pseudo_likelihood": self.example_terms(x, srng)["pseudo_likelihood"].mean()}
        return [self._divergence(x, chains[-1], reported, {self.chains: chains})]

    def sample(self, n, srng):
        """`n` draws at the end of tempered chains of 100 steps, shape (n, input_dim)."""
        start = self.annealed_start(self.n_temperatures * n, self.base, srng)
        start = start.reshape((self.n_temperatures, n, self.n_visible))
        return self._tempered(start, SAMPLE_STEPS, srng)[-1]

    def _tempered(self, chains, steps, srng):
        step = lambda v, draws: [tempered_step(self, v, self.betas, self.base, draws)]
        return run_chain(step, [chains], steps, srng, [*self.params, self.base])[0]
