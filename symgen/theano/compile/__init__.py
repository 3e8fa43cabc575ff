"""``theano.compile``: what turns a graph into a callable."""

from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Variable
from pytensor.graph.op import io_connection_pattern
from pytensor.link.basic import Container

from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.builders import OpFromGraph
from symgen.theano.compile.debugmode import DebugMode
from symgen.theano.compile.function import function, function_dump
from symgen.theano.compile.function_module import (
    AliasedMemoryError,
    Function,
    FunctionMaker,
    Supervisor,
    UnusedInputError,
    alias_root,
    check_equal,
    convert_function_input,
    fgraph_updated_vars,
    get_info_on_inputs,
    infer_reuse_pattern,
    insert_deepcopy,
    orig_function,
    std_fgraph,
    view_tree_set,
)
from symgen.theano.compile.io import In, Out, SymbolicInput, SymbolicOutput
from symgen.theano.compile.mode import (
    FAST_COMPILE,
    OPT_FAST_COMPILE,
    OPT_FAST_RUN,
    OPT_FAST_RUN_STABLE,
    OPT_NONE,
    OPT_O2,
    OPT_O3,
    OPT_STABILIZE,
    AddDestroyHandler,
    AddFeatureOptimizer,
    Mode,
    PrintCurrentFunctionGraph,
    get_default_mode,
    get_mode,
    local_useless,
    optdb,
    predefined_linkers,
    predefined_modes,
    predefined_optimizers,
    register_linker,
    register_mode,
    register_optimizer,
)
from symgen.theano.compile.monitormode import MonitorMode
from symgen.theano.compile.ops import (
    DeepCopyOp,
    FromFunctionOp,
    Rebroadcast,
    Shape,
    Shape_i,
    SpecifyShape,
    ViewOp,
    as_op,
    deep_copy_op,
    register_deep_copy_op_c_code,
    register_rebroadcast_c_code,
    register_shape_c_code,
    register_shape_i_c_code,
    register_specify_shape_c_code,
    register_view_op_c_code,
    shape,
    specify_shape,
    view_op,
)
from symgen.theano.compile.pfunc import Param, pfunc, rebuild_collect_shared
from symgen.theano.compile.profiling import ProfileStats, ScanProfileStats
from symgen.theano.compile.sharedvalue import SharedVariable, shared, shared_constructor
from symgen.theano.configparser import config
from symgen.theano.gof.graph import is_same_graph

_refuse = attribute_lookup(__name__)


def __getattr__(name):
    if name == "FAST_RUN":
        return get_mode(name)
    return _refuse(name)
