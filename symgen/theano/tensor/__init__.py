"""``theano.tensor``: PyTensor's symbolic arrays under the names that Theano gave them.

A name that is not here is an ``AttributeError`` that says whether Theano 1.0.5 had it. What is
behind each name is PyTensor's own object, so graphs made here and with :mod:`pytensor.tensor` mix.
"""

import importlib
import sys

import numpy as np

# fmt: off
# Functions, Ops and classes that kept their name.
from pytensor.tensor import (
    Constant, NoneConst, Op, TensorConstant, TensorVariable, Variable, add, all, allclose,
    alloc, and_, angle, any, arange, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh,
    argsort, bartlett, bincount, bitwise_and, bitwise_not, bitwise_or, bitwise_xor, cast, ceil,
    ceil_intdiv, clip, complex, complex_matrix_types, complex_scalar_types, complex_types,
    complex_vector_types, constant, cos, cosh, cov, cumprod, cumsum, diag, diagonal, divmod, eq,
    erf, erfc, erfcinv, erfcx, erfinv, exp, exp2, expm1, eye, fill, fill_diagonal,
    fill_diagonal_offset, flatnonzero, float_matrix_types, float_scalar_types, float_types,
    float_vector_types, floor, gamma, gammainc, gammaincc, gammal, gammaln, gammau, ge,
    get_vector_length, gt, horizontal_stack, i0, i1, identity_like, imag, inc_subtensor,
    int_matrix_types, int_scalar_types, int_types, int_vector_types, inverse_permutation,
    invert, iround, isclose, isinf, isnan, j0, j1, jv, largest, le, log, log10, log1p, log2, lt,
    make_slice, maximum, mgrid, minimum, mod, mul, neg, neq, none_type_t, nonzero,
    nonzero_values, ogrid, ones, ones_like, or_, outer, pow, power, prod, psi, ptp,
    ravel_multi_index, real, repeat, roll, round, scalar_from_tensor, second, set_subtensor,
    shape, shape_padaxis, shape_padleft, shape_padright, sin, sinh, slicetype, smallest, sort,
    sqr, sqrt, square, squeeze, stacklists, std, sub, sum, swapaxes, switch, take, tan, tanh,
    tensor_copy, tensor_from_scalar, tensordot, transfer, tri, tril, triu, trunc, unravel_index,
    values_eq_approx_always_true, var, vertical_stack, where, xor, zeros, zeros_like,
)

# Constructors of variables: a letter for the dtype, then the shape.
from pytensor.tensor import (
    bcol, bmatrix, brow, bscalar, btensor3, btensor4, btensor5, btensor6, btensor7, bvector,
    ccol, cmatrix, crow, cscalar, ctensor3, ctensor4, ctensor5, ctensor6, ctensor7, cvector,
    dcol, dcols, dmatrices, dmatrix, drow, drows, dscalar, dscalars, dtensor3, dtensor3s,
    dtensor4, dtensor4s, dtensor5, dtensor5s, dtensor6, dtensor6s, dtensor7, dtensor7s, dvector,
    dvectors, fcol, fcols, fmatrices, fmatrix, frow, frows, fscalar, fscalars, ftensor3,
    ftensor3s, ftensor4, ftensor4s, ftensor5, ftensor5s, ftensor6, ftensor6s, ftensor7,
    ftensor7s, fvector, fvectors, icol, icols, imatrices, imatrix, irow, irows, iscalar,
    iscalars, itensor3, itensor3s, itensor4, itensor4s, itensor5, itensor5s, itensor6,
    itensor6s, itensor7, itensor7s, ivector, ivectors, lcol, lcols, lmatrices, lmatrix, lrow,
    lrows, lscalar, lscalars, ltensor3, ltensor3s, ltensor4, ltensor4s, ltensor5, ltensor5s,
    ltensor6, ltensor6s, ltensor7, ltensor7s, lvector, lvectors, wcol, wrow, wscalar, wtensor3,
    wtensor4, wtensor5, wtensor6, wtensor7, wvector, zcol, zmatrix, zrow, zscalar, ztensor3,
    ztensor4, ztensor5, ztensor6, ztensor7, zvector,
)

