"""Products of chosen blocks of vectors and matrices, as Theano has them."""

from symgen.ops.blocksparse.functions import sparse_block_dot
from symgen.ops.blocksparse.op import SparseBlockGemv, SparseBlockOuter

sparse_block_gemv = SparseBlockGemv(False)
sparse_block_gemv_inplace = SparseBlockGemv(True)
sparse_block_outer = SparseBlockOuter(False)
sparse_block_outer_inplace = SparseBlockOuter(True)

__all__ = [
    "SparseBlockGemv",
    "SparseBlockOuter",
    "sparse_block_dot",
    "sparse_block_gemv",
    "sparse_block_gemv_inplace",
    "sparse_block_outer",
    "sparse_block_outer_inplace",
]
