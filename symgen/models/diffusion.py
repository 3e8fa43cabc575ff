"""Diffusion models: data that noise destroys step by step, and a network that learns the way back.

Forwards, ``q(x_t | x_{t-1}) = N(sqrt(1 - beta_t) x_{t-1}, beta_t I)`` for ``t = 1 ... T``, so that
``x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) epsilon`` with ``abar_t = prod_s (1 - beta_s)``.
Backwards, ``x_T ~ N(0, I)`` and a Gaussian ``p(x_{t-1} | x_t)`` that a network gives.

References
----------
J. Sohl-Dickstein, E. Weiss, N. Maheswaranathan, S. Ganguli (2015). Deep unsupervised learning using
nonequilibrium thermodynamics. ICML. The forward process, table 1; the reverse one, appendix D.2.
J. Ho, A. Jain, P. Abbeel (2020). Denoising diffusion probabilistic models. NeurIPS. Equations 4
to 7 and 14, algorithm 2.
D. Kingma, T. Salimans, B. Poole, J. Ho (2021). Variational diffusion models. NeurIPS. Appendix I.1:
steps spread over the minibatch.
T. Salimans, J. Ho (2022). Progressive distillation for fast sampling of diffusion models. ICLR.
"""

from functools import partial
from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import activations, config, losses
from symgen.errors import RangeError, look_up
from symgen.initializers import glorot_uniform, normal
from symgen.layers import Dense, Sequential
from symgen.models.flows.dequantization import check_levels, dequantize, levels_or_none, quantize
from symgen.models.model import Model
from symgen.models.validation import check_matrix, positive_int, positive_ints

_TIME_FEATURES = 16


