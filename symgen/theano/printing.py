"""``theano.printing``: as in PyTensor, with Theano's order of arguments."""

import hashlib

from pytensor.graph.basic import Variable
from pytensor.printing import (
    DefaultPrinter, FunctionPrinter, IgnorePrinter, LeafPrinter, OperatorPrinter, PPrinter,
    PatternPrinter, Print, PrinterState, VALID_ASSOC, default_colorCodes, default_printer,
    greek, leaf_printer, min_informative_str, pp, pprint, pydotprint, special, use_ascii,
)
from pytensor.printing import debugprint as pytensor_debugprint

from symgen.errors import NotSupportedError
from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


def debugprint(
    obj,
    depth=-1,
    print_type=False,
    file=None,
    ids="CHAR",
    stop_on_name=False,
    done=None,
    print_storage=False,
    print_clients=False,
    used_ids=None,
):
    """Print a graph as text: :func:`pytensor.printing.debugprint` with Theano's arguments.

    Parameters
    ----------
    obj : Variable, Apply, compiled function, or list of them
    depth : int
        How far to go from the outputs; -1 is all the way.
    print_type : bool
    file : file-like object, ``"str"`` or None
        ``"str"`` returns the text, ``None`` prints it.
    ids : {"CHAR", "id", "int", "auto", ""}
        How variables are numbered; ``"auto"`` uses :attr:`Variable.auto_name`.
    stop_on_name, done, print_storage, used_ids
        As in PyTensor.
    print_clients : bool
        Only ``False``: PyTensor cannot print the clients of a variable.

    Raises
    ------
    NotSupportedError
        For ``print_clients=True``.
    """
    if print_clients:
        raise NotSupportedError(
            "print_clients=False",
            repr(print_clients),
            "Ask the graph itself: fgraph.clients[variable] lists who reads a variable.",
        )
    return pytensor_debugprint(
        obj,
        depth=depth,
        print_type=print_type,
        file=file,
        id_type=ids,
        stop_on_name=stop_on_name,
        done=done,
        print_storage=print_storage,
        used_ids=used_ids,
    )


def hex_digest(x):
    """Return a hash of an array's bytes, with its strides and shape, as text."""
    strides, shape = (",".join(map(str, numbers)) for numbers in (x.strides, x.shape))
    return f"{hashlib.sha256(x.tobytes()).hexdigest()}|strides=[{strides}]|shape=[{shape}]"


def position_independent_str(obj):
    """Return a text for a variable that does not hold its address in memory."""
    if not isinstance(obj, Variable):
        raise NotImplementedError(f"expected a variable; got {type(obj).__name__}")
    return f"theano_var{{type={obj.type}}}"


def var_descriptor(obj, _prev_obs=None, _tag_generator=None):
    """Return a line that says how a variable is computed, the same in every process.

    Parameters
    ----------
    obj : Variable or array
    _prev_obs : dict, optional
        What was described already.
    _tag_generator : iterator of str, optional
        The names for it.
    """
    seen = {} if _prev_obs is None else _prev_obs
    if id(obj) in seen:
        return f"<{seen[id(obj)]}>"
    tags = _tags() if _tag_generator is None else _tag_generator
    seen[id(obj)] = tag = next(tags)
    owner = getattr(obj, "owner", None)
    if hasattr(obj, "__array__") and not isinstance(obj, Variable):
        name = f"<ndarray:{hex_digest(obj)}>"
    elif owner is not None:
        name = f"{owner.op}({','.join(var_descriptor(i, seen, tags) for i in owner.inputs)})"
    elif getattr(obj, "name", None) is not None:
        name = obj.name
    else:
        name = str(obj)
        if " at 0x" in name:
            name = position_independent_str(obj)
    return f"{tag}={name}"


def _tags():
    number = 0
    while True:
        letters, rest = "", number
        while True:
            letters, rest = chr(ord("A") + rest % 26) + letters, rest // 26 - 1
            if rest < 0:
                break
        yield letters
        number += 1
