"""``theano.tensor.basic``: PyTensor's objects under Theano's names, in the forms that Theano took.

Where PyTensor took an argument away, made it keyword-only or gave it another name, the function
here takes it as Theano 1.0.5 did.
"""

import builtins
import functools
import warnings

import numpy as np

# fmt: off
from pytensor.scalar.basic import mod_check
from pytensor.tensor.basic import (
    ARange, Alloc, AllocEmpty, Choose, ExtractDiag, Eye, Nonzero, NotScalarConstantError,
    ScalarFromTensor, TensorFromScalar, alloc, arange, cast, constant, diag, diagonal,
    Eye, discrete_dtypes, extract_constant, eye, fill, flatnonzero, float_dtypes, get_vector_length,
    horizontal_stack, identity_like, int_dtypes, integer_dtypes, inverse_permutation, mgrid,
    nonzero, nonzero_values, ogrid, ones, ones_like, register_transfer, roll,
    scalar_from_tensor, second, shape_padaxis, shape_padleft, shape_padright, stacklists,
    swapaxes, switch, tensor_copy, tensor_from_scalar, transfer, tri, tril, triu, uint_dtypes,
    vertical_stack, where, zeros, zeros_like,
)
from pytensor.tensor.basic import (
    _convert_to_bool, _convert_to_complex64, _convert_to_complex128, _convert_to_float16,
    _convert_to_float32, _convert_to_float64, _convert_to_int8, _convert_to_int16,
    _convert_to_int32, _convert_to_int64, _convert_to_uint8, _convert_to_uint16,
    _convert_to_uint32, _convert_to_uint64,
)
from pytensor.tensor.exceptions import ShapeError
from pytensor.tensor.math import (
    Argmax, _allclose, abs as abs_, add, all, allclose, and_, angle, any, arccos, arccosh,
    arcsin, arcsinh, arctan, arctan2, arctanh, bitwise_and, bitwise_not, bitwise_or,
    bitwise_xor, ceil, ceil_intdiv, clip, complex, cos, cosh, cov, divmod, eq, erf, erfc,
    erfcinv, erfcx, erfinv, exp, exp2, expm1, float16_atol, float16_rtol, float32_atol,
    float32_rtol, float64_atol, float64_rtol, floor, gamma, gammainc, gammaincc, gammal,
    gammaln, gammau, ge, gt, i0, i1, imag, invert, iround, isclose, isinf, isinf_, isnan,
    isnan_, j0, j1, jv, largest, le, log, log10, log1p, log2, lt, makeKeepDims, maximum,
    minimum, mod, mul, neg, neq, or_, outer, pow, power, prod, psi, ptp, real, round, sin, sinh,
    smallest, sqr, sqrt, square, std, sub, sum, tan, tanh, tensordot, trunc, var, xor,
)
from pytensor.tensor.shape import Reshape, Shape, shape
from pytensor.tensor.variable import TensorConstant, TensorVariable
from pytensor.tensor.type import (
    all_dtypes, bcol, bmatrix, brow, bscalar, btensor3, btensor4, btensor5, btensor6, btensor7,
    bvector, ccol, cmatrix, complex_dtypes, complex_matrix_types, complex_scalar_types,
    complex_types, complex_vector_types, continuous_dtypes, crow, cscalar, ctensor3, ctensor4,
    ctensor5, ctensor6, ctensor7, cvector, dcol, dcols, dmatrices, dmatrix, drow, drows,
    dscalar, dscalars, dtensor3, dtensor3s, dtensor4, dtensor4s, dtensor5, dtensor5s, dtensor6,
    dtensor6s, dtensor7, dtensor7s, dvector, dvectors, fcol, fcols, float_matrix_types,
    float_scalar_types, float_types, float_vector_types, fmatrices, fmatrix, frow, frows,
    fscalar, fscalars, ftensor3, ftensor3s, ftensor4, ftensor4s, ftensor5, ftensor5s, ftensor6,
    ftensor6s, ftensor7, ftensor7s, fvector, fvectors, icol, icols, imatrices, imatrix,
    int_matrix_types, int_scalar_types, int_types, int_vector_types, irow, irows, iscalar,
    iscalars, itensor3, itensor3s, itensor4, itensor4s, itensor5, itensor5s, itensor6,
    itensor6s, itensor7, itensor7s, ivector, ivectors, lcol, lcols, lmatrices, lmatrix, lrow,
    lrows, lscalar, lscalars, ltensor3, ltensor3s, ltensor4, ltensor4s, ltensor5, ltensor5s,
    ltensor6, ltensor6s, ltensor7, ltensor7s, lvector, lvectors, wcol, wmatrix, wrow, wscalar,
    wtensor3, wtensor4, wtensor5, wtensor6, wtensor7, wvector, zcol, zmatrix, zrow, zscalar,
    ztensor3, ztensor4, ztensor5, ztensor6, ztensor7, zvector,
)
# fmt: on
import pytensor.tensor as pt
from pytensor.gradient import GradientError
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.raise_op import Assert
from pytensor.tensor import math as pt_math
from pytensor.tensor.basic import get_underlying_scalar_constant_value
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.type import tensor as pt_tensor
from pytensor.tensor.type_other import NoneTypeT

