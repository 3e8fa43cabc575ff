"""``theano.sandbox.cuda.blocksparse``: the first form of :mod:`theano.tensor.nnet.blocksparse`."""

from symgen.ops.blocksparse import (
    SparseBlockGemv as GpuSparseBlockGemv,
)
from symgen.ops.blocksparse import (
    SparseBlockOuter as GpuSparseBlockOuter,
)
from symgen.ops.blocksparse import sparse_block_dot as sparse_block_dot_SS
from symgen.ops.blocksparse import sparse_block_gemv as gpu_sparse_block_gemv
from symgen.ops.blocksparse import sparse_block_outer as gpu_sparse_block_outer
from symgen.theano._missing import attribute_lookup

__all__ = [
    "GpuSparseBlockGemv",
    "GpuSparseBlockOuter",
    "gpu_sparse_block_gemv",
    "gpu_sparse_block_outer",
    "sparse_block_dot_SS",
]

__getattr__ = attribute_lookup(__name__)
