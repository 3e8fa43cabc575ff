r"""The RBM with Gaussian visible and binary hidden units, for real-valued data.

.. math::
    E(v, h) = \sum_i \frac{(v_i - b_i)^2}{2 \sigma_i^2} - \sum_{ij} \frac{v_i}{\sigma_i^2} W_{ij} h_j
              - \sum_j c_j h_j

References
----------
G. Hinton, R. Salakhutdinov (2006). Reducing the dimensionality of data with neural networks.
K. Cho, A. Ilin, T. Raiko (2011). Improved learning of Gaussian-Bernoulli restricted Boltzmann
machines. ICANN. Equation 2: this energy; section 3.1: learning the logarithm of the variance.
T. Tieleman (2008). Training restricted Boltzmann machines using approximations to the likelihood
gradient. ICML. Section 3: the persistent chains.
"""

from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import losses
from symgen.errors import NotSupportedError
from symgen.models.energy.rbm import RBM, PersistentRBM, has_begun, shared_zeros
from symgen.models.validation import positive_int


class GaussianRBM(PersistentRBM):
    """RBM with ``v | h ~ N(b_v + W h, exp(log_var))``, trained by persistent contrastive divergence.

    Parameters
    ----------
    input_dim, n_hidden, seed, dtype
        See :class:`symgen.models.RBM`.
    k : int
        Gibbs steps of the chains at each minibatch.
    n_chains : int
        Chains that go on from minibatch to minibatch; 0 for none, and chains of `k` steps that begin
        at the data each time: contrastive divergence.

    Attributes
    ----------
    log_var : shared variable of shape (n_visible,)
        Logarithm of each visible unit's variance given the hidden ones.
    chains : shared variable of shape (n_chains, n_visible)
        Where there are any. They begin at noise with the mean and variance of the first minibatch.

    Raises
    ------
    RangeError
        For a size or `k` below 1, or `n_chains` below 0.

    Notes
    -----
    Training begins at the mean and variance of the first minibatch. Adam's learning rate of 0.001 is
    wanted: at 0.01 clusters between which no chain crosses take turns in holding all chains.

    Chains from the data never leave its neighbourhood in a few steps. Far from it hidden units that no
    example turns on together add up to images that no example is like, and contrastive divergence
    leaves these modes as they are, however low their free energy: long chains end there. Persistent
    chains fall into them, and learning fills them. With few steps `k` the chains are slow beside
    the weights and fill one only after the next has come up.
    """

    name = "gaussian_rbm"
    value_range = None
    binary = False
    in_nats = False
    metric = "negative reconstruction error"
    training = MappingProxyType({"optimizer": "adam", "learning_rate": 0.001})

    def __init__(self, input_dim, n_hidden=100, k=10, n_chains=100, seed=0, dtype=None):
        RBM.__init__(self, input_dim, n_hidden, k, seed, dtype)
        self.log_var = shared_zeros("log_var", self.input_dim, self.dtype)
        self.n_chains = positive_int(n_chains, "n_chains") if n_chains else 0
        if self.n_chains:
            noise = np.random.default_rng([seed, 1]).normal(size=(self.n_chains, self.input_dim))
            self.chains = pytensor.shared(noise.astype(self.dtype), name="chains", shape=noise.shape)

    @property
    def params(self):
        """``[W, hbias, vbias, log_var]``."""
        return [self.W, self.hbias, self.vbias, self.log_var]

    @property
    def buffers(self):
        """The chains, if there are any: visible states, shape (n_chains, input_dim)."""
        return [self.chains] if self.n_chains else []

    def initialize(self, x):
        """Visible biases, variances and chains as in `x`, NumPy, shape (n, input_dim).

        A variance is at least a hundredth of the mean one: a number that is constant in `x` need not be so
        elsewhere, and a step along its weights would be too long. A machine that has begun to learn
        is left as it is, as by :meth:`RBM.initialize`.
        """
        if has_begun(self.vbias, self.log_var):
            return
        x = np.asarray(x, "float64")
        variance = x.var(axis=0)
        variance = np.maximum(variance, 1e-2 * variance.mean() + 1e-12)
        self.vbias.set_value(x.mean(axis=0).astype(self.dtype))
        self.log_var.set_value(np.log(variance).astype(self.dtype))
        if self.n_chains:
            noise = np.random.default_rng([self.seed, 1]).normal(size=(self.n_chains, self.input_dim))
            start = x.mean(axis=0) + np.sqrt(variance) * noise
            self.chains.set_value(start.astype(self.dtype))

    def objectives(self, x, srng):
        """``mean F(x) - mean F(v)`` over the chains `v`, `k` steps on: see :class:`PersistentRBM`.

        Reported is the squared error of the means after a step up and down, from `x`.
        """
        if not self.n_chains:
            return RBM.objectives(self, x, srng)
        chain_end = self._negative_chain(self.chains, srng)[-1]
        reported = {"reconstruction": self.example_terms(x)["reconstruction"].mean()}
        return [self._divergence(x, chain_end, reported, {self.chains: chain_end})]

    def propdown(self, hid):
        """Means of the visible units given the hidden ones, twice: (batch, n_visible) each."""
        mean = self._cooled(pt.dot(hid, self.W.T)) + self._visible_bias()
        return [mean, mean]

    def sample_v_given_h(self, h0_sample, srng):
        """Means of the visible units, twice, and a draw around them: (batch, n_visible) each."""
        mean, _ = self.propdown(h0_sample)
        return [mean, mean, mean + self._sigma() * srng.normal(mean.shape, dtype=self.dtype)]

    def free_energy(self, v_sample):
        """``sum_i (v_i - b_i)^2 / (2 sigma_i^2) - sum_j softplus(c + W^T (v / sigma^2))_j``: (batch,)."""
        pre_sigmoid = self.propup(v_sample)[0]
        distance = pt.sqr(v_sample - self._visible_bias()) * pt.exp(-self.log_var)
        return self._half(distance.sum(axis=1)) - pt.softplus(pre_sigmoid).sum(axis=1)

    def hidden_free_energy(self, h_sample):
        """``-log`` of the integral of ``exp(-E(v, h))`` over v, in closed form: (batch,)."""
        shift = pt.dot(h_sample, self.W.T)
        exponent = shift * (self.vbias + self._half(shift)) * pt.exp(-self.log_var)
        return -pt.dot(h_sample, self.hbias) - exponent.sum(axis=1) - self._log_normaliser().sum()

    def states(self):
        """The hidden layer alone: the visible one has a continuum of states."""
        return [(self.n_hidden, self.hidden_free_energy)]

    def example_terms(self, x, srng=None):
        """``reconstruction``: squared error of the means after a step up and down, (batch,)."""
        return {"reconstruction": losses.squared_error(self.reconstruct(x), x)}

    def get_reconstruction_cost(self, x, pre_sigmoid_nv):
        """Minus the squared error of a reconstruction given by its means: a mean over the batch."""
        return -losses.squared_error(pre_sigmoid_nv, x).mean()

    def get_pseudo_likelihood_cost(self, x, updates):
        """Not of Gaussian units: with a persistent chain the reconstruction is watched."""
        return self.get_reconstruction_cost(x, self.reconstruct(x))

    def log_pseudo_likelihood(self, x):
        """Raise :class:`NotSupportedError`: it is made of single binary pixels."""
        raise NotSupportedError(
            "an RBM of binary visible units", type(self).__name__, "Use its log_likelihood."
        )

    def annealed_start(self, n, base, srng):
        """`n` states of the machine at ``beta = 0``: ``N(base, exp(log_var))``."""
        noise = srng.normal((n, self.n_visible), dtype=self.dtype)
        return base + self._sigma() * noise

    def base_of(self, x):
        """Means of the data (NumPy), where the path begins; for None the visible biases."""
        return self.vbias.get_value() if x is None else x.mean(axis=0, dtype="float64")

    def log_z_at_zero(self, base):
        """``n_hidden log 2 + sum_i log(2 pi sigma_i^2) / 2``."""
        log_var = self.log_var.get_value().astype("float64")
        return self.n_hidden * np.log(2) + (np.log(2 * np.pi) + log_var).sum() / 2

    def _visible_input(self, v):
        return pt.dot(v * pt.exp(-self.log_var), self.W)

    def _noise(self, srng, steps, n):
        hidden = srng.uniform((steps, n, self.n_hidden), dtype=self.dtype)
        return [hidden, srng.normal((steps, n, self.n_visible), dtype=self.dtype)]

    def _sigma(self):
        return pt.exp(self._half(self.log_var))

    def _log_normaliser(self):
        return self._half(np.asarray(np.log(2 * np.pi), self.dtype) + self.log_var)

    def _half(self, x):
        return np.asarray(0.5, self.dtype) * x
