"""``theano.gof``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.destroyhandler import DestroyHandler
from pytensor.graph.features import (
    Bookkeeper, Feature, History, NoOutputFromInplace, ReplaceValidate,
    ReplacementDidNotRemoveError as ReplacementDidntRemovedError, Validator,
)
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import (
    CheckStackTraceRewriter as CheckStackTraceOptimization, EquilibriumGraphRewriter as
    EquilibriumOptimizer, GraphRewriter as Optimizer, MergeOptimizer,
    NodeProcessingGraphRewriter as NavigatorOptimizer, NodeRewriter as LocalOptimizer,
    PatternNodeRewriter as PatternSub, SequentialGraphRewriter as SeqOptimizer,
    SequentialNodeRewriter as LocalOptGroup, SubstitutionNodeRewriter as OpSub,
    WalkingGraphRewriter as TopoOptimizer, graph_rewriter as optimizer, inplace_graph_rewriter
    as inplace_optimizer, node_rewriter as local_optimizer,
)
from pytensor.graph.rewriting.db import (
    EquilibriumDB, LocalGroupDB, ProxyDB, RewriteDatabase as DB, RewriteDatabaseQuery as Query,
    SequenceDB,
)
from pytensor.graph.type import Type
from pytensor.graph.utils import (
    InconsistencyError, MetaObject as object2, MethodNotDefined, MissingInputError,
)
from pytensor.link.basic import (
    Container, Linker, LocalLinker, PerformLinker, WrapLinker, WrapLinkerMany,
)
from pytensor.link.c.basic import CLinker, DualLinker, OpWiseCLinker
from pytensor.link.c.interface import HideC
from pytensor.link.c.params_type import Params, ParamsType
from pytensor.link.c.type import CEnumType, EnumList, EnumType, Generic, generic
# fmt: on

from symgen.theano._missing import attribute_lookup
from symgen.theano.gof import graph, link, op, opt, toolbox, type, utils, vm
from symgen.theano.gof.op import COp, Op, OpenMPOp, PureOp, ops_with_inner_function

__getattr__ = attribute_lookup(__name__)
