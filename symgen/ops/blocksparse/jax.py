"""Products of chosen blocks for JAX; importing this file teaches it to PyTensor's JAX backend.

JAX cannot raise for the number of a block that is not there, which it knows only when it runs: a
product with such a block is NaN, and what would be added to one is left out.
"""

import jax.numpy as jnp
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.ops.blocksparse.checks import check_shapes
from symgen.ops.blocksparse.op import SparseBlockGemv, SparseBlockOuter


@jax_funcify.register(SparseBlockGemv)
def jax_funcify_sparse_block_gemv(op, **kwargs):
    """A function (o, W, h, inputIdx, outputIdx) -> out."""

    def sparse_block_gemv(o, W, h, input_idx, output_idx):
        check_shapes(
            W=(W.shape, "IOmk"),
            o=(o.shape, "bjk"),
            h=(h.shape, "bim"),
            inputIdx=(input_idx.shape, "bi"),
            outputIdx=(output_idx.shape, "bj"),
        )
        blocks = jnp.asarray(W).at[input_idx[:, :, None], output_idx[:, None, :]]
        blocks = blocks.get(mode="fill", fill_value=jnp.nan)
        return o + jnp.einsum("bim,bijmk->bjk", h, blocks)

    return sparse_block_gemv


@jax_funcify.register(SparseBlockOuter)
def jax_funcify_sparse_block_outer(op, **kwargs):
    """A function (o, x, y, xIdx, yIdx, alpha) -> out."""

    def sparse_block_outer(o, x, y, x_idx, y_idx, alpha):
        check_shapes(
            o=(o.shape, "IOmk"),
            x=(x.shape, "bim"),
            y=(y.shape, "bjk"),
            xIdx=(x_idx.shape, "bi"),
            yIdx=(y_idx.shape, "bj"),
        )
        products = jnp.einsum("bim,bjk->bijmk", x * jnp.asarray(alpha, x.dtype), y)
        blocks = jnp.asarray(o).at[x_idx[:, :, None], y_idx[:, None, :]]
        return blocks.add(products, mode="drop")

    return sparse_block_outer
