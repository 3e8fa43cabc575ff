"""``theano.scalar.basic_scipy``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.scalar.math import (
    Erf, Erfc, Erfcinv, Erfcx, Erfinv, Gamma, GammaInc, GammaIncC, GammaLn, I0, I1, J0, J1, Jv,
    Psi, TriGamma, erf, erfc, erfcinv, erfcx, erfinv, gamma, gammainc, gammaincc, gammaln, i0,
    i1, j0, j1, jv, psi, tri_gamma,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
