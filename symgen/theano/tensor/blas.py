"""``theano.tensor.blas``: PyTensor's objects under Theano's names."""

from pytensor.tensor import blas as pt_blas
from pytensor.tensor.rewriting import blas as pt_rewriting

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
from symgen.theano.tensor._batched import batched_dot
from symgen.theano.tensor._classes import Dot

_lookup = attribute_lookup(__name__)

# The rank-1 update, which newer versions of PyTensor write as a product and a sum.
_OLDER = ("Ger", "ger", "ger_destructive", "local_dot22_to_ger_or_gemv", "local_gemm_to_ger",
          "local_inplace_ger")  # fmt: skip


def __getattr__(name):
    if name in _OLDER:
        for module in (pt_blas, pt_rewriting):
            if hasattr(module, name):
                return getattr(module, name)
    return _lookup(name)