# What PyTensor keeps in a submodule or under another name.
from pytensor.gradient import (
    DisconnectedType, grad_not_implemented, grad_undefined, numeric_grad,
)
from pytensor.graph.basic import Apply
from pytensor.graph.type import Type
from pytensor.graph.utils import MethodNotDefined
from pytensor.link.c.params_type import ParamsType
from pytensor.link.c.type import Generic
from pytensor.printing import min_informative_str, pprint
from pytensor.scalar.basic import mod_check
from pytensor.tensor.basic import (
    ARange, AllocEmpty, Choose, ExtractDiag, Eye, Nonzero, ScalarFromTensor,
    TensorFromScalar, extract_constant, register_transfer,
)
from pytensor.tensor.elemwise import CAReduce, Elemwise
from pytensor.tensor.exceptions import AdvancedIndexingError, NotScalarConstantError, ShapeError
from pytensor.tensor.math import (
    Argmax, Sum, abs as abs_, float16_atol, float16_rtol, float32_atol, float32_rtol,
    float64_atol, float64_rtol, isinf_, isnan_, makeKeepDims,
)
from pytensor.tensor.shape import Shape
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor, AdvancedSubtensor, IncSubtensor, Subtensor, SubtensorPrinter,
    advanced_inc_subtensor, advanced_inc_subtensor1, advanced_set_subtensor,
    advanced_set_subtensor1, advanced_subtensor, advanced_subtensor1, get_canonical_form_slice,
)
from pytensor.tensor.type import (
    all_dtypes, complex_dtypes, continuous_dtypes, discrete_dtypes, float_dtypes, int_dtypes,
    integer_dtypes, uint_dtypes, wmatrix,
)
from pytensor.tensor.sharedvar import TensorSharedVariable, tensor_constructor as _shared
from pytensor.tensor.type_other import (
    MakeSlice, NoneTypeT, SliceConstant, SliceType, as_int_none_variable,
)
from pytensor.tensor.variable import TensorConstantSignature

# What Theano took in a form of its own.
from symgen.theano.tensor.basic import (
    Alloc, AllocDiag, AsTensorError, Default, DimShuffle, Dot, EmptyConstantError, Flatten,
    Join, MaxAndArgmax, Mean, PermuteRowElements, Rebroadcast, Reshape, SpecifyShape, Split,
    Tensor, TensorType, Tile, Tri, addbroadcast, argmax, argmin, as_tensor, as_tensor_variable,
    check_equal_numpy, chi2sf, choose, col, cols, complex_from_polar, concatenate, conj,
    default, deg2rad, div_proxy, dot, flatten, floor_div, get_scalar_constant_value, int_div,
    inv, is_flat, iv, join, matrices, matrix, max, max_and_argmax, mean, min, numpy_scalar,
    patternbroadcast, permute_row_elements, rad2deg, reshape, round_half_away_from_zero,
    round_half_to_even, row, rows, scalar, scalars, setdefault, sgn, specify_shape, split,
    stack, tensor, tensor3, tensor3s, tensor4, tensor4s, tensor5, tensor5s, tensor6, tensor6s,
    tensor7, tensor7s, tile, transpose, tri_gamma, true_div, unbroadcast, vector, vectors,
    verify_grad,
)
# fmt: on

from symgen.theano import scalar as scal
from symgen.theano._missing import attribute_lookup
from symgen.theano.gradient import Lop, Rop, grad, hessian, jacobian
from symgen.theano.tensor import (
    basic,
    elemwise,
    extra_ops,
    inplace,
    nnet,
    opt,
    shared_randomstreams,
    sharedvar,
    subtensor,
    type,
    utils,
    xlogx,
)
from symgen.theano.tensor._batched import batched_dot, batched_tensordot
from symgen.theano.tensor._random import random_normal

from symgen.theano.tensor.extra_ops import repeat, unravel_index
from symgen.theano.tensor.sort import argsort, sort

_lookup = attribute_lookup(__name__)
theano = sys.modules["symgen.theano"]  # which programs take from here with a star

# Modules of Theano that its tensor module had imported, and programs took from here.
_ELSEWHERE = ("compile", "gof", "printing")

# Names that Theano's tensor took from its own modules, and that are looked up when asked for.
_FROM_MODULES = {
    "gradient": "consider_constant",
    "tensor.io": "irecv isend load LoadFromDisk MPIRecv MPIRecvWait MPISend MPISendWait mpi_cmps "
    "mpi_enabled mpi_keys mpi_send_wait_cmp mpi_send_wait_key mpi_tag_cmp mpi_tag_key recv send",
    "tensor.sort": "argtopk topk topk_and_argtopk",
    "tensor.subtensor": "adv_index_broadcastable_pattern advanced_boolean_inc_subtensor "
    "advanced_boolean_set_subtensor advanced_boolean_subtensor AdvancedBooleanIncSubtensor "
    "AdvancedBooleanIndexingError AdvancedBooleanSubtensor AdvancedIncSubtensor1 "
    "AdvancedSubtensor1 as_index_variable BaseAdvancedIncSubtensor BaseAdvancedSubtensor "
    "check_advanced_indexing_dimensions check_and_reject_bool get_idx_list make_constant",
    "tensor.extra_ops": "DiffOp CumsumOp CumprodOp RepeatOp",
}


def __getattr__(name):
    if name in _ELSEWHERE:
        return importlib.import_module(f"symgen.theano.{name}")
    for module, names in _FROM_MODULES.items():
        if name in names.split():
            return getattr(importlib.import_module(f"symgen.theano.{module}"), name)
    return _lookup(name)


#: What ``from theano.tensor import *`` brings: as in Theano, also the modules it had imported.
__all__ = [
    *sorted(
        name
        for name in globals()
        if not name.startswith("_") and name not in ("attribute_lookup", "importlib", "sys")
    ),
    *_ELSEWHERE,
]