from symgen.errors import NotSupportedError
from symgen.ops.rebroadcast import Rebroadcast
from symgen.theano._missing import attribute_lookup
from symgen.theano.gradient import verify_grad
from symgen.theano.tensor import _variables
from symgen.theano.tensor._batched import batched_dot, batched_tensordot
from symgen.theano.tensor._classes import (
    AllocDiag,
    DimShuffle,
    Dot,
    Join,
    MaxAndArgmax,
    PermuteRowElements,
    SpecifyShape,
    Split,
    TensorType,
    permute_row_elements,
)
from symgen.theano.tensor._joining import concatenate, join, split
from symgen.theano.tensor._ops import Flatten, Mean, Tile, Tri, UnknownShape

__getattr__ = attribute_lookup(__name__)

#: Whether ``numpy.diagonal`` returns a view, as all versions that PyTensor takes do.
numpy_diagonal_return_view = True

Tensor = TensorType
_variables.install()


def _conj(x):
    """Return the complex conjugate."""
    x = as_tensor_variable(x)
    return pt_math.conj(x) if x.dtype in complex_dtypes else tensor_copy(x)


def _complex_from_polar(abs, arg):
    """Return ``abs * exp(1j * arg)``."""
    abs, arg = as_tensor_variable(abs), as_tensor_variable(arg)
    return complex(abs * cos(arg), abs * sin(arg))


class _Function:
    """A function that prints itself as the Elemwise that it was in Theano."""

    def __init__(self, name, function):
        functools.update_wrapper(self, function)
        self.name = f"Elemwise{{{name},no_inplace}}"

    def __call__(self, *args, **kwargs):
        return self.__wrapped__(*args, **kwargs)

    def __repr__(self):
        return self.name


def _named(name, op):
    """`op`, which PyTensor calls otherwise, under Theano's name for it."""
    if isinstance(op, Elemwise):
        text = f"Elemwise{{{name},no_inplace}}"
        return Elemwise(op.scalar_op, op.inplace_pattern, name=text, nfunc_spec=op.nfunc_spec)
    return _Function(name, op)


complex_from_polar = _named("complex_from_polar", _complex_from_polar)
conj = _named("conj", _conj)
deg2rad = _named("deg2rad", pt_math.deg2rad)
int_div = floor_div = _named("int_div", pt_math.int_div)
inv = _named("inv", pt_math.reciprocal)
iv = _named("iv", pt_math.iv)
rad2deg = _named("rad2deg", pt_math.rad2deg)
round_half_away_from_zero = _named(
    "round_half_away_from_zero", pt_math.round_half_away_from_zero
)
round_half_to_even = _named("round_half_to_even", pt_math.round_half_to_even)
sgn = _named("sgn", pt_math.sign)
tri_gamma = _named("tri_gamma", pt_math.tri_gamma)
true_div = _named("true_div", pt_math.true_div)
verify_grad.E_grad = GradientError


class AsTensorError(TypeError):
    """Raised by :func:`as_tensor_variable` for what cannot be a tensor."""


class EmptyConstantError(NotScalarConstantError):
    """Raised by :func:`get_scalar_constant_value` for a constant without elements."""


