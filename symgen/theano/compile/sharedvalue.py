"""``theano.compile.sharedvalue``: variables that hold a value between calls."""

import copy
import warnings

import numpy as np

# fmt: off
from pytensor.compile.sharedvalue import SharedVariable, shared as pytensor_shared
from pytensor.link.c.type import generic
# fmt: on
from pytensor.graph.basic import Variable
from pytensor.link.basic import Container

from symgen.errors import NotSupportedError
from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)

# The constructors that programs added, the last first.
_added = []


def shared(value, name=None, strict=False, allow_downcast=None, **kwargs):
    """Return a variable that holds `value`, and that functions read and update.

    Parameters
    ----------
    value : object
        An array is copied, unless ``borrow=True``; a number becomes a 0-d array. What no tensor
        holds, such as a list, is held as it is.
    name : str, optional
    strict : bool
        Whether later values must have the same type, or are converted.
    allow_downcast : bool, optional
        Whether that may lose precision.
    **kwargs
        For the constructor of the type: ``borrow``, ``broadcastable``, ``shape``; ``target`` only
        as ``"cpu"`` or None.

    Raises
    ------
    TypeError
        For a variable as the value, and for arguments that no constructor takes.
    """
    if isinstance(value, Variable):
        raise TypeError(
            "Shared variable constructor needs numeric values and not symbolic variables."
        )
    target = kwargs.pop("target", None)
    if target not in (None, "cpu"):
        raise NotSupportedError(
            "target=None or 'cpu'", repr(target), "Choose a backend with SYMGEN_BACKEND or mode=."
        )
    for construct in _added:
        try:
            made = construct(
                value, name=name, strict=strict, allow_downcast=allow_downcast, **kwargs
            )
        except TypeError:
            continue
        return made
    if kwargs.get("borrow") is None:
        kwargs.pop("borrow", None)
    if isinstance(value, np.ndarray) and value.dtype.kind in "USO" and not kwargs:
        return generic_constructor(value, name, strict, allow_downcast)
    return pytensor_shared(
        value, name=name, strict=strict, allow_downcast=allow_downcast, **kwargs
    )


shared.constructors = _added


def shared_constructor(ctor, remove=False):
    """Let :func:`shared` try `ctor` before all others; with `remove`, no longer.

    A constructor raises ``TypeError`` for a value that it does not take.
    """
    if remove:
        _added.remove(ctor)
    else:
        _added.insert(0, ctor)
    return ctor


def generic_constructor(value, name=None, strict=False, allow_downcast=None):
    """Return a shared variable of any value, which no tensor operation takes."""
    storage = Container(
        generic, name=name, storage=[copy.deepcopy(value)], strict=strict,
        allow_downcast=allow_downcast,
    )  # fmt: skip
    return SharedVariable(
        type=generic,
        value=None,
        name=name,
        strict=None,
        container=storage,
    )


def _forget_update(variable):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Setting default_update", DeprecationWarning)
        variable.default_update = None


if SharedVariable.default_update.fdel is None:
    # ``del x.default_update``, which Theano's plain attribute allowed
    SharedVariable.default_update = SharedVariable.default_update.deleter(_forget_update)
