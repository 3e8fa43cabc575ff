"""Products of chosen blocks for Numba; importing this file teaches it to PyTensor's Numba backend."""

from hashlib import sha256

from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.errors import ShapeError
from symgen.ops.blocksparse.checks import BlockIndexError
from symgen.ops.blocksparse.op import SparseBlockGemv, SparseBlockOuter


@numba_basic.numba_njit
def _number(number, blocks):
    """Place of a block; below 0 counts from the end."""
    place = number + blocks if number < 0 else number
    if place < 0 or place >= blocks:
        raise BlockIndexError(
            "numbers of blocks that the weights have",
            "another number",
            "Draw the numbers from the blocks that the weights have.",
        )
    return place


@numba_basic.numba_njit
def _check(grid, rows, columns, row_numbers, column_numbers):
    fits = (
        rows.shape[0] == columns.shape[0]
        and row_numbers.shape == rows.shape[:2]
        and column_numbers.shape == columns.shape[:2]
        and rows.shape[2] == grid.shape[2]
        and columns.shape[2] == grid.shape[3]
    )
    if not fits:
        raise ShapeError(
            "blocks (batch, blocks used, block size) and their numbers (batch, blocks used), of "
            "the sizes of the blocks of weights",
            "other shapes",
            "Pass arrays of one batch, and blocks of the weights' size.",
        )
    for n in range(row_numbers.shape[0]):
        for i in range(row_numbers.shape[1]):
            _number(row_numbers[n, i], grid.shape[0])
        for j in range(column_numbers.shape[1]):
            _number(column_numbers[n, j], grid.shape[1])


@numba_basic.numba_njit
def _gemv(out, W, h, input_idx, output_idx):
    _check(W, h, out, input_idx, output_idx)
    for n in range(out.shape[0]):
        for j in range(out.shape[1]):
            column = _number(output_idx[n, j], W.shape[1])
            for i in range(h.shape[1]):
                row = _number(input_idx[n, i], W.shape[0])
                for m in range(h.shape[2]):
                    for k in range(out.shape[2]):
                        out[n, j, k] += h[n, i, m] * W[row, column, m, k]
    return out


@numba_basic.numba_njit
def _outer(out, x, y, x_idx, y_idx, alpha):
    _check(out, x, y, x_idx, y_idx)
    scale = alpha.item()
    for n in range(x.shape[0]):
        for i in range(x.shape[1]):
            row = _number(x_idx[n, i], out.shape[0])
            for j in range(y.shape[1]):
                column = _number(y_idx[n, j], out.shape[1])
                for m in range(x.shape[2]):
                    for k in range(y.shape[2]):
                        out[row, column, m, k] += scale * x[n, i, m] * y[n, j, k]
    return out


def _function(op, arguments, compute):
    start = "o" if op.inplace else "o.copy()"
    source = f"""
def blocks(o, {arguments}):
    return {compute.__name__}({start}, {arguments})
"""
    environment = {compute.__name__: compute}
    function = compile_numba_function_src(source, "blocks", environment, write_to_disk=True)
    key = sha256(str((type(op), op.inplace, 1)).encode()).hexdigest()
    return numba_basic.numba_njit(function), key


@register_funcify_and_cache_key(SparseBlockGemv)
def numba_funcify_sparse_block_gemv(op, node, **kwargs):
    """A compiled function (o, W, h, inputIdx, outputIdx) -> out, and the key of its cache."""
    return _function(op, "W, h, input_idx, output_idx", _gemv)


@register_funcify_and_cache_key(SparseBlockOuter)
def numba_funcify_sparse_block_outer(op, node, **kwargs):
    """A compiled function (o, x, y, xIdx, yIdx, alpha) -> out, and the key of its cache."""
    return _function(op, "x, y, x_idx, y_idx, alpha", _outer)
