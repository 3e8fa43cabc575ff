"""Scalar functions as functions of tensors.

A row says which ``torch`` function computes a PyTensor scalar Op, in which dtype, which operands may
be Python numbers, and whether the result can go into given memory (``out=``).
"""

from dataclasses import dataclass

import pytensor.scalar.basic as ps
import pytensor.scalar.math as psm
import torch
from torch.nn import functional


@dataclass(frozen=True)
class Function:
    """How one scalar Op is computed.

    Attributes
    ----------
    call : callable
    dtype : {"output", "inputs", "own"}
        The dtype that operands are brought to: the output's, the inputs' common one, or each its own.
    numbers : tuple of int
        Operands that may be Python numbers.
    out : bool
        Whether `call` takes ``out=``.
    fold : bool
        Whether more than two operands are folded pairwise.
    """

    call: object
    dtype: str = "output"
    numbers: tuple = ()
    out: bool = True
    fold: bool = False


def _softplus(x):
    # Above the threshold the function is x but for exp(-x), which then is below half an ulp.
    return functional.softplus(x, 1, 40 if x.dtype == torch.float64 else 20)


def _log1mexp(x):
    return torch.where(x < -0.6931471805599453, torch.log1p(-torch.exp(x)), torch.log(-torch.expm1(x)))


def _round_half_away(x):
    return torch.trunc(x + torch.copysign(torch.full_like(x, 0.5), x))


def _sign(x):
    return torch.where(torch.isnan(x), x, torch.sign(x)) if x.is_floating_point() else torch.sign(x)


def _integer_divide(x, y):
    return torch.div(x, y, rounding_mode="floor")


def _maximum(x, y):
    return torch.clamp(x, min=y) if not isinstance(y, torch.Tensor) else torch.maximum(x, y)


def _minimum(x, y):
    return torch.clamp(x, max=y) if not isinstance(y, torch.Tensor) else torch.minimum(x, y)


def _polygamma(n, x):
    return torch.polygamma(int(n), x)


def _second(x, y):
    shape = torch.broadcast_shapes(x.shape, y.shape)
    return torch.empty(shape, dtype=y.dtype, device=x.device).copy_(y)


def _second_number(x, y, dtype):
    return torch.full(x.shape, y, dtype=dtype, device=x.device)


_UNARY = {
    ps.Exp: torch.exp,
    ps.Exp2: torch.exp2,
    ps.Expm1: torch.expm1,
    ps.Log: torch.log,
    ps.Log2: torch.log2,
    ps.Log10: torch.log10,
    ps.Log1p: torch.log1p,
    ps.Sqr: torch.square,
    ps.Sqrt: torch.sqrt,
    ps.Reciprocal: torch.reciprocal,
    ps.Neg: torch.neg,
    ps.Abs: torch.abs,
    ps.Ceil: torch.ceil,
    ps.Floor: torch.floor,
    ps.Trunc: torch.trunc,
    ps.RoundHalfToEven: torch.round,
    ps.Cos: torch.cos,
    ps.ArcCos: torch.acos,
    ps.Sin: torch.sin,
    ps.ArcSin: torch.asin,
    ps.Tan: torch.tan,
    ps.ArcTan: torch.atan,
    ps.Cosh: torch.cosh,
    ps.ArcCosh: torch.acosh,
    ps.Sinh: torch.sinh,
    ps.ArcSinh: torch.asinh,
    ps.Tanh: torch.tanh,
    ps.ArcTanh: torch.atanh,
    psm.Erf: torch.erf,
    psm.Erfc: torch.erfc,
    psm.Erfcx: torch.special.erfcx,
    psm.Erfinv: torch.erfinv,
    psm.GammaLn: torch.lgamma,
    psm.Psi: torch.digamma,
    psm.I0: torch.special.i0,
    psm.I1: torch.special.i1,
    psm.J0: torch.special.bessel_j0,
    psm.J1: torch.special.bessel_j1,
    psm.Sigmoid: torch.sigmoid,
}
if hasattr(ps, "Deg2Rad"):
    _UNARY |= {ps.Deg2Rad: torch.deg2rad, ps.Rad2Deg: torch.rad2deg}

FUNCTIONS = {
    **{op: Function(call) for op, call in _UNARY.items()},
    **{
        op: Function(call, out=False)
        for op, call in {
            ps.RoundHalfAwayFromZero: _round_half_away,
            ps.Sign: _sign,
            ps.Identity: torch.clone,
            ps.Real: torch.clone,
            ps.Conj: torch.clone,
            psm.Softplus: _softplus,
            psm.Log1mexp: _log1mexp,
            psm.TriGamma: lambda x: torch.polygamma(1, x),
            psm.Gamma: lambda x: torch.exp(torch.lgamma(x)) * _gamma_sign(x),
            psm.Erfcinv: lambda x: torch.erfinv(1 - x),
        }.items()
    },
    ps.Add: Function(torch.add, numbers=(1,), fold=True),
    ps.Mul: Function(torch.mul, numbers=(1,), fold=True),
    ps.Sub: Function(torch.sub, numbers=(1,)),
    ps.TrueDiv: Function(torch.true_divide, numbers=(1,)),
    ps.IntDiv: Function(_integer_divide, numbers=(1,), out=False),
    ps.Mod: Function(torch.remainder, numbers=(1,)),
    ps.Pow: Function(torch.pow, numbers=(1,)),
    ps.ArcTan2: Function(torch.atan2),
    ps.Maximum: Function(_maximum, numbers=(1,), out=False, fold=True),
    ps.Minimum: Function(_minimum, numbers=(1,), out=False, fold=True),
    ps.Clip: Function(torch.clamp, numbers=(1, 2)),
    ps.LT: Function(torch.lt, "inputs", (1,), out=False),
    ps.GT: Function(torch.gt, "inputs", (1,), out=False),
    ps.LE: Function(torch.le, "inputs", (1,), out=False),
    ps.GE: Function(torch.ge, "inputs", (1,), out=False),
    ps.EQ: Function(torch.eq, "inputs", (1,), out=False),
    ps.NEQ: Function(torch.ne, "inputs", (1,), out=False),
    ps.IsNan: Function(torch.isnan, "inputs", out=False),
    ps.IsInf: Function(torch.isinf, "inputs", out=False),
    ps.AND: Function(torch.bitwise_and, numbers=(1,), fold=True),
    ps.OR: Function(torch.bitwise_or, numbers=(1,), fold=True),
    ps.XOR: Function(torch.bitwise_xor, numbers=(1,), fold=True),
    ps.Invert: Function(torch.bitwise_not),
    psm.PolyGamma: Function(_polygamma, "own", numbers=(0,), out=False),
    psm.GammaInc: Function(torch.special.gammainc),
    psm.GammaIncC: Function(torch.special.gammaincc),
}
COMMUTATIVE = (ps.Add, ps.Mul, ps.Maximum, ps.Minimum, ps.AND, ps.OR, ps.XOR, ps.EQ, ps.NEQ)
# The comparison with its operands swapped, for a number on the left.
MIRRORED = {ps.LT: ps.GT, ps.GT: ps.LT, ps.LE: ps.GE, ps.GE: ps.LE}

second, second_number = _second, _second_number


def _gamma_sign(x):
    negative = (x < 0) & (torch.remainder(torch.floor(x), 2) != 0)
    return torch.where(negative, -torch.ones_like(x), torch.ones_like(x))
