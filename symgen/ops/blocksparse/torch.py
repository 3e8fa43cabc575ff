"""Products of chosen blocks for PyTorch; importing this file teaches it to PyTensor's backend."""

import torch
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.ops.blocksparse.checks import check_shapes
from symgen.ops.blocksparse.op import SparseBlockGemv, SparseBlockOuter


@pytorch_funcify.register(SparseBlockGemv)
def pytorch_funcify_sparse_block_gemv(op, **kwargs):
    """A function (o, W, h, inputIdx, outputIdx) -> out."""

    def sparse_block_gemv(o, W, h, input_idx, output_idx):
        check_shapes(
            W=(W.shape, "IOmk"),
            o=(o.shape, "bjk"),
            h=(h.shape, "bim"),
            inputIdx=(input_idx.shape, "bi"),
            outputIdx=(output_idx.shape, "bj"),
        )
        blocks = W[input_idx.unsqueeze(2), output_idx.unsqueeze(1)]
        return o + torch.einsum("bim,bijmk->bjk", h, blocks)

    return sparse_block_gemv


@pytorch_funcify.register(SparseBlockOuter)
def pytorch_funcify_sparse_block_outer(op, **kwargs):
    """A function (o, x, y, xIdx, yIdx, alpha) -> out."""

    def sparse_block_outer(o, x, y, x_idx, y_idx, alpha):
        check_shapes(
            o=(o.shape, "IOmk"),
            x=(x.shape, "bim"),
            y=(y.shape, "bjk"),
            xIdx=(x_idx.shape, "bi"),
            yIdx=(y_idx.shape, "bj"),
        )
        products = torch.einsum("bim,bjk->bijmk", alpha * x, y)
        return o.index_put((x_idx.unsqueeze(2), y_idx.unsqueeze(1)), products, accumulate=True)

    return sparse_block_outer
