"""Add once what several sums begin with: in a residual network, the sum up to each block.

PyTensor makes the nested sums ``h1 = x + a + b``, ``h2 = h1 + c``, ``h3 = h2 + d``, ... flat, whether or not a
part of one is needed by itself, so that each block adds up again all that came before it.
"""

from collections import Counter

from pytensor.graph.basic import Apply
from pytensor.graph.rewriting.basic import copy_stack_trace, in2out, node_rewriter
from pytensor.scalar import Add
from pytensor.tensor.elemwise import Elemwise

# After specialisation, at 2, before fusion.
POSITION = 2.6

# Of a sum that is shared: to read two numbers again costs no more than their sum.
_FEWEST = 3


@node_rewriter([Elemwise])
def use_partial_sum(fgraph, node):
    """``a + b + c + d`` becomes ``s + d`` where the graph holds ``s = a + b + c``; the longest such ``s``."""
    if not _is_sum(node) or len(node.inputs) <= _FEWEST:
        return None
    terms, out = Counter(node.inputs), node.outputs[0]
    sums = {client: None for term in terms for client, _ in fgraph.clients[term] if _is_sum(client)}
    fitting = [
        other
        for other in sums
        if _FEWEST <= len(other.inputs) < len(node.inputs)
        and other.outputs[0].type.dtype == out.type.dtype
        and other.outputs[0].type.broadcastable == out.type.broadcastable
        and Counter(other.inputs) <= terms
    ]
    if not fitting:
        return None
    longest = max(fitting, key=lambda other: len(other.inputs))
    rest = terms - Counter(longest.inputs)
    total = node.op(longest.outputs[0], *rest.elements())
    copy_stack_trace(out, total)
    return [total] if total.type == out.type else None


def _is_sum(node):
    return isinstance(node, Apply) and isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, Add)


use_partial_sums = in2out(use_partial_sum, name="use_partial_sums")
