"""``theano.tensor.inplace``: functions that write their result into their first argument.

They are for graphs after optimisation and for those who know what they do: the first argument must
be an input that may be overwritten, of the dtype and shape of the result.
"""

from pytensor.scalar import basic as scalar
from pytensor.scalar import math as scalar_math
from pytensor.tensor.elemwise import DimShuffle, Elemwise

from symgen.theano._missing import attribute_lookup
from symgen.theano.scalar import basic as theano_scalar
from symgen.theano.scalar import basic_scipy

__getattr__ = attribute_lookup(__name__)


def _as_the_first(*types):
    """Type of the result: that of the first argument."""
    return [types[0]]


def _inplace(name, function):
    """An :class:`Elemwise` of a scalar function, into its first argument."""
    return Elemwise(type(function)(_as_the_first, name=name), {0: 0}, name=name)


abs__inplace = _inplace("abs__inplace", scalar.abs)
add_inplace = _inplace("add_inplace", scalar.add)
and__inplace = _inplace("and__inplace", scalar.and_)
arccos_inplace = _inplace("arccos_inplace", scalar.arccos)
arccosh_inplace = _inplace("arccosh_inplace", scalar.arccosh)
arcsin_inplace = _inplace("arcsin_inplace", scalar.arcsin)
arcsinh_inplace = _inplace("arcsinh_inplace", scalar.arcsinh)
arctan2_inplace = _inplace("arctan2_inplace", scalar.arctan2)
arctan_inplace = _inplace("arctan_inplace", scalar.arctan)
arctanh_inplace = _inplace("arctanh_inplace", scalar.arctanh)
chi2sf_inplace = _inplace("chi2sf_inplace", basic_scipy.chi2sf)
ceil_inplace = _inplace("ceil_inplace", scalar.ceil)
conj_inplace = _inplace("conj_inplace", scalar.conj)
cos_inplace = _inplace("cos_inplace", scalar.cos)
cosh_inplace = _inplace("cosh_inplace", scalar.cosh)
deg2rad_inplace = _inplace("deg2rad_inplace", theano_scalar.deg2rad)
eq_inplace = _inplace("eq_inplace", scalar.eq)
erf_inplace = _inplace("erf_inplace", scalar_math.erf)
erfc_inplace = _inplace("erfc_inplace", scalar_math.erfc)
erfcx_inplace = _inplace("erfcx_inplace", scalar_math.erfcx)
exp2_inplace = _inplace("exp2_inplace", scalar.exp2)
exp_inplace = _inplace("exp_inplace", scalar.exp)
expm1_inplace = _inplace("expm1_inplace", scalar.expm1)
fill_inplace = _inplace("fill_inplace", scalar.second)
floor_inplace = _inplace("floor_inplace", scalar.floor)
gamma_inplace = _inplace("gamma_inplace", scalar_math.gamma)
gammaln_inplace = _inplace("gammaln_inplace", scalar_math.gammaln)
ge_inplace = _inplace("ge_inplace", scalar.ge)
gt_inplace = _inplace("gt_inplace", scalar.gt)
i0_inplace = _inplace("i0_inplace", scalar_math.i0)
i1_inplace = _inplace("i1_inplace", scalar_math.i1)
int_div_inplace = _inplace("int_div_inplace", scalar.int_div)
inv_inplace = _inplace("inv_inplace", scalar.reciprocal)
invert_inplace = _inplace("invert_inplace", scalar.invert)
iv_inplace = _inplace("iv_inplace", basic_scipy.iv)
j0_inplace = _inplace("j0_inplace", scalar_math.j0)
j1_inplace = _inplace("j1_inplace", scalar_math.j1)
jv_inplace = _inplace("jv_inplace", scalar_math.jv)
le_inplace = _inplace("le_inplace", scalar.le)
log10_inplace = _inplace("log10_inplace", scalar.log10)
log1p_inplace = _inplace("log1p_inplace", scalar.log1p)
log2_inplace = _inplace("log2_inplace", scalar.log2)
log_inplace = _inplace("log_inplace", scalar.log)
lt_inplace = _inplace("lt_inplace", scalar.lt)
maximum_inplace = _inplace("maximum_inplace", scalar.maximum)
minimum_inplace = _inplace("minimum_inplace", scalar.minimum)
mod_inplace = _inplace("mod_inplace", scalar.mod)
mul_inplace = _inplace("mul_inplace", scalar.mul)
neg_inplace = _inplace("neg_inplace", scalar.neg)
neq_inplace = _inplace("neq_inplace", scalar.neq)
or__inplace = _inplace("or__inplace", scalar.or_)
pow_inplace = _inplace("pow_inplace", scalar.pow)
psi_inplace = _inplace("psi_inplace", scalar_math.psi)
rad2deg_inplace = _inplace("rad2deg_inplace", theano_scalar.rad2deg)
round_half_away_from_zero_inplace = _inplace(
    "round_half_away_from_zero_inplace", scalar.round_half_away_from_zero
)
round_half_to_even_inplace = _inplace("round_half_to_even_inplace", scalar.round_half_to_even)
second_inplace = _inplace("second_inplace", scalar.second)
sgn_inplace = _inplace("sgn_inplace", scalar.sign)
sin_inplace = _inplace("sin_inplace", scalar.sin)
sinh_inplace = _inplace("sinh_inplace", scalar.sinh)
sqr_inplace = _inplace("sqr_inplace", scalar.sqr)
sqrt_inplace = _inplace("sqrt_inplace", scalar.sqrt)
sub_inplace = _inplace("sub_inplace", scalar.sub)
tan_inplace = _inplace("tan_inplace", scalar.tan)
tanh_inplace = _inplace("tanh_inplace", scalar.tanh)
tri_gamma_inplace = _inplace("tri_gamma_inplace", scalar_math.tri_gamma)
true_div_inplace = _inplace("true_div_inplace", scalar.true_div)
trunc_inplace = _inplace("trunc_inplace", scalar.trunc)
xor_inplace = _inplace("xor_inplace", scalar.xor)


def transpose_inplace(x, **unused):
    """Return a view of `x` with its axes in reverse order."""
    return DimShuffle(input_ndim=x.ndim, new_order=range(x.ndim - 1, -1, -1))(x)