def as_tensor_variable(x, name=None, ndim=None):
    """Return `x` as a tensor variable.

    Parameters
    ----------
    x : variable, array, number, list, or Apply with one output
    name : str, optional
        Of the variable, when one is made.
    ndim : int, optional
        The number of dimensions to pad it to on the left, or to demand.

    Raises
    ------
    AsTensorError
        When it cannot be a tensor.
    """
    convert = getattr(x, "_as_TensorVariable", None)
    if convert is not None and not isinstance(x, Variable):
        x = convert()
    if isinstance(x, Apply):
        number = getattr(x.op, "default_output", None)
        if number is not None and (
            not isinstance(number, int) or not 0 <= number < len(x.outputs)
        ):
            raise AttributeError(
                f"{x.op}.default_output: expected the number of one of its {len(x.outputs)} "
                f"outputs; got {number!r}"
            )
    if x is None or isinstance(x, str | bytes):
        raise AsTensorError(f"Cannot convert {x!r} to TensorType", type(x))
    try:
        return pt.as_tensor_variable(x, name=name, ndim=ndim)
    except NotImplementedError as error:
        raise AsTensorError(f"Cannot convert {x!r} to TensorType", type(x)) from error


as_tensor = as_tensor_variable


def tensor(*args, **kwargs):
    """Return a tensor variable: ``tensor(dtype, broadcastable, name=None)``.

    ``dtype`` is a name, ``broadcastable`` a sequence of bool, one for each dimension. PyTensor's
    ``tensor(name, dtype=…, shape=…)`` works too.
    """
    if args and _is_dtype(args[0]) and (len(args) > 1 or "broadcastable" in kwargs):
        names = ("dtype", "broadcastable", "name")
        kwargs |= dict(zip(names, args, strict=False))
        args = ()
    if "broadcastable" in kwargs:
        broadcastable = kwargs.pop("broadcastable")
        kwargs["shape"] = tuple(1 if wanted else None for wanted in broadcastable)
    return pt_tensor(*args, **kwargs)


def _is_dtype(text):
    if isinstance(text, str):
        return text == "floatX" or text in all_dtypes
    return isinstance(text, type | np.dtype)


def _constructor(shape, plural=None):
    """Theano's constructor of variables with so many axes, 1 for a broadcastable one."""

    def construct(name=None, dtype=None):
        if isinstance(name, TensorType | np.dtype) or name in all_dtypes and dtype is None:
            raise TypeError(f"expected a name, then a dtype; got the dtype {name!r} as the name")
        return pt_tensor(name=name, dtype=dtype, shape=shape)

    def construct_many(*names, dtype=None):
        if len(names) == 1:
            (names,) = names
        if isinstance(names, int):
            names = [None] * names
        if len(names) == 1:
            return construct(names if isinstance(names, str) else names[0], dtype)
        return [construct(name, dtype) for name in names]

    return construct, construct_many


scalar, scalars = _constructor(())
vector, vectors = _constructor((None,))
matrix, matrices = _constructor((None, None))
row, rows = _constructor((1, None))
col, cols = _constructor((None, 1))
tensor3, tensor3s = _constructor((None,) * 3)
tensor4, tensor4s = _constructor((None,) * 4)
tensor5, tensor5s = _constructor((None,) * 5)
tensor6, tensor6s = _constructor((None,) * 6)
tensor7, tensor7s = _constructor((None,) * 7)


def reshape(x, newshape, ndim=None):
    """Return `x` in the shape `newshape`; `ndim` says its length where the graph does not."""
    return pt.reshape(x, newshape, ndim=ndim)


def flatten(x, ndim=None, outdim=None):
    """Return `x` with its last axes made one, `ndim` axes in all (1 by default).

    ``outdim`` is the former name of ``ndim``.
    """
    if outdim is not None and ndim is not None:
        raise ValueError("You should only specify ndim")
    ndim = outdim if ndim is None else ndim
    x = as_tensor_variable(x)
    ndim = 1 if ndim is None else ndim
    if ndim < 1 or (ndim > 1 and ndim > x.ndim):
        raise ValueError(f"ndim {ndim} out of bound [1, {x.ndim + 1})")
    return pt.flatten(x, ndim)


def is_flat(var, ndim=None, outdim=None):
    """Whether `var` has `ndim` dimensions (1 by default)."""
    if outdim is not None and ndim is not None:
        raise ValueError("You should only specify ndim")
    return var.ndim == (ndim or outdim or 1)


