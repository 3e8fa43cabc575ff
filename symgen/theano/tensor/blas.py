"""``theano.tensor.blas``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.blas import (
    BatchedDot, Dot22, Dot22Scalar, Gemm, GemmRelated, Gemv, gemm, gemm_inplace,
    gemm_no_inplace, gemv, gemv_inplace, gemv_no_inplace, ldflags,
)
from pytensor.tensor.rewriting.blas import (
    GemmOptimizer, blas_opt_inplace, blas_optdb, local_dot22_to_dot22scalar, local_dot_to_dot22,
    local_gemm_to_gemv, local_inplace_gemm, local_inplace_gemv, res_is_a,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
