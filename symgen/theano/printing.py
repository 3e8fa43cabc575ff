"""``theano.printing``: as in PyTensor, with Theano's order of arguments."""

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
