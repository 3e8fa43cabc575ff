"""``theano.scalar.basic``: PyTensor's objects under Theano's names."""

import numpy as np

# fmt: off
from pytensor.scalar.basic import (
    AND, Abs, Add, ArcCos, ArcCosh, ArcSin, ArcSinh, ArcTan, ArcTan2, ArcTanh, BinaryBitOp,
    BinaryScalarOp, Cast, Ceil, Clip, Complex, ComplexError, Composite, Conj, Cos, Cosh, EQ,
    Exp, Exp2, Expm1, FixedLogicalComparison, Floor, GE, GT, Identity, Imag, IntDiv,
    IntegerDivisionError, Invert, IsInf, IsNan, LE, LT, Log, Log10, Log1p, Log2,
    LogicalComparison, Maximum, Minimum, Mod, Mul, NEQ, Neg, NumpyAutocaster, OR, Pow, Real,
    Reciprocal as Inv, RoundHalfAwayFromZero, RoundHalfToEven, ScalarConstant, ScalarOp,
    ScalarType as Scalar, ScalarVariable, Second, Sign as Sgn, Sin, Sinh, Sqr, Sqrt, Sub,
    Switch, Tan, Tanh, TrueDiv, Trunc, UnaryBitOp, UnaryScalarOp, XOR, abs as abs_, add,
    all_types, and_, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, as_scalar,
    autocast_float, autocast_float_as, autocast_int, bool, cast, ceil, clip, complex,
    complex128, complex64, complex_types, complexs, complexs128, complexs64, conj, constant,
    continuous_types, convert, convert_to_bool, convert_to_complex128, convert_to_complex64,
    convert_to_float16, convert_to_float32, convert_to_float64, convert_to_int16,
    convert_to_int32, convert_to_int64, convert_to_int8, convert_to_uint16, convert_to_uint32,
    convert_to_uint64, convert_to_uint8, cos, cosh, discrete_types, eq, exp, exp2, expm1,
    float16, float32, float64, float_out, float_types, floats, floor, floor_div, ge,
    get_scalar_type, gt, identity, imag, int16, int64, int8, int_div, int_out, int_types, ints,
    invert, isinf, isnan, le, log, log10, log1p, log2, lt, maximum, minimum, mod, mod_check,
    mul, neg, neq, or_, pow, real, real_out, reciprocal as inv, round_half_away_from_zero,
    round_half_away_from_zero_, round_half_away_from_zero_vec, round_half_away_from_zero_vec32,
    round_half_away_from_zero_vec64, round_half_to_even, same_out, same_out_float_only,
    same_out_min8, same_out_nobool, same_out_nocomplex, second, sign as sgn, sin, sinh,
    specific_out, int32, sqr, sqrt, sub, switch, tan, tanh, true_div, trunc, uint16, uint32, uint64,
    uint8, uint_types, upcast, upcast_out, upcast_out_min8, upcast_out_no_complex,
    upcast_out_nobool, upgrade_to_float, upgrade_to_float64, upgrade_to_float_no_complex, xor,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


class Deg2Rad(UnaryScalarOp):
    """Degrees as radians."""

    nfunc_spec = ("deg2rad", 1, 1)

    def impl(self, x):
        """The number; of 8-bit integers in float32, where NumPy would take float16."""
        if str(getattr(x, "dtype", "")) in ("int8", "uint8"):
            return np.deg2rad(x, dtype=np.float32)
        return np.deg2rad(x)

    def pullback(self, inputs, outputs, cotangents):
        """The cotangent times pi / 180."""
        return [cotangents[0] * np.asarray(np.pi / 180, cotangents[0].dtype)]

    def grad(self, inputs, cotangents):
        """As :meth:`pullback`, under Theano's name."""
        return self.pullback(inputs, None, cotangents)


deg2rad = Deg2Rad(upgrade_to_float, name="deg2rad")


class Rad2Deg(UnaryScalarOp):
    """Radians as degrees."""

    nfunc_spec = ("rad2deg", 1, 1)

    def impl(self, x):
        """The number; of 8-bit integers in float32, where NumPy would take float16."""
        if str(getattr(x, "dtype", "")) in ("int8", "uint8"):
            return np.rad2deg(x, dtype=np.float32)
        return np.rad2deg(x)

    def pullback(self, inputs, outputs, cotangents):
        """The cotangent times 180 / pi."""
        return [cotangents[0] * np.asarray(180 / np.pi, cotangents[0].dtype)]

    def grad(self, inputs, cotangents):
        """As :meth:`pullback`, under Theano's name."""
        return self.pullback(inputs, None, cotangents)


rad2deg = Rad2Deg(upgrade_to_float, name="rad2deg")


class transfer_type:
    """Says what types a scalar function returns: for each output, those of its inputs.

    Parameters
    ----------
    *transfer : int, ScalarType or None
        For each output, the number of the input whose type it has, a type, or ``None`` for what
        the inputs are upcast to.
    """

    def __init__(self, *transfer):
        for wanted in transfer:
            if wanted is not None and not isinstance(wanted, int | Scalar):
                raise TypeError(f"expected numbers of inputs, types or None; got {wanted!r}")
        self.transfer = transfer

    def __call__(self, *types):
        """Return the types of the outputs."""
        upcast_type = upcast_out(*types)[0]
        return [
            upcast_type if wanted is None else types[wanted] if isinstance(wanted, int) else wanted
            for wanted in self.transfer
        ]

    def __eq__(self, other):
        return type(self) is type(other) and self.transfer == other.transfer

    def __hash__(self):
        return hash((type(self), self.transfer))


def div_proxy(x, y):
    """``x / y``, which for two integers is a fraction, as in Python 3."""
    return true_div(x, y)
