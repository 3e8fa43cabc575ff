"""``theano.tensor.basic``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.scalar.basic import mod_check
from pytensor.tensor.basic import (
    ARange, Alloc, AllocDiag, AllocEmpty, Choose, ExtractDiag, Eye, Join, Nonzero,
    NotScalarConstantError, PermuteRowElements, ScalarFromTensor, Split, TensorFromScalar,
    alloc, arange, as_tensor, as_tensor_variable, cast, choose, concatenate, constant, diag,
    diagonal, discrete_dtypes, extract_constant, eye, fill, flatnonzero, flatten, float_dtypes,
    get_scalar_constant_value, get_vector_length, horizontal_stack, identity_like, int_dtypes,
    integer_dtypes, inverse_permutation, is_flat, join, mgrid, nonzero, nonzero_values, ogrid,
    ones, ones_like, permute_row_elements, register_transfer, roll, scalar_from_tensor, second,
    shape_padaxis, shape_padleft, shape_padright, split, stack, stacklists, swapaxes, switch,
    tensor, tensor_copy, tensor_from_scalar, tile, transfer, transpose, tri, tril, triu,
    uint_dtypes, vertical_stack, where, zeros, zeros_like,
)
from pytensor.tensor.exceptions import ShapeError
from pytensor.tensor.math import (
    Argmax, Dot, Max as MaxAndArgmax, abs as abs_, add, all, allclose, and_, angle, any, arccos,
    arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, argmax, argmin, bitwise_and,
    bitwise_not, bitwise_or, bitwise_xor, ceil, ceil_intdiv, chi2sf, clip, complex,
    complex_from_polar, conj, cos, cosh, cov, deg2rad, divmod, dot, eq, erf, erfc, erfcinv,
    erfcx, erfinv, exp, exp2, expm1, float16_atol, float16_rtol, float32_atol, float32_rtol,
    float64_atol, float64_rtol, floor, floor_div, gamma, gammainc, gammaincc, gammal, gammaln,
    gammau, ge, gt, i0, i1, imag, int_div, invert, iround, isclose, isinf, isinf_, isnan,
    isnan_, iv, j0, j1, jv, largest, le, log, log10, log1p, log2, lt, makeKeepDims, max,
    max_and_argmax, maximum, mean, min, minimum, mod, mul, neg, neq, or_, outer, pow, power,
    prod, psi, ptp, rad2deg, real, reciprocal as inv, round, round_half_away_from_zero,
    round_half_to_even, sign as sgn, sin, sinh, smallest, sqr, sqrt, square, std, sub, sum, tan,
    tanh, tensordot, tri_gamma, true_div, trunc, var, xor,
)
from pytensor.tensor.shape import Reshape, reshape, specify_broadcastable as addbroadcast
from pytensor.tensor.type import (
    all_dtypes, bcol, bmatrix, brow, bscalar, btensor3, btensor4, btensor5, btensor6, btensor7,
    bvector, ccol, cmatrix, col, cols, complex_dtypes, complex_matrix_types,
    complex_scalar_types, complex_types, complex_vector_types, continuous_dtypes, crow, cscalar,
    ctensor3, ctensor4, ctensor5, ctensor6, ctensor7, cvector, dcol, dcols, dmatrices, dmatrix,
    drow, drows, dscalar, dscalars, dtensor3, dtensor3s, dtensor4, dtensor4s, dtensor5,
    dtensor5s, dtensor6, dtensor6s, dtensor7, dtensor7s, dvector, dvectors, fcol, fcols,
    float_matrix_types, float_scalar_types, float_types, float_vector_types, fmatrices, fmatrix,
    frow, frows, fscalar, fscalars, ftensor3, ftensor3s, ftensor4, ftensor4s, ftensor5,
    ftensor5s, ftensor6, ftensor6s, ftensor7, ftensor7s, fvector, fvectors, icol, icols,
    imatrices, imatrix, int_matrix_types, int_scalar_types, int_types, int_vector_types, irow,
    irows, iscalar, iscalars, itensor3, itensor3s, itensor4, itensor4s, itensor5, itensor5s,
    itensor6, itensor6s, itensor7, itensor7s, ivector, ivectors, lcol, lcols, lmatrices,
    lmatrix, lrow, lrows, lscalar, lscalars, ltensor3, ltensor3s, ltensor4, ltensor4s, ltensor5,
    ltensor5s, ltensor6, ltensor6s, ltensor7, ltensor7s, lvector, lvectors, matrices, matrix,
    row, rows, scalar, scalars, tensor3, tensor3s, tensor4, tensor4s, tensor5, tensor5s,
    tensor6, tensor6s, tensor7, tensor7s, vector, vectors, wcol, wmatrix, wrow, wscalar,
    wtensor3, wtensor4, wtensor5, wtensor6, wtensor7, wvector, zcol, zmatrix, zrow, zscalar,
    ztensor3, ztensor4, ztensor5, ztensor6, ztensor7, zvector,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
