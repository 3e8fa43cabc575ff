"""``theano.gof.opt``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.rewriting.basic import (
    ChangeTracker, CheckStackTraceRewriter as CheckStackTraceOptimization,
    EquilibriumGraphRewriter as EquilibriumOptimizer, FromFunctionGraphRewriter as
    FromFunctionOptimizer, FromFunctionNodeRewriter as FromFunctionLocalOptimizer, GraphRewriter
    as Optimizer, MergeFeature, MergeOptimizer, NodeProcessingGraphRewriter as
    NavigatorOptimizer, NodeRewriter as LocalOptimizer, PatternNodeRewriter as PatternSub,
    SequentialGraphRewriter as SeqOptimizer, SequentialNodeRewriter as LocalOptGroup,
    SubstitutionNodeRewriter as OpSub, WalkingGraphRewriter as TopoOptimizer, check_stack_trace,
    copy_stack_trace, graph_rewriter as optimizer, in2out, inplace_graph_rewriter as
    inplace_optimizer, merge_dict, node_rewriter as local_optimizer, out2in, pre_constant_merge,
    pre_greedy_node_rewriter as pre_greedy_local_optimizer,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
