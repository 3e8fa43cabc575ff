"""``theano.tensor.inplace``: functions that write their result into their first argument.

They are for graphs after optimisation and for those who know what they do: the first argument must
be an input that may be overwritten, of the dtype and shape of the result.
"""

import numpy as np
from pytensor.scalar import basic as scalar
from pytensor.scalar import math as scalar_math
from pytensor.tensor.elemwise import DimShuffle, Elemwise

from symgen.theano._missing import attribute_lookup
from symgen.theano.scalar import basic_scipy

__getattr__ = attribute_lookup(__name__)


def _as_the_first(*types):
    """Type of the result: that of the first argument."""
    return [types[0]]


def _inplace(function):
    """An :class:`Elemwise` of a scalar function, into its first argument."""
    op = type(function)(_as_the_first, name=f"{function.name or function}_inplace")
    return Elemwise(op, {0: 0})


abs__inplace = _inplace(scalar.abs)
add_inplace = _inplace(scalar.add)
and__inplace = _inplace(scalar.and_)
arccos_inplace = _inplace(scalar.arccos)
arccosh_inplace = _inplace(scalar.arccosh)
arcsin_inplace = _inplace(scalar.arcsin)
arcsinh_inplace = _inplace(scalar.arcsinh)
arctan2_inplace = _inplace(scalar.arctan2)
arctan_inplace = _inplace(scalar.arctan)
arctanh_inplace = _inplace(scalar.arctanh)
chi2sf_inplace = _inplace(basic_scipy.chi2sf)
ceil_inplace = _inplace(scalar.ceil)
conj_inplace = _inplace(scalar.conj)
cos_inplace = _inplace(scalar.cos)
cosh_inplace = _inplace(scalar.cosh)
eq_inplace = _inplace(scalar.eq)
erf_inplace = _inplace(scalar_math.erf)
erfc_inplace = _inplace(scalar_math.erfc)
erfcx_inplace = _inplace(scalar_math.erfcx)
exp2_inplace = _inplace(scalar.exp2)
exp_inplace = _inplace(scalar.exp)
expm1_inplace = _inplace(scalar.expm1)
fill_inplace = _inplace(scalar.second)
floor_inplace = _inplace(scalar.floor)
gamma_inplace = _inplace(scalar_math.gamma)
gammaln_inplace = _inplace(scalar_math.gammaln)
ge_inplace = _inplace(scalar.ge)
gt_inplace = _inplace(scalar.gt)
i0_inplace = _inplace(scalar_math.i0)
i1_inplace = _inplace(scalar_math.i1)
int_div_inplace = _inplace(scalar.int_div)
inv_inplace = _inplace(scalar.reciprocal)
invert_inplace = _inplace(scalar.invert)
iv_inplace = _inplace(basic_scipy.iv)
j0_inplace = _inplace(scalar_math.j0)
j1_inplace = _inplace(scalar_math.j1)
jv_inplace = _inplace(scalar_math.jv)
le_inplace = _inplace(scalar.le)
log10_inplace = _inplace(scalar.log10)
log1p_inplace = _inplace(scalar.log1p)
log2_inplace = _inplace(scalar.log2)
log_inplace = _inplace(scalar.log)
lt_inplace = _inplace(scalar.lt)
maximum_inplace = _inplace(scalar.maximum)
minimum_inplace = _inplace(scalar.minimum)
mod_inplace = _inplace(scalar.mod)
mul_inplace = _inplace(scalar.mul)
neg_inplace = _inplace(scalar.neg)
neq_inplace = _inplace(scalar.neq)
or__inplace = _inplace(scalar.or_)
pow_inplace = _inplace(scalar.pow)
psi_inplace = _inplace(scalar_math.psi)
round_half_away_from_zero_inplace = _inplace(scalar.round_half_away_from_zero)
round_half_to_even_inplace = _inplace(scalar.round_half_to_even)
second_inplace = _inplace(scalar.second)
sgn_inplace = _inplace(scalar.sign)
sin_inplace = _inplace(scalar.sin)
sinh_inplace = _inplace(scalar.sinh)
sqr_inplace = _inplace(scalar.sqr)
sqrt_inplace = _inplace(scalar.sqrt)
sub_inplace = _inplace(scalar.sub)
tan_inplace = _inplace(scalar.tan)
tanh_inplace = _inplace(scalar.tanh)
tri_gamma_inplace = _inplace(scalar_math.tri_gamma)
true_div_inplace = _inplace(scalar.true_div)
trunc_inplace = _inplace(scalar.trunc)
xor_inplace = _inplace(scalar.xor)


def transpose_inplace(x, **unused):
    """Return a view of `x` with its axes in reverse order."""
    return DimShuffle(input_ndim=x.ndim, new_order=range(x.ndim - 1, -1, -1))(x)


def deg2rad_inplace(x):
    """Turn degrees into radians."""
    return mul_inplace(x, np.asarray(np.pi / 180, x.dtype))


def rad2deg_inplace(x):
    """Turn radians into degrees."""
    return mul_inplace(x, np.asarray(180 / np.pi, x.dtype))
