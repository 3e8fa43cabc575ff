"""``theano.scalar.basic_scipy``: PyTensor's objects under Theano's names."""

from numpy import float32, float64
from pytensor.gradient import grad_not_implemented
from pytensor.scalar.basic import BinaryScalarOp, upgrade_to_float, upgrade_to_float64
from scipy import special

# fmt: off
from pytensor.scalar.math import (
    Erf, Erfc, Erfcinv, Erfcx, Erfinv, Gamma, GammaInc, GammaIncC, GammaLn, I0, I1, J0, J1, Jv,
    Psi, TriGamma, erf, erfc, erfcinv, erfcx, erfinv, gamma, gammainc, gammaincc, gammaln, i0,
    i1, j0, j1, jv, psi, tri_gamma,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)

#: Whether SciPy is there; it is a requirement of PyTensor.
imported_scipy_special = True


class Chi2SF(BinaryScalarOp):
    """``P(X > x)`` for `X` of the chi-squared distribution with `k` degrees of freedom.

    It has no gradient; ``gammaincc(k / 2, x / 2)``, the same number, has.
    """

    nfunc_spec = None

    @staticmethod
    def st_impl(x, k):
        """The number."""
        return special.chdtrc(float64(k), float64(x))

    def impl(self, x, k):
        """The number."""
        return self.st_impl(x, k)

    def pullback(self, inputs, outputs, cotangents):
        """Not implemented."""
        return [grad_not_implemented(self, i, x) for i, x in enumerate(inputs)]

    def grad(self, inputs, cotangents):
        """As :meth:`pullback`, under Theano's name."""
        return self.pullback(inputs, None, cotangents)


chi2sf = Chi2SF(upgrade_to_float64, name="chi2sf")


class Iv(BinaryScalarOp):
    """Modified Bessel function of the first kind, of real order `v`, at `x`.

    The derivative with respect to `x` is ``(I_{v-1}(x) + I_{v+1}(x)) / 2``; with respect to `v`
    it is not implemented.
    """

    nfunc_spec = ("scipy.special.iv", 2, 1)

    @staticmethod
    def st_impl(v, x):
        """The number."""
        return special.iv(v, x)

    def impl(self, v, x):
        """The number."""
        return self.st_impl(v, x)

    def pullback(self, inputs, outputs, cotangents):
        """See the class."""
        v, x = inputs
        half = _half(x.dtype)
        slope = half * (iv(v - 1, x) + iv(v + 1, x))
        return [grad_not_implemented(self, 0, v), cotangents[0] * slope]

    def grad(self, inputs, cotangents):
        """As :meth:`pullback`, under Theano's name."""
        return self.pullback(inputs, None, cotangents)


def _half(dtype):
    """0.5, in float32 for what is computed in float32."""
    return float32(0.5) if dtype in ("float32", "float16") else float64(0.5)


iv = Iv(upgrade_to_float, name="iv")