def stack(*tensors, **kwargs):
    """Join tensors of one shape along a new axis: ``stack([a, b], axis=0)``.

    Theano's former ``stack(a, b)`` works too, along axis 0.
    """
    if not tensors and "tensors" not in kwargs:
        raise TypeError("theano.tensor.stack(tensors, axis) needs at least one argument")
    if "tensors" in kwargs:
        if tensors:
            raise TypeError("expected the tensors once; got them by position and by name")
        tensors = (kwargs.pop("tensors"),)
    axis = kwargs.pop("axis", 0)
    if kwargs:
        raise TypeError(f"stack() got unexpected keyword arguments: {', '.join(kwargs)}")
    if not isinstance(tensors[0], list | tuple):
        warnings.warn(
            "stack(*tensors) is deprecated, use stack(tensors, axis=0) instead.",
            DeprecationWarning,
            stacklevel=2,
        )
    else:
        if len(tensors) > 2 or len(tensors) == 2 and axis:
            raise TypeError("expected a list of tensors and an axis")
        tensors, axis = tensors[0], tensors[1] if len(tensors) == 2 else axis
    if len(tensors) == 0:
        raise ValueError("theano.tensor.stack(tensors, axis) needs at least one tensor; got none")
    return pt.stack([as_tensor_variable(t) for t in tensors], axis)


def specify_shape(x, shape):
    """Return `x`, known to be of `shape`, a sequence or vector; checked when the function runs."""
    if isinstance(shape, Variable) and shape.ndim == 1 and shape.type.shape[0] is None:
        return SpecifyShape()(x, shape)
    return pt.specify_shape(x, shape)


def tile(x, reps, ndim=None):
    """Repeat `x` as often along each axis as `reps` says; the result has `ndim` dimensions.

    Parameters
    ----------
    x : tensor
    reps : int, sequence of ints and integer scalars, or integer vector
    ndim : int, optional
        At least ``len(reps)``; axes are added on the left.
    """
    x = as_tensor_variable(x)
    if ndim is not None and ndim < x.ndim:
        raise ValueError("ndim should be equal or larger than x.ndim")
    if isinstance(reps, Variable) and reps.ndim == 1:
        length = reps.type.shape[0] if ndim is None else ndim
        if length is None and ndim is None:
            raise ValueError("if reps is tensor.vector, you should specify the ndim")
        if ndim is not None:
            fits = pt.le(reps.shape[0], ndim)
            offset = ndim - Assert("expected at most ndim repetitions")(reps.shape[0], fits)
            reps = [pt.switch(i < offset, 1, reps[pt.maximum(i - offset, 0)]) for i in range(ndim)]
        else:
            reps = [reps[i] for i in range(length)]
    elif isinstance(reps, Variable) or np.ndim(reps) == 0 and not isinstance(reps, list | tuple):
        if isinstance(reps, Variable) and reps.ndim > 1:
            raise ValueError("the dimension of reps should not exceed 1")
        reps = [reps]
    reps = list(reps)
    for n in reps:
        if isinstance(n, Variable):
            if n.ndim or n.dtype not in integer_dtypes:
                raise ValueError("elements of reps must be scalars of integer dtype")
        elif not isinstance(n, int | np.integer):
            raise ValueError("elements of reps must be integers")
    if ndim is not None and len(reps) > ndim:
        raise ValueError("if specified, ndim must be equal or larger than length of reps")
    if ndim is not None:
        reps = [1] * (ndim - len(reps)) + reps
    if len(reps) > x.ndim:
        x = shape_padleft(x, len(reps) - x.ndim)
    return pt.tile(x, [1] * (x.ndim - len(reps)) + reps)


def transpose(x, axes=None):
    """Return `x` with its axes in reverse order, or in the order `axes`; its name gains ``.T``."""
    x = as_tensor_variable(x)
    out = pt.transpose(x, axes)
    if out is x:
        out = DimShuffle(x.broadcastable, range(x.ndim))(x)
    if x.name:
        out.name = x.name + ".T"
    return out


