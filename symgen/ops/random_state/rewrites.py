"""Draw in the state itself where nothing else needs it."""

from pytensor.compile.mode import optdb
from pytensor.graph.rewriting.basic import in2out, node_rewriter

from symgen.ops.random_state.op import RandomFunction


@node_rewriter([RandomFunction], inplace=True)
def random_make_inplace(fgraph, node):
    """Replace a RandomFunction by one that advances the state it is given."""
    op = node.op
    if op.inplace:
        return None
    inplace = type(op)(op.fn, op.outtype, inplace=True, ndim_added=op.ndim_added)
    return inplace.make_node(*node.inputs).outputs


optdb.register(
    "symgen_random_make_inplace",
    in2out(random_make_inplace, ignore_newtrees=True),
    "fast_run",
    "inplace",
    position=99,
)
