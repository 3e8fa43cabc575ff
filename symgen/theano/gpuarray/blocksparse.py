"""``theano.gpuarray.blocksparse``: :mod:`theano.tensor.nnet.blocksparse`."""

from symgen.ops.blocksparse import (
    SparseBlockGemv as GpuSparseBlockGemv,
)
from symgen.ops.blocksparse import (
    SparseBlockOuter as GpuSparseBlockOuter,
)
from symgen.ops.blocksparse import (
    sparse_block_gemv as gpu_sparse_block_gemv,
)
from symgen.ops.blocksparse import (
    sparse_block_gemv_inplace as gpu_sparse_block_gemv_inplace,
)
from symgen.ops.blocksparse import (
    sparse_block_outer as gpu_sparse_block_outer,
)
from symgen.ops.blocksparse import (
    sparse_block_outer_inplace as gpu_sparse_block_outer_inplace,
)
from symgen.theano._missing import attribute_lookup

__all__ = [
    "GpuSparseBlockGemv",
    "GpuSparseBlockOuter",
    "gpu_sparse_block_gemv",
    "gpu_sparse_block_gemv_inplace",
    "gpu_sparse_block_outer",
    "gpu_sparse_block_outer_inplace",
]

__getattr__ = attribute_lookup(__name__)