def mean(input, axis=None, dtype=None, op=False, keepdims=False, acc_dtype=None):
    """Return the mean of `input` along `axis`.

    ``op=True`` is Theano's former :class:`Mean` Op: float64, and without a gradient.

    Raises
    ------
    NotImplementedError
        For ``op=True`` with another ``dtype`` or ``acc_dtype``.
    """
    if op:
        if dtype not in (None, "float64") or acc_dtype not in (None, "float64"):
            raise NotImplementedError(
                "expected float64 for mean(op=True), which computes in it; got "
                f"dtype={dtype!r}, acc_dtype={acc_dtype!r}. Leave op out."
            )
        out = Mean(axis)(input)
        return makeKeepDims(as_tensor_variable(input), out, axis) if keepdims else out
    return pt.mean(input, axis, dtype=dtype, keepdims=keepdims, acc_dtype=acc_dtype)


_dot = Dot()


def dot(a, b):
    """Return the dot product of `a` and `b` (matrix product for matrices), as ``numpy.dot``.

    Lengths that do not fit are an error when the function runs, not before.
    """
    try:
        return pt.dot(a, b)
    except ValueError:
        a, b = as_tensor_variable(a), as_tensor_variable(b)
        if a.type.shape == (None,) * a.ndim and b.type.shape == (None,) * b.ndim:
            raise
        return pt.dot(UnknownShape()(a), UnknownShape()(b))


def chi2sf(x, k):
    """Return ``P(X > x)``, `X` chi-squared with `k` degrees of freedom, in float64."""
    x, k = (cast(as_tensor_variable(value), "float64") for value in (x, k))
    return pt_math.gammaincc(k / 2, x / 2)


def choose(a, choices, out=None, mode="raise"):
    """Return, element by element, the choice that `a` numbers; see ``numpy.choose``."""
    if out is not None:
        raise NotSupportedError("choose() without out", f"out={out!r}", "Assign the result.")
    return pt.choose(a, choices, mode)


def addbroadcast(x, *axes):
    """Return `x` as broadcastable along `axes`: their length, checked at run time, is 1."""
    return _rebroadcast(x, [(axis, True) for axis in axes])


def unbroadcast(x, *axes):
    """Return `x` as not broadcastable along `axes`."""
    return _rebroadcast(x, [(axis, False) for axis in axes])


def patternbroadcast(x, broadcastable):
    """Return `x` broadcastable along just those axes where the sequence `broadcastable` is True."""
    return _rebroadcast(x, list(enumerate(broadcastable)))


def _rebroadcast(x, axes):
    x = as_tensor_variable(x)
    for axis, _ in axes:
        if axis >= x.ndim or axis < -x.ndim:
            raise ValueError("Trying to rebroadcast non-existent dimension")
    axes = [(axis % x.ndim, wanted) for axis, wanted in axes]
    if x.owner is not None and isinstance(x.owner.op, Rebroadcast):
        axes = list({**dict(x.owner.op.axes), **dict(axes)}.items())
        (x,) = x.owner.inputs
    was = x.type.broadcastable
    changes = [(axis, wanted) for axis, wanted in axes if was[axis] != bool(wanted)]
    return Rebroadcast(*changes)(x) if changes else x


def check_and_normalize_axes(x, axis):
    """Return the axes that `axis` says, from 0 and in order; all of them is the empty list.

    Parameters
    ----------
    x : tensor
    axis : None, int, sequence of int, or constant of integers
    """
    axis = _plain_axis(axis)
    if axis is None:
        return []
    ndim = as_tensor_variable(x).ndim
    axes = [axis] if isinstance(axis, int | np.integer) else list(axis)
    for one in axes:
        if not isinstance(one, int | np.integer):
            raise TypeError(f"Axis must be an integer, or a sequence of them; got {one!r}")
        if not -ndim <= one < ndim:
            raise ValueError(f"Computation needs valid axis number for {ndim}-D tensor. Got {one}")
    return sorted({int(one) % ndim for one in axes})


def _plain_axis(axis):
    """A symbolic constant axis as the int, or the list of ints, that it stands for."""
    if isinstance(axis, Variable) and isinstance(axis.type, NoneTypeT):
        return None
    if isinstance(axis, np.ndarray):
        return int(axis) if axis.ndim == 0 else [int(a) for a in axis]
    if isinstance(axis, Variable):
        if not isinstance(axis, pt.TensorConstant):
            raise TypeError(f"max and argmax computation needs a constant axis. Got {axis}")
        if axis.dtype not in integer_dtypes:
            raise TypeError(f"axis must be an integer; got {axis.dtype}")
        return _plain_axis(axis.data)
    if isinstance(axis, list | tuple):
        return list(dict.fromkeys(_plain_axis(a) for a in axis))
    return axis


