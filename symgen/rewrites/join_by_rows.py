"""Join arrays by :class:`~symgen.ops.join.JoinOfRows`, in C."""

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.tensor.basic import Join

from symgen.ops.join import is_join_of_rows, join_of_rows


@node_rewriter([Join])
def use_join_of_rows(fgraph, node):
    """The Op with C code for rows in place of PyTensor's."""
    if type(node.op) is not Join or not is_join_of_rows(node):
        return None
    out = node.outputs[0]
    return [out.type.filter_variable(join_of_rows(node.op).make_node(*node.inputs).outputs[0])]


use_joins_of_rows = out2in(use_join_of_rows, name="use_joins_of_rows")
