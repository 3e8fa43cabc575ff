"""``sparse_block_dot``, with Theano's signature."""

import pytensor.tensor as pt

from symgen.errors import ShapeError
from symgen.ops.blocksparse.op import SparseBlockGemv


def sparse_block_dot(W, h, inputIdx, b, outputIdx):
    """Product of chosen input blocks with chosen blocks of weights, plus the bias of each output.

    ``out[n, j] = b[outputIdx[n, j]] + sum_i h[n, i] @ W[inputIdx[n, i], outputIdx[n, j]]``

    Parameters
    ----------
    W : tensor of shape (input blocks, output blocks, input size, output size)
    h : tensor of shape (batch, inputs used, input size)
        Or (inputs used, input size), a batch of one.
    inputIdx : integer matrix of shape (batch, inputs used)
        Number of the block that each of h belongs to; an axis fewer where `h` has one fewer.
    b : matrix of shape (output blocks, output size)
    outputIdx : integer matrix of shape (batch, outputs used)
        Numbers of the blocks to compute; an axis fewer where `h` has one fewer.

    Returns
    -------
    tensor of shape (batch, outputs used, output size)
        Of the dtype of `b`.

    Raises
    ------
    ShapeError
        For numbers of axes that do not belong together; when it runs, for such lengths.
    BlockIndexError
        A ``RangeError`` and an ``IndexError``, when it runs: the number of a block that is not
        there. JAX computes NaN instead, and leaves out what is to be added to such a block.
    """
    W, h, inputIdx, b, outputIdx = map(pt.as_tensor_variable, (W, h, inputIdx, b, outputIdx))
    if inputIdx.ndim != h.ndim - 1 or outputIdx.ndim != inputIdx.ndim:
        raise ShapeError(
            f"block numbers with {h.ndim - 1} axes, one fewer than h",
            f"{inputIdx.ndim} for inputIdx, {outputIdx.ndim} for outputIdx",
            "Pass (batch, inputs used) and (batch, outputs used).",
        )
    if h.ndim == 2:
        h, inputIdx, outputIdx = h[None], inputIdx[None], outputIdx[None]
    return SparseBlockGemv()(b[outputIdx], W, h, inputIdx, outputIdx)
