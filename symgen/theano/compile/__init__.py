"""``theano.compile``: what turns a graph into a callable."""

from pytensor.compile.builders import OpFromGraph
from pytensor.compile.executor import Function
from pytensor.compile.io import In, Out, SymbolicInput, SymbolicOutput
from pytensor.compile.maker import FunctionMaker
from pytensor.compile.mode import optdb, register_linker, register_optimizer
from pytensor.compile.ops import DeepCopyOp, ViewOp, deep_copy_op, view_op
from pytensor.compile.sharedvalue import SharedVariable, shared, shared_constructor

from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.function import function
from symgen.theano.compile.mode import Mode, get_default_mode, get_mode, register_mode

__all__ = [
    "DeepCopyOp",
    "Function",
    "FunctionMaker",
    "In",
    "Mode",
    "OpFromGraph",
    "Out",
    "SharedVariable",
    "SymbolicInput",
    "SymbolicOutput",
    "ViewOp",
    "deep_copy_op",
    "function",
    "get_default_mode",
    "get_mode",
    "optdb",
    "register_linker",
    "register_mode",
    "register_optimizer",
    "shared",
    "shared_constructor",
    "view_op",
]

__getattr__ = attribute_lookup(__name__)
