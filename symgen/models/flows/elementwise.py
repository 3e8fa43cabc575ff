"""Bijectors that act on each number by itself with the same map for all examples."""

import numpy as np
import pytensor.tensor as pt

from symgen.errors import RangeError
from symgen.models.flows.bijector import Bijector, for_each_example, like
from symgen.models.parameters import parameter
from symgen.models.validation import float_dtype, positive_int


class Scaling(Bijector):
    """``x_i = z_i exp(log_scale_i)``, first set so that ``z`` has the standard deviation 1.

    Parameters
    ----------
    dim : int
    name : str
    dtype : {"float32", "float64"}, optional

    References
    ----------
    L. Dinh, D. Krueger, Y. Bengio (2015). NICE. Section 3.3: rescaling, whose ``S_ii`` is
    ``exp(-log_scale_i)``.
    """

    def __init__(self, dim, name="scaling", dtype=None):
        self.dim, self.name, self.dtype = positive_int(dim, "dim"), name, float_dtype(dtype)
        self.log_scale = parameter(f"{name}.log_scale", np.zeros(self.dim), self.dtype)

    @property
    def params(self):
        """``[log_scale]``."""
        return [self.log_scale]

    def initialize(self, x):
        """Set the scales to the standard deviations of the rows of the array `x`.

        Numbers that are the same in all rows keep the scale 1.
        """
        self.log_scale.set_value(np.log(standardising(x)[1]).astype(self.dtype))

    def _forward(self, z, context):
        return (z.T * pt.exp(self.log_scale)[:, None]).T, for_each_example(self.log_scale.sum(), z)

    def _inverse(self, x, context):
        return (x.T * pt.exp(-self.log_scale)[:, None]).T, for_each_example(-self.log_scale.sum(), x)


class ActNorm(Scaling):
    """``x_i = z_i exp(log_scale_i) + shift_i``, first set so that ``z`` is standardised.

    Parameters
    ----------
    dim : int
    name : str
    dtype : {"float32", "float64"}, optional

    References
    ----------
    D. P. Kingma, P. Dhariwal (2018). Glow: generative flow with invertible 1x1 convolutions.
    NeurIPS. Section 3.1: actnorm, with the initialisation that depends on data.
    """

    def __init__(self, dim, name="actnorm", dtype=None):
        super().__init__(dim, name, dtype)
        self.shift = parameter(f"{name}.shift", np.zeros(self.dim), self.dtype)

    @property
    def params(self):
        """``[shift, log_scale]``."""
        return [self.shift, self.log_scale]

    def initialize(self, x):
        """Set shift and scale to mean and standard deviation of the rows of the array `x`.

        Numbers that are the same in all rows keep the scale 1.
        """
        super().initialize(x)
        self.shift.set_value(standardising(x)[0].astype(self.dtype))

    def _forward(self, z, context):
        x = (z.T * pt.exp(self.log_scale)[:, None] + self.shift[:, None]).T
        return x, for_each_example(self.log_scale.sum(), z)

    def _inverse(self, x, context):
        z = ((x.T - self.shift[:, None]) * pt.exp(-self.log_scale)[:, None]).T
        return z, for_each_example(-self.log_scale.sum(), x)


class Logit(Bijector):
    """``z_i = logit(alpha + (1 - 2 alpha) x_i)``: takes the interval [0, 1] to the line.

    Forward, ``x_i = (sigmoid(z_i) - alpha) / (1 - 2 alpha)`` reaches a little beyond 0 and 1 when
    `alpha` is not 0.

    A pixel that is dark in most examples has a spread of its own only through the dequantisation. A large
    `alpha` makes it small against the distance to a bright one: at 0.05 and 256 levels the one is 270
    standard deviations away, and an autoregressive flow of MNIST diverges; at 1e-6 it is about 15.

    Parameters
    ----------
    dim : int
    alpha : float in [0, 0.5)
        How far the ends are drawn in; at 0 the data must not hold 0 or 1.

    Raises
    ------
    RangeError
        For an `alpha` outside of [0, 0.5).

    References
    ----------
    L. Dinh, J. Sohl-Dickstein, S. Bengio (2017). Density estimation using Real NVP. ICLR. Section
    4.1. The symmetric form is that of
    G. Papamakarios, T. Pavlakou, I. Murray (2017). Masked autoregressive flow for density
    estimation. NeurIPS. The appendix on the data sets, where `alpha` is called lambda.
    """

    def __init__(self, dim, alpha=1e-6):
        self.dim = positive_int(dim, "dim")
        check_alpha(alpha)
        self.alpha = float(alpha)

    def _forward(self, z, context):
        width = like(1 - 2 * self.alpha, z)
        x = (pt.sigmoid(z) - like(self.alpha, z)) / width
        return x, -self._log_slopes(z)

    def _inverse(self, x, context):
        inner = like(self.alpha, x) + like(1 - 2 * self.alpha, x) * x
        z = pt.log(inner) - pt.log1p(-inner)
        return z, self._log_slopes(z)

    def _log_slopes(self, z):
        """``sum_i log dz_i/dx_i``: the slope of the logit is ``1 / (sigmoid(z) sigmoid(-z))``."""
        constant = like(self.dim * np.log(1 - 2 * self.alpha), z)
        return (pt.softplus(z) + pt.softplus(-z)).sum(axis=1) + constant


def standardising(x):
    """Means and standard deviations of the columns of the array `x`, 1 for a column of equal numbers."""
    x = np.asarray(x, dtype="float64")
    std = x.std(axis=0)
    return x.mean(axis=0), np.where(std > 0, std, 1.0)


def check_alpha(alpha):
    """Raise :class:`RangeError` for an `alpha` outside of [0, 0.5), the margin of a logit."""
    if not 0 <= alpha < 0.5:
        raise RangeError("alpha in [0, 0.5)", f"{alpha!r}", "Use 1e-6 or 0.05.")