def _argmax(x, axis=None, keepdims=False):
    """Return the index of the largest element along `axis`; 0 for a scalar."""
    if x.ndim == 0:
        return zeros_like(x, dtype="int64")
    return pt_math.argmax(x, axis=axis, keepdims=keepdims)


def _argmin(x, axis=None, keepdims=False):
    """Return the index of the smallest element along `axis`; 0 for a scalar."""
    if x.ndim == 0:
        return zeros_like(x, dtype="int64")
    return pt_math.argmin(x, axis=axis, keepdims=keepdims)


def _max_and_argmax(x, axis=None, keepdims=False):
    """Return the largest element along `axis` and its index."""
    return [
        pt_math.max(x, axis=axis, keepdims=keepdims),
        _argmax(x, axis=axis, keepdims=keepdims),
    ]


def _with_constant_axis(reduce):
    @functools.wraps(reduce)
    def call(x, axis=None, keepdims=False):
        try:
            return reduce(as_tensor_variable(x), axis=_plain_axis(axis), keepdims=keepdims)
        except np.exceptions.AxisError as error:
            raise ValueError(str(error)) from error

    call.__module__ = __name__
    return call


max = _with_constant_axis(pt_math.max)
min = _with_constant_axis(pt_math.min)
argmax = _with_constant_axis(_argmax)
argmin = _with_constant_axis(_argmin)
max_and_argmax = _with_constant_axis(_max_and_argmax)


def get_scalar_constant_value(
    orig_v, elemwise=True, only_process_constants=False, max_recur=10
):
    """Return the number that a variable always is, as a 0-d array.

    Raises
    ------
    NotScalarConstantError
        When it is not known to be one number.
    EmptyConstantError
        For a constant without elements.
    """
    if isinstance(orig_v, np.ndarray) and orig_v.size == 0:
        raise EmptyConstantError()
    if isinstance(orig_v, pt.TensorConstant) and orig_v.data.size == 0:
        raise EmptyConstantError()
    return get_underlying_scalar_constant_value(
        orig_v,
        elemwise=elemwise,
        only_process_constants=only_process_constants,
        max_recur=max_recur,
    )


class Default(Op):
    """``default(x, d)``: `x`, or `d` when `x` is None at run time."""

    view_map = {0: [0]}
    __props__ = ()
    takes_none = True

    def make_node(self, x, default):
        """`x` and `default` have one type."""
        x, default = as_tensor_variable(x), as_tensor_variable(default)
        if x.type != default.type:
            raise TypeError("Both default() arguments must have same type", x, default)
        return Apply(self, [x, default], [default.type()])

    def perform(self, node, inputs, outputs):
        """Give `x`, or a copy of `default`."""
        x, default = inputs
        outputs[0][0] = default.copy() if x is None else x


default = Default()
Eye.takes_none = True  # a call may give None as the number of columns: that of the rows


def setdefault(x, value):
    """The same as ``default(x, value)``."""
    return default(x, value)


def div_proxy(x, y):
    """``x / y``, which for two integers is a fraction, as in Python 3."""
    return pt.true_div(x, y)


def numpy_scalar(data):
    """The number that an array holds.

    Raises
    ------
    NotScalarConstantError
        When it is not one number; :class:`EmptyConstantError` when it holds none.
    """
    data = np.asarray(data)
    if data.size == 0:
        raise EmptyConstantError()
    if data.ndim > 0 or data.dtype.kind not in "biufc":
        raise NotScalarConstantError("expected one number; got", data)
    return data


def check_equal_numpy(x, y):
    """Whether two arrays, random states or other values are equal, dtype and shape included."""
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        return x.dtype == y.dtype and x.shape == y.shape and bool(np.all(abs(x - y) < 1e-10))
    if isinstance(x, np.random.RandomState) and isinstance(y, np.random.RandomState):
        pairs = zip(x.__getstate__()[:3], y.__getstate__()[:3], strict=True)
        return builtins.all(np.all(a == b) for a, b in pairs)
    return x == y
