"""``theano.sparse``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.sparse import (
    CSC, CSM, CSMGrad, CSMProperties, CSR, Cast, ColScaleCSC, ConstructSparseFromList,
    DenseFromSparse, Diag, DisconnectedType, Dot, EnsureSortedIndices, GetItem2Lists,
    GetItem2ListsGrad, GetItem2d, GetItemList, GetItemListGrad, GetItemScalar, HStack, Remove0,
    RowScaleCSC, SamplingDot, SpSum, SparseFromDense, StructuredDot, StructuredDotGradCSC,
    StructuredDotGradCSR, Transpose, TrueDot, Usmm, VStack, add, add_s_d, add_s_s, add_s_s_data,
    arcsin, arcsinh, arctan, arctanh, as_sparse, as_sparse_or_tensor_variable,
    as_sparse_variable, bcast, bsr_dmatrix, bsr_fmatrix, bsr_matrix, cast, ccast, ceil, clean,
    col_scale, construct_sparse_from_list, csc_dmatrix, csc_fmatrix, csc_from_dense,
    csc_matrix, csm_data, csm_grad, csm_indices, csm_indptr, csm_properties, csm_shape,
    csr_dmatrix, csr_fmatrix, csr_from_dense, csr_matrix, dcast, deg2rad, dense_from_sparse,
    diag, dot, ensure_sorted_indices, eq, equal_s_d, equal_s_s, expm1, fcast, floor, ge,
    get_item_2d, get_item_2lists, get_item_2lists_grad, get_item_list, get_item_list_grad,
    get_item_scalar, grad_not_implemented, grad_undefined, greater_equal_s_d, greater_equal_s_s,
    greater_than_s_d, greater_than_s_s, gt, hstack, icast, lcast, le, less_equal_s_d,
    less_equal_s_s, less_than_s_d, less_than_s_s, log1p, lt, matrix, mul, mul_s_d, mul_s_s,
    mul_s_v, neg, neq, not_equal_s_d, not_equal_s_s, rad2deg, remove0, rint, row_scale,
    sampling_dot, sdg_csc, sdg_csr, shared, sin, sinh, sp_ones_like, sp_sum, sp_zeros_like, sqr,
    sqrt, square_diagonal, structured_add, structured_add_s_v, structured_dot,
    structured_dot_grad, structured_exp, structured_log, structured_maximum, structured_minimum,
    structured_pow, structured_sigmoid, sub, tan, tanh, transpose, true_dot, trunc, usmm,
    vstack, wcast, zcast,
)
from pytensor.sparse.type import SparseTensorType as SparseType
from pytensor.sparse.utils import hash_from_sparse
from pytensor.sparse.variable import SparseConstant, SparseConstantSignature, SparseVariable
# fmt: on

from symgen.theano._missing import attribute_lookup
from symgen.theano.sparse import basic
from symgen.theano.sparse.basic import conj, sgn  # noqa: F401

_lookup = attribute_lookup(__name__)

#: Whether SciPy is there, which PyTensor needs.
enable_sparse = True


def __getattr__(name):
    if not name.startswith("_") and name in vars(basic):
        return getattr(basic, name)
    return _lookup(name)
