"""``theano.gof``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.destroyhandler import DestroyHandler
from pytensor.graph.features import (
    Bookkeeper, Feature, History, NoOutputFromInplace, ReplaceValidate,
    ReplacementDidNotRemoveError as ReplacementDidntRemovedError, Validator,
)
from pytensor.graph.type import Type
from pytensor.graph.utils import (
    InconsistencyError, MetaObject as object2, MethodNotDefined, MissingInputError,
)
from pytensor.link.c.basic import CLinker, DualLinker, OpWiseCLinker
from pytensor.link.c.interface import HideC
from pytensor.link.c.params_type import Params, ParamsType
from pytensor.link.c.type import CEnumType, EnumList, EnumType, Generic, generic
# fmt: on

from symgen.theano._missing import attribute_lookup
from symgen.theano.gof import graph, link, op, opt, toolbox, type, utils, vm
from symgen.theano.gof.fg import FunctionGraph
from symgen.theano.gof.graph import view_roots
from symgen.theano.gof.link import (
    Container,
    Linker,
    LocalLinker,
    PerformLinker,
    WrapLinker,
    WrapLinkerMany,
)
from symgen.theano.gof.op import COp, Op, OpenMPOp, PureOp, ops_with_inner_function
from symgen.theano.gof.opt import (
    CheckStackTraceOptimization,
    EquilibriumOptimizer,
    LocalOptGroup,
    LocalOptimizer,
    MergeOptimizer,
    NavigatorOptimizer,
    OpSub,
    Optimizer,
    PatternSub,
    SeqOptimizer,
    TopoOptimizer,
    inplace_optimizer,
    local_optimizer,
    optimizer,
)
from symgen.theano.gof.optdb import DB, EquilibriumDB, LocalGroupDB, ProxyDB, Query, SequenceDB
from symgen.theano.gof.toolbox import NodeFinder, PrintListener

__getattr__ = attribute_lookup(__name__)
