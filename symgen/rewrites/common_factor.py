"""Multiply once where products with a common factor are added: ``A B + A C = A (B + C)``.

The gradient of a layer's weights is such a sum where the layer is used twice on the same input, as by a
penalty on its slopes beside the loss.
"""

from itertools import combinations

from pytensor.graph.rewriting.basic import copy_stack_trace, node_rewriter, out2in
from pytensor.scalar import Add
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Dot, add, dot

POSITION = 1.65  # products are Dot still, and sums are flat


@node_rewriter([Elemwise])
def take_out_common_factor(fgraph, node):
    """Replace two products of matrices in a sum that are needed for nothing else."""
    if not isinstance(node.op.scalar_op, Add):
        return None
    products = [v for v in node.inputs if _is_product(v) and len(fgraph.clients[v]) == 1]
    for one, other in combinations(products, 2):
        together = _together(*one.owner.inputs, *other.owner.inputs)
        if together is None or together.type.dtype != one.type.dtype:
            continue
        copy_stack_trace([one, other], together)
        rest = [v for v in node.inputs if v is not one and v is not other]
        total = node.op(together, *rest) if rest else together
        copy_stack_trace(node.outputs, total)
        return [total] if total.type == node.outputs[0].type else None
    return None


def _is_product(variable):
    node = variable.owner
    return node is not None and isinstance(node.op, Dot) and variable.ndim == 2


def _together(a, b, c, d):
    """``a b + c d`` as one product, or None."""
    if a is c and _same_shape(b, d):
        return dot(a, add(b, d))
    if b is d and _same_shape(a, c):
        return dot(add(a, c), b)
    return None


def _same_shape(one, other):
    """Whether both surely have one shape but for lengths that the sum of the products fixes anyway."""
    return one.type.broadcastable == other.type.broadcastable


take_out_common_factors = out2in(take_out_common_factor, name="take_out_common_factors")
