"""Theano's namespace on PyTensor: what ``import theano`` gives once symgen is installed.

One file per module of Theano, in Theano's own tree; a module that is missing is a
``ModuleNotFoundError``, a name that is missing an ``AttributeError``, and an argument that cannot
be honoured a ``TypeError`` or ``NotSupportedError`` that names it.
"""

import warnings

from symgen.theano.configparser import change_flags, config  # first: it reads THEANO_FLAGS

# isort: split
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.type import Type
from pytensor.printing import pprint

from symgen.theano import _finder, compile, gof, gradient, ifelse, printing, scan_module, tensor
from symgen.theano._finder import real_theano
from symgen.theano._missing import attribute_lookup
from symgen.theano.compile import (
    FunctionMaker,
    In,
    Mode,
    OpFromGraph,
    Out,
    Param,
    ProfileStats,
    SymbolicInput,
    SymbolicOutput,
    as_op,
    predefined_linkers,
    predefined_modes,
    predefined_optimizers,
    shared,
)
from symgen.theano.compile.function import function, function_dump
from symgen.theano.gof import (
    CLinker,
    Container,
    DualLinker,
    FunctionGraph,
    Generic,
    InconsistencyError,
    Linker,
    LocalLinker,
    Op,
    OpenMPOp,
    OpWiseCLinker,
    PerformLinker,
    generic,
    object2,
    opt,
    toolbox,
    utils,
)
from symgen.theano.gradient import Lop, Rop, grad, subgraph_grad
from symgen.theano.misc.safe_asarray import _asarray
from symgen.theano.printing import pp
from symgen.theano.scan_module import clone, foldl, foldr, map, reduce, scan, scan_checkpoints
from symgen.theano.tensor import dot
from symgen.theano.tensor.subtensor import sparse_grad
from symgen.theano.tensor.basic import get_scalar_constant_value
from symgen.theano.updates import OrderedUpdates

#: The Theano whose interface this is.
__version__ = "1.0.5"
__api_version__ = 1

__getattr__ = attribute_lookup(__name__)


_finder.install()

_real = real_theano()
if _real is not None:
    warnings.warn(
        f"The real Theano ({_real.version}) is installed at {_real.location}. `import theano` "
        + ("gives that one" if _real.first else "gives symgen's namespace all the same")
        + "; uninstall Theano (pip uninstall theano) to be rid of the doubt, and "
        "`import theano` then gives symgen's namespace.",
        stacklevel=2,
    )
