"""``theano.scalar``: numbers in a graph, and the functions that ``theano.tensor`` maps."""

# fmt: off
from symgen.theano.scalar.basic import (
    AND, Abs, Add, ArcCos, ArcCosh, ArcSin, ArcSinh, ArcTan, ArcTan2, ArcTanh, BinaryBitOp,
    BinaryScalarOp, Cast, Ceil, Clip, Complex, ComplexError, Composite, Conj, Cos, Cosh,
    Deg2Rad, EQ, Exp, Exp2, Expm1, FixedLogicalComparison, Floor, GE, GT, Identity, Imag,
    IntDiv, IntegerDivisionError, Inv, Invert, IsInf, IsNan, LE, LT, Log, Log10, Log1p, Log2,
    LogicalComparison, Maximum, Minimum, Mod, Mul, NEQ, Neg, NumpyAutocaster, OR, Pow, Rad2Deg,
    Real, RoundHalfAwayFromZero, RoundHalfToEven, Scalar, ScalarConstant, ScalarOp,
    ScalarVariable, Second, Sgn, Sin, Sinh, Sqr, Sqrt, Sub, Switch, Tan, Tanh, TrueDiv, Trunc,
    UnaryBitOp, UnaryScalarOp, XOR, abs_, add, all_types, and_, arccos, arccosh, arcsin,
    arcsinh, arctan, arctan2, arctanh, as_scalar, autocast_float, autocast_float_as,
    autocast_int, bool, cast, ceil, clip, complex, complex128, complex64, complex_types,
    complexs, complexs128, complexs64, conj, constant, continuous_types, convert,
    convert_to_bool, convert_to_complex128, convert_to_complex64, convert_to_float16,
    convert_to_float32, convert_to_float64, convert_to_int16, convert_to_int32,
    convert_to_int64, convert_to_int8, convert_to_uint16, convert_to_uint32, convert_to_uint64,
    convert_to_uint8, cos, cosh, deg2rad, discrete_types, div_proxy, eq, exp, exp2, expm1,
    float16, float32, float64, float_out, float_types, floats, floor, floor_div, ge,
    get_scalar_type, gt, identity, imag, int16, int32, int64, int8, int_div, int_out, int_types,
    ints, inv, invert, isinf, isnan, le, log, log10, log1p, log2, lt, maximum, minimum, mod,
    mod_check, mul, neg, neq, or_, pow, rad2deg, real, real_out, round_half_away_from_zero,
    round_half_away_from_zero_, round_half_away_from_zero_vec, round_half_away_from_zero_vec32,
    round_half_away_from_zero_vec64, round_half_to_even, same_out, same_out_float_only,
    same_out_min8, same_out_nobool, same_out_nocomplex, second, sgn, sin, sinh, specific_out,
    sqr, sqrt, sub, switch, tan, tanh, transfer_type, true_div, trunc, uint16, uint32, uint64,
    uint8, uint_types, upcast, upcast_out, upcast_out_min8, upcast_out_no_complex,
    upcast_out_nobool, upgrade_to_float, upgrade_to_float64, upgrade_to_float_no_complex, xor,
)
from symgen.theano.scalar.basic_scipy import (
    Chi2SF, Iv, chi2sf, imported_scipy_special, iv,
    Erf, Erfc, Erfcinv, Erfcx, Erfinv, Gamma, GammaInc, GammaIncC, GammaLn, I0, I1, J0, J1, Jv,
    Psi, TriGamma, erf, erfc, erfcinv, erfcx, erfinv, gamma, gammainc, gammaincc, gammaln, i0,
    i1, j0, j1, jv, psi, tri_gamma,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
