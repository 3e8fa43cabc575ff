"""``theano.sparse.basic``: sparse matrices, mostly PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.sparse.basic import (
    CSC, CSM, CSMGrad, CSMProperties, CSR, Cast, ColScaleCSC, ConstructSparseFromList,
    DenseFromSparse, Diag, EnsureSortedIndices, GetItem2Lists, GetItem2ListsGrad, GetItem2d,
    GetItemList, GetItemListGrad, GetItemScalar, HStack, Remove0, RowScaleCSC, SparseFromDense,
    Transpose, VStack, all_dtypes, as_sparse, as_sparse_or_tensor_variable, as_sparse_variable,
    bcast, bsr_dmatrix, bsr_fmatrix, bsr_matrix, cast, ccast, clean, col_scale, complex_dtypes,
    construct_sparse_from_list, continuous_dtypes, csc_dmatrix, csc_fmatrix, csc_from_dense,
    csc_matrix, csm_data, csm_grad, csm_indices, csm_indptr, csm_properties, csm_shape,
    csr_dmatrix, csr_fmatrix, csr_from_dense, csr_matrix, dcast, dense_from_sparse, diag,
    discrete_dtypes, ensure_sorted_indices, fcast, float_dtypes, get_item_2d, get_item_2lists,
    get_item_2lists_grad, get_item_list, get_item_list_grad, get_item_scalar, hstack, icast,
    int_dtypes, integer_dtypes, lcast, matrix, remove0, row_scale, sp_ones_like, sp_zeros_like,
    sparse_formats, square_diagonal, transpose, uint_dtypes, vstack, wcast, zcast,
)
from pytensor.sparse.math import (
    Dot, SamplingDot, SpSum, StructuredDot, StructuredDotGradCSC, StructuredDotGradCSR, TrueDot,
    Usmm, add, add_s_d, add_s_s, add_s_s_data, arcsin, arcsinh, arctan, arctanh, ceil,
    deg2rad, dot, eq, equal_s_d, equal_s_s, expm1, floor, ge, greater_equal_s_d,
    greater_equal_s_s, greater_than_s_d, greater_than_s_s, gt, le, less_equal_s_d,
    less_equal_s_s, less_than_s_d, less_than_s_s, log1p, lt, mul, mul_s_d, mul_s_s, mul_s_v,
    neg, neq, not_equal_s_d, not_equal_s_s, rad2deg, rint, sampling_dot, sdg_csc, sdg_csr, sin, sinh, sp_sum, sqr, sqrt, structured_add, structured_add_s_v, structured_dot,
    structured_dot_grad, structured_exp, structured_log, structured_maximum, structured_minimum,
    structured_pow, structured_sigmoid, sub, tan, tanh, true_dot, trunc, usmm,
)
from pytensor.sparse.variable import SparseConstant, SparseConstantSignature, SparseVariable
# fmt: on

import pytensor.tensor as pt
from pytensor.sparse.basic import (  # noqa: F401
    _is_dense,
    _is_dense_variable,
    _is_sparse,
    _is_sparse_variable,
    _mtype_to_str,
    _mtypes,
)
from pytensor.sparse.math import _dot, _structured_dot, structured_elemwise  # noqa: F401
from pytensor.sparse.variable import _sparse_py_operators  # noqa: F401

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)

# Classes of Ops, whose names differ between versions of PyTensor.
AddSS, AddSSData, AddSD = type(add_s_s), type(add_s_s_data), type(add_s_d)
StructuredAddSV = type(structured_add_s_v)
MulSS, MulSD, MulSV = type(mul_s_s), type(mul_s_d), type(mul_s_v)
EqualSS, EqualSD = type(equal_s_s), type(equal_s_d)
NotEqualSS, NotEqualSD = type(not_equal_s_s), type(not_equal_s_d)
LessThanSS, LessThanSD = type(less_than_s_s), type(less_than_s_d)
GreaterThanSS, GreaterThanSD = type(greater_than_s_s), type(greater_than_s_d)
LessEqualSS, LessEqualSD = type(less_equal_s_s), type(less_equal_s_d)
GreaterEqualSS, GreaterEqualSD = type(greater_equal_s_s), type(greater_equal_s_d)

#: Makes a function of sparse matrices from one of tensors that is applied to their data.
structured_monoid = structured_elemwise


def constant(x, name=None):
    """Return a symbolic constant of a SciPy matrix in format csr or csc."""
    return as_sparse_variable(x, name)


class Neg:
    """``Neg()(x)``: :func:`neg` in the form of Theano's Op; graphs hold PyTensor's Ops."""

    def __call__(self, x):
        """Return ``-x``."""
        return neg(x)


class SquareDiagonal:
    """``SquareDiagonal()(x)``: :func:`square_diagonal` in the form of Theano's Op."""

    def __call__(self, x):
        """Return the sparse square matrix whose diagonal is the vector `x`."""
        return square_diagonal(x)


@structured_elemwise(pt.sign)
def sgn(x):
    """Return the signs of the stored elements: -1, 0 or 1."""


@structured_elemwise(pt.conj)
def conj(x):
    """Return the complex conjugates of the stored elements."""