class Diffusion(Model):
    """The model of 2015: mean and variance of each backward step learned by the variational bound.

    ``p(x_{t-1} | x_t) = N(mu, s)`` with ``s = sigmoid(z_s + logit(beta_t))`` and
    ``mu = (x_t - z_mu) (1 - s) + z_mu``, where ``(z_mu, z_s)`` is the network's output.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    n_steps : int
        Steps ``T`` of the diffusion, at least 2.
    hidden_dims : sequence of int
        Hidden layers of the network, which is given ``x_t`` and features of ``t``.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS` for the hidden layers.
    beta_first, beta_last : float in (0, 1)
        ``beta_1`` and ``beta_T``; those between lie on a line. All of them together leave nothing of
        the data: their sum is far above 1.
    levels : int, optional
        Number of grey levels ``k / (levels - 1)`` of the data: dequantised with uniform noise and
        brought to [-1, 1]. By default the data are real numbers, of a scale of about 1.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For a size, number of steps or ``beta`` that cannot be.
    UnknownNameError
        For an activation that there is none of.
    """

    name = "diffusion"
    metric = "ELBO"
    bound = "lower bound on log p(x)"
    draws_are_weights = False
    training = MappingProxyType({"optimizer": "adam", "learning_rate": 1e-3, "batch_size": 64})

    def __init__(
        self,
        input_dim,
        n_steps=50,
        hidden_dims=(512, 512),
        activation="relu",
        beta_first=2e-3,
        beta_last=0.3,
        levels=None,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.n_steps = positive_int(n_steps, "n_steps")
        if self.n_steps < 2:
            raise RangeError("n_steps of at least 2", f"{n_steps}", "Use 50.")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        if not (0 < beta_first < 1 and 0 < beta_last < 1):
            raise RangeError(
                "beta_first and beta_last between 0 and 1",
                f"{beta_first} and {beta_last}",
                "Use 0.002 and 0.3.",
            )
        self.beta_first, self.beta_last = float(beta_first), float(beta_last)
        self.activation, self.seed, self.levels = activation, seed, levels_or_none(levels)
        self.dtype = dtype or config.floatx()
        nonlinear = look_up("activation", activation, activations.ACTIVATIONS)
        self._make_tables()

        options = {"rng": np.random.default_rng(seed), "dtype": self.dtype}
        sizes = [self.input_dim + _TIME_FEATURES, *self.hidden_dims, self._outputs()]
        last = len(self.hidden_dims)
        self.network = Sequential(
            [
                Dense(
                    i,
                    o,
                    nonlinear if k < last else "linear",
                    # A small last layer: the way back begins near the way forth.
                    glorot_uniform if k < last else partial(normal, std=0.01),
                    name=f"network.{k}",
                    **options,
                )
                for k, (i, o) in enumerate(zip(sizes, sizes[1:], strict=False))
            ]
        )

    def _outputs(self):
        """Numbers that the network gives for an example."""
        return 2 * self.input_dim

    def _make_tables(self):
        """What depends on the step alone, each of shape (T, 1) or (T, features), as constants."""
        beta = np.linspace(self.beta_first, self.beta_last, self.n_steps)[:, None]
        abar = np.cumprod(1 - beta, axis=0)
        before = np.concatenate([np.ones((1, 1)), abar[:-1]])
        variance = (1 - before) / (1 - abar) * beta  # of q(x_{t-1} | x_t, x_0), equation 7
        variance[0] = variance[1]  # is 0, and not used
        pace = np.exp(-np.log(self.n_steps) * np.linspace(0, 1, _TIME_FEATURES // 2))
        phase = np.arange(self.n_steps)[:, None] * pace
        tables = {
            "beta": beta,
            "signal": np.sqrt(abar),
            "noise": np.sqrt(1 - abar),
            "root_alpha": np.sqrt(1 - beta),
            "of_start": np.sqrt(before) * beta / (1 - abar),
            "of_now": np.sqrt(1 - beta) * (1 - before) / (1 - abar),
            "log_var": np.log(variance),
            "time": np.concatenate([np.sin(phase), np.cos(phase)], axis=1),
        }
        self._tables = {name: pt.constant(t.astype(self.dtype), name) for name, t in tables.items()}
        self._log_var_at_end = np.log(1 - abar[-1, 0])

    @property
    def params(self):
        """Shared variables that training changes."""
        return self.network.params

    @property
    def value_range(self):
        """[0, 1] for grey levels, else None."""
        return None if self.levels is None else (0.0, 1.0)

    def reverse(self, x_t, t):
        """Mean and log variance of ``p(x_{t-1} | x_t)``, each of shape (batch, input_dim).

        Parameters
        ----------
        x_t : matrix, shape (batch, input_dim)
        t : integer vector, shape (batch,)
            Steps, counted from 0.
        """
        output = self._network(x_t, t)
        z_mu, z_s = output[:, : self.input_dim], output[:, self.input_dim :]
        beta = self._at("beta", t)
        logit = z_s + pt.log(beta) - pt.log1p(-beta)
        s = activations.sigmoid(logit)
        return (x_t - z_mu) * (1 - s) + z_mu, -activations.softplus(-logit)

    def sample(self, n, srng):
        """`n` samples, shape (n, input_dim), by going all steps back (ancestral sampling).

        The last step gives its mean, without noise.

        Parameters
        ----------
        n : int or symbolic scalar
        srng : symgen.random.RandomStreams
        """
        x = srng.normal((n, self.input_dim), dtype=self.dtype)
        noise = srng.normal((self.n_steps, n, self.input_dim), dtype=self.dtype)

        def back(t, epsilon, x_t, *_):
            mean, log_var = self.reverse(x_t, pt.alloc(t, x_t.shape[0]))
            noisy = pt.cast(t > 0, self.dtype)
            return mean + noisy * pt.exp(log_var / 2) * epsilon

        path = pytensor.scan(
            back,
            sequences=[pt.arange(self.n_steps - 1, -1, -1), noise],
            outputs_info=[x],
            non_sequences=self.params,
            return_updates=False,
        )
        return path[-1] if self.levels is None else quantize((path[-1] + 1) / 2, self.levels)

    def example_terms(self, x, srng):
        """Terms of an estimate of the negative ELBO of each example, shape (batch,), in nats.

        - ``prior`` is ``KL(q(x_T | x_0) || N(0, I))``,
        - ``reverse``, ``T - 1`` times ``KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t))`` at one step
          ``t`` from 2 to T, in the mean over the draws the sum over these steps,
        - ``reconstruction``, ``-log p(x_0 | x_1)`` (all three: Ho et al. 2020, equation 5),
        - ``cell``, for grey levels, minus the log volume of a cell.

        Parameters
        ----------
        x : matrix of shape (batch, input_dim)
        srng : symgen.random.RandomStreams
        """
        start, terms = self._start(x, srng)
        return {**terms, **self._learned_terms(start, srng)}

    def initialize(self, x):
        """Look at the first minibatch: raise :class:`RangeError` where it has not these grey levels."""
        if self.levels is not None:
            check_levels(x, self.levels)

    def _start(self, x, srng):
        """``x_0`` as the diffusion sees it, and the terms that no parameter changes."""
        check_matrix(x, self.input_dim, "the diffusion")
        x, terms = x.astype(self.dtype), {}
        if self.levels is not None:
            x = 2 * dequantize(x, self.levels, srng) - 1
            volume = self.input_dim * np.log(2 / self.levels)
            terms["cell"] = pt.alloc(np.asarray(-volume, self.dtype), x.shape[0])
        mean = self._tables["signal"][self.n_steps - 1] * x
        log_var = pt.alloc(np.asarray(self._log_var_at_end, self.dtype), *x.shape)
        return x, {"prior": losses.gaussian_kl(mean, log_var), **terms}

    def _steps(self, n, first, srng):
        """A step for each of `n` examples, uniform from `first` on and spread over the minibatch."""
        u = srng.uniform((1,), dtype=self.dtype) + pt.arange(n).astype(self.dtype) / n.astype(self.dtype)
        steps = np.asarray(self.n_steps - first, self.dtype)
        t = first + pt.floor((u - pt.floor(u)) * steps).astype("int64")
        return pt.minimum(t, self.n_steps - 1)  # the product may have been rounded up

    def _diffused(self, start, t, srng):
        """Noise, and ``x_t`` with it."""
        epsilon = srng.normal(start.shape, dtype=self.dtype)
        return epsilon, self._at("signal", t) * start + self._at("noise", t) * epsilon

    def _learned_terms(self, start, srng):
        """``reverse`` and ``reconstruction`` of :meth:`example_terms`."""
        t = self._steps(start.shape[0], 1, srng)
        _, x_t = self._diffused(start, t, srng)
        posterior = self._at("of_start", t) * start + self._at("of_now", t) * x_t
        log_var = self._at("log_var", t) + pt.zeros_like(x_t)
        divergence = losses.gaussian_kl_between(posterior, log_var, *self.reverse(x_t, t))
        first = pt.zeros_like(t)
        _, x_1 = self._diffused(start, first, srng)
        return {
            "reverse": np.asarray(self.n_steps - 1, self.dtype) * divergence,
            "reconstruction": -losses.gaussian_log_prob(start, *self.reverse(x_1, first)),
        }

    def _network(self, x_t, t):
        return self.network(pt.concatenate([x_t, self._at("time", t)], axis=1))

    def _at(self, table, t):
        """The rows of a table for steps `t`, counted from 0."""
        return self._tables[table][t]


class DDPM(Diffusion):
    """The model of 2020: the noise is told from ``x_t``, by the mean squared error.

    ``p(x_{t-1} | x_t) = N((x_t - beta_t epsilon(x_t, t) / sqrt(1 - abar_t)) / sqrt(1 - beta_t),
    beta_t I)``, trained by ``|| epsilon - epsilon(x_t, t) ||^2`` at one step (equation 14), which
    weighs the steps otherwise than the ELBO does; both are in ``example_terms``.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    n_steps : int
        Steps ``T`` of the diffusion, at least 2.
    hidden_dims : sequence of int
        Hidden layers of the network, which is given ``x_t`` and features of ``t``: see
        :meth:`predict_noise`.
    activation, beta_first, beta_last, levels, seed, dtype
        See :class:`Diffusion`.

    Raises
    ------
    RangeError, UnknownNameError
        As :class:`Diffusion`.
    """

    name = "ddpm"

    @property
    def metric_terms(self):
        """All but the cost: the terms of the ELBO."""
        cell = () if self.levels is None else ("cell",)
        return ("prior", *cell, "reverse", "reconstruction")

    def _outputs(self):
        return self.input_dim

    def predict_noise(self, x_t, t):
        """``epsilon(x_t, t)``, shape (batch, input_dim); `t` as in :meth:`reverse`.

        ``sqrt(abar_t) v(x_t, t) + sqrt(1 - abar_t) x_t``, of the network's ``v``, which Salimans and Ho
        (2022, appendix D) define so. The noise itself, of as many dimensions as the data, would not pass
        through hidden layers that are narrower than these.
        """
        return self._at("signal", t) * self._network(x_t, t) + self._at("noise", t) * x_t

    def reverse(self, x_t, t):
        """Mean and log variance of ``p(x_{t-1} | x_t)``, each of shape (batch, input_dim)."""
        beta = self._at("beta", t)
        epsilon = self.predict_noise(x_t, t)
        mean = (x_t - beta / self._at("noise", t) * epsilon) / self._at("root_alpha", t)
        return mean, pt.log(beta) + pt.zeros_like(x_t)

    def example_terms(self, x, srng):
        """Terms of the negative ELBO as :meth:`Diffusion.example_terms`, and ``simple``, the cost.

        ``simple`` is ``|| epsilon - epsilon(x_t, t) ||^2``, no quantity in nats.
        """
        simple, start, terms = self._simple(x, srng)
        return {"simple": simple, **terms, **self._learned_terms(start, srng)}

    def cost(self, x, srng=None):
        """Return (cost, terms): the mean of ``simple`` alone, which is all that training needs."""
        simple = self._simple(x, srng)[0].mean()
        return simple, {"simple": simple}

    def _simple(self, x, srng):
        start, terms = self._start(x, srng)
        t = self._steps(start.shape[0], 0, srng)
        epsilon, x_t = self._diffused(start, t, srng)
        return losses.squared_error(self.predict_noise(x_t, t), epsilon), start, terms

    def total(self, terms):
        """``simple`` alone is descended."""
        return terms["simple"]


MODELS = {model.name: model for model in (Diffusion, DDPM)}
