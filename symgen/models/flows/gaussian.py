"""The Gaussian with a full covariance: the baseline of every density estimator."""

from symgen.models.flows.base import StandardNormal
from symgen.models.flows.flow import Flow
from symgen.models.flows.linear import TriangularAffine
from symgen.models.flows.presets import with_preprocessing


class Gaussian(Flow):
    """``x ~ N(mean, covariance)``, with a closed form for the maximum of the likelihood.

    Parameters
    ----------
    input_dim : int
    levels : int, optional
        Number of grey levels; see :class:`~symgen.models.flows.flow.Flow`. The Gaussian is then one
        of their logits.
    alpha : float in [0, 0.5)
        Of grey levels, which come to the line by :class:`~symgen.models.flows.elementwise.Logit`.
    seed : int
        Of the noise that :meth:`maximize_likelihood` sees grey levels with.
    dtype : {"float32", "float64"}, optional
        The default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For an `input_dim` below 1, or `alpha` outside of [0, 0.5).
    """

    name = "gaussian"

    def __init__(self, input_dim, levels=None, alpha=1e-6, seed=0, dtype=None):
        self.alpha = alpha
        self._affine = TriangularAffine(input_dim, dtype=dtype)
        bijectors = with_preprocessing([self._affine], levels, alpha)
        super().__init__(StandardNormal(input_dim), bijectors, levels, seed, dtype)

    def maximize_likelihood(self, x):
        """Set mean and covariance to those of the rows of the array `x`.

        Raises
        ------
        ShapeError
            When the rows span less than all dimensions.
        NonFiniteError, RangeError
            As :meth:`initialize`.
        """
        _, seen = self._lookers(self._checked(x))
        self._affine.maximize_likelihood(seen(0))
