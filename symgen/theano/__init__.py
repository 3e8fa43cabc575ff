"""Theano's namespace on PyTensor: what ``import theano`` gives once symgen is installed.

One file per module of Theano, in Theano's own tree; a module that is missing is a
``ModuleNotFoundError``, a name that is missing an ``AttributeError``, and an argument that cannot
be honoured a ``TypeError`` or ``NotSupportedError`` that names it.
"""

import warnings

from symgen.theano.configparser import change_flags, config  # first: it reads THEANO_FLAGS

# isort: split
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.io import In, Out
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import shared
from pytensor.gradient import grad, subgraph_grad
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import Op
from pytensor.graph.replace import clone_replace
from pytensor.graph.type import Type
from pytensor.printing import pp, pprint

from symgen.theano import _finder, compile, gradient, ifelse, printing, scan_module, tensor
from symgen.theano._finder import real_theano
from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.function import function
from symgen.theano.gradient import Lop, Rop
from symgen.theano.misc.safe_asarray import _asarray
from symgen.theano.scan_module import foldl, foldr, map, reduce, scan, scan_checkpoints
from symgen.theano.tensor import dot

#: The Theano whose interface this is.
__version__ = "1.0.5"

__getattr__ = attribute_lookup(__name__)


def clone(output, replace=None, strict=True, share_inputs=True):
    """Return a copy of a graph, some of its variables replaced.

    Parameters
    ----------
    output : Variable or list of Variable
    replace : dict or iterable of pairs, optional
        Variable -> its replacement.
    strict : bool
        Whether a replacement must have the type of what it replaces.
    share_inputs : bool
        Whether the copy reads the same inputs, or copies of them.

    Returns
    -------
    Variable or list of Variable
        As `output`.
    """
    return clone_replace(
        output, replace=replace, rebuild_strict=strict, copy_inputs_over=share_inputs
    )


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
