"""Multiply float32 matrices without the detour that a BLAS takes. See :mod:`symgen.ops.product`."""

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.tensor.blas import Dot22, Dot22Scalar, Gemm

from symgen.ops.product import twin_by_panels


@node_rewriter([Dot22, Dot22Scalar, Gemm])
def use_product_by_panels(fgraph, node):
    """Replace a product of float32 matrices."""
    twin = twin_by_panels(node.op)
    if twin is None or node.outputs[0].type.dtype != "float32":
        return None
    return twin.make_node(*node.inputs).outputs


use_products_by_panels = out2in(use_product_by_panels, name="use_products_by_panels")
