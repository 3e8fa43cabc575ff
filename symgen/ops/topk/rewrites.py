"""TopK without the output that nothing uses."""

from pytensor.graph.rewriting.basic import copy_stack_trace, node_rewriter
from pytensor.tensor.rewriting.basic import register_useless

from symgen.ops.topk.op import TopK


@register_useless("fast_compile")
@node_rewriter([TopK])
def local_useless_topk(fgraph, node):
    """Return values or indices alone where only they are used."""
    op = node.op
    if not (op.return_values and op.return_indices):
        return None
    used = [bool(fgraph.clients[output]) for output in node.outputs]
    if all(used) or not any(used):
        return None
    alone = TopK(op.axis, op.sorted, op.idx_dtype, *used)(*node.inputs)
    old = node.outputs[used.index(True)]
    copy_stack_trace(old, alone)
    return {old: alone}
