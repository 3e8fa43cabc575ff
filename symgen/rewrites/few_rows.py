"""Multiply matrices of few rows, the minibatch's, without the detour that a BLAS takes.

See :mod:`symgen.ops.product`. Whether the rows are few is seen when the product is computed;
here those are left out of which it is known that they are many.
"""

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.tensor.blas import Dot22, Dot22Scalar, Gemm

from symgen.ops.product import few_rows_twin

_MOST_ROWS = 128


@node_rewriter([Dot22, Dot22Scalar, Gemm])
def use_few_rows_product(fgraph, node):
    """Replace a product of float32 matrices."""
    twin = few_rows_twin(node.op)
    rows = node.outputs[0].type.shape[0]
    if twin is None or node.outputs[0].type.dtype != "float32" or (rows or 0) > _MOST_ROWS:
        return None
    return twin.make_node(*node.inputs).outputs


use_few_rows_products = out2in(use_few_rows_product, name="use_few_rows_products")
