"""The normalizing flow: a base distribution seen through bijectors, with exact densities.

References
----------
D. J. Rezende, S. Mohamed (2015). Variational inference with normalizing flows. ICML. Equation 5:
the change of variables.
L. Dinh, J. Sohl-Dickstein, S. Bengio (2017). Density estimation using Real NVP. ICLR. Equations 2
and 3: training by the exact likelihood.
"""

from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode

from symgen.errors import DtypeError, NonFiniteError, ShapeError
from symgen.models.flows.bijector import Chain, check_names
from symgen.models.flows.dequantization import (
    check_levels,
    dequantize,
    levels_or_none,
    log_cell_volume,
    quantize,
)
from symgen.models.model import Model
from symgen.random import RandomStreams


class Flow(Model):
    """``x = bijectors(z)``, ``z ~ base``: ``log p(x) = log p(z) + log |det dz/dx|``.

    Parameters
    ----------
    base
        One of :mod:`symgen.models.flows.base`.
    bijectors : list of Bijector
        From the latent vector to the data.
    levels : int, optional
        Number of grey levels ``k / (levels - 1)`` of the data. They are dequantised with uniform
        noise, the density is one on [0, 1), and the cost bounds minus the log probability of the
        grey levels. By default the data are real numbers and the cost is exact.
    seed : int
        Of the noise that :meth:`initialize` sees grey levels with.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters of base and bijectors; the default is :func:`symgen.config.floatx`.

    Raises
    ------
    ShapeError
        Base and bijectors of several dimensions.
    DtypeError
        A base or bijectors of another dtype.
    SettingsError
        Two parameters of one name, or contexts of several sizes.
    RangeError
        For `levels` below 2.
    """

    name = "flow"
    training = MappingProxyType({"optimizer": "adam", "learning_rate": 1e-3})

    def __init__(self, base, bijectors, levels=None, seed=0, dtype=None):
        self.base, self.bijectors = base, list(bijectors)
        self.levels, self.seed = levels_or_none(levels), seed
        self._chain = Chain(self.bijectors)
        self.dtype = dtype
        self.input_dim, self.context_dim = self._chain.dim, self._chain.context_dim
        if base.dim != self.input_dim:
            raise ShapeError(
                f"a base of {self.input_dim} dimensions, as the bijectors",
                f"{base.dim}",
                "Give both the same dim.",
            )
        check_names(self.params)
        others = sorted({param.dtype for param in self.params} - {self.dtype})
        if others:
            raise DtypeError(
                f"base and bijectors of dtype {self.dtype}",
                f"{', '.join(others)}",
                "Give all one dtype=.",
            )

    @property
    def params(self):
        """Shared variables that training changes: those of the base, then of the bijectors."""
        return [*self.base.params, *self._chain.params]

    @property
    def value_range(self):
        """[0, 1] for grey levels, else None."""
        return None if self.levels is None else (0.0, 1.0)

    @property
    def bound(self):
        """Exact for real numbers; a lower bound for grey levels, by the dequantisation."""
        return "exact" if self.levels is None else "lower bound on log p(x)"

    def forward_and_log_det(self, z, context=None):
        """Data of the latent `z`, and ``log |det dx/dz|``: see :class:`~symgen.models.flows.Bijector`."""
        return self._chain.forward_and_log_det(z, context)

    def inverse_and_log_det(self, x, context=None):
        """Latent of the data `x`, and ``log |det dz/dx|``; of grey levels, of the dequantised."""
        return self._chain.inverse_and_log_det(x, context)

    def to_data(self, z, context=None):
        """Data of the latent `z`, shape (batch, input_dim); of grey levels, the dequantised."""
        return self._chain.to_data(z, context)

    def to_latent(self, x, context=None):
        """Latent of the data `x`, shape (batch, input_dim); of grey levels, the dequantised."""
        return self._chain.to_latent(x, context)

    def log_prob(self, x, context=None):
        """Log density at `x`, in nats, shape (batch,).

        Parameters
        ----------
        x : matrix of shape (batch, input_dim)
            For a flow of grey levels the dequantised values, in [0, 1): see
            :meth:`example_terms` for the grey levels themselves.
        context : matrix of shape (batch, context_dim), for a conditional flow
        """
        z, log_det = self.inverse_and_log_det(x, context)
        return self.base.log_prob(z) + log_det

    def sample(self, n, srng, context=None):
        """`n` draws, shape (n, input_dim); with `levels`, of grey levels.

        Parameters
        ----------
        n : int or symbolic scalar
        srng : symgen.random.RandomStreams
        context : matrix of shape (n, context_dim), for a conditional flow
        """
        x = self.to_data(self.base.sample(n, srng, self.dtype), context)
        return x if self.levels is None else quantize(x, self.levels)

    def example_terms(self, x, srng=None, context=None):
        """``nll`` of each example, shape (batch,), in nats.

        Minus :meth:`log_prob`; of grey levels, minus the log density at one dequantised point with
        the logarithm of the cell's volume: in the mean over the noise an upper bound on minus the
        log probability.

        Parameters
        ----------
        x : matrix of shape (batch, input_dim)
        srng : symgen.random.RandomStreams
            For the noise of grey levels; real numbers need none.
        context : matrix of shape (batch, context_dim), for a conditional flow
        """
        if self.levels is None:
            return {"nll": -self.log_prob(x, context)}
        log_volume = np.asarray(log_cell_volume(self.input_dim, self.levels), self.dtype)
        return {"nll": -(self.log_prob(dequantize(x, self.levels, srng), context) + log_volume)}

    def initialize(self, x, context=None):
        """Let the bijectors that look at data first do so, from the data inwards.

        Parameters
        ----------
        x : array of shape (n, input_dim)
            Such as the first minibatch.
        context : array of shape (n, context_dim), optional
            For a conditional flow; zeros by default.

        Raises
        ------
        NonFiniteError
            When `x` holds NaN or infinity.
        RangeError
            When the data of a flow of grey levels are none.
        """
        lookers, seen = self._lookers(self._checked(x), context)
        for k, bijector in enumerate(lookers):  # each sees through those before it
            bijector.initialize(seen(k))

    def _checked(self, x):
        x = np.asarray(x, self.dtype)
        if not np.isfinite(x).all():
            raise NonFiniteError(
                "data of finite numbers", "NaN or infinity", "Drop or mend these examples."
            )
        if self.levels is not None:
            check_levels(x, self.levels)
        return x

    def _lookers(self, x_value, context_value=None):
        """Bijectors that look at data, and a function of k: what the k-th of them sees now."""
        if context_value is None:
            context_value = np.zeros((len(x_value), self.context_dim))
        x = pt.matrix("x", dtype=self.dtype)
        context = pt.matrix("context", dtype=self.dtype) if self.context_dim else None
        value = x if self.levels is None else dequantize(x, self.levels, RandomStreams(self.seed))
        found, _ = self._chain.lookers(value, context)
        lookers, values = [bijector for bijector, _ in found], [seen for _, seen in found]
        inputs = [x] if context is None else [x, context]
        given = [x_value] if context is None else [x_value, np.asarray(context_value, self.dtype)]
        # One call for each of them: interpreted, since compiling would take longer.
        mode = Mode(linker="py", optimizer="fast_compile")
        see = pytensor.function(inputs, values, mode=mode, on_unused_input="ignore")
        return lookers, lambda k: see(*given)[k]
