"""``pickle`` for the program: reads what Python 2 wrote, and builds only what does no harm.

A pickle may name any callable and have it called. The unpickler here looks names up in a list:
NumPy's arrays, containers, symbolic variables and Ops, and the classes of the program itself. It
refuses the rest by name. What it cannot judge is a graph that the program then compiles: compile
graphs from people you trust.
"""

import copyreg
import importlib
import io
import pickle
import re
import sys
import types

import numpy as np

from symgen.errors import SymgenError


class PickleRefusedError(SymgenError, pickle.UnpicklingError):
    """A pickle asks for something that is not on the list."""


# Python 2's builtins that may be named, and what they are now.
_BUILTINS = {
    "bool": bool, "bytearray": bytearray, "bytes": bytes, "complex": complex, "dict": dict,
    "float": float, "frozenset": frozenset, "int": int, "list": list, "long": int,
    "object": object, "range": range, "set": set, "slice": slice, "str": str, "tuple": tuple,
    "unicode": str, "xrange": range,
}  # fmt: skip
_CONTAINERS = {
    "collections": {"Counter", "OrderedDict", "defaultdict", "deque"},
    "datetime": {"date", "datetime", "time", "timedelta"},
    "fractions": {"Fraction"},
    "decimal": {"Decimal"},
    "pathlib": {"PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"},
    "pytensor.misc.frozendict": {"frozendict"},
}
# Functions that say which type a scalar Op returns.
_OUTPUT_TYPES = re.compile(r"(upcast|same|float|int|complex|upgrade_to)_\w+")
_GRAPH_MODULES = {"pytensor.graph." + name for name in ("basic", "features", "fg")}
_NUMPY_FUNCTIONS = {
    "multiarray": {"_reconstruct", "scalar"},
    "numeric": {"_frombuffer"},
    "_pickle": {"__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"},
}


def make_module(fixes, owns):
    """Build the module that the program gets for ``pickle``, ``cPickle`` and ``six``'s.

    Parameters
    ----------
    fixes : Fixes
    owns : callable
        ``owns(path)``: whether a file is the program's.

    Returns
    -------
    module
        As :mod:`pickle`, with ``load``, ``loads``, ``Unpickler``, ``dump`` and ``dumps`` of ours.
    """

    class Unpickler(pickle.Unpickler):
        """Reads pickles of Python 2 and 3, text files included."""

        def __init__(self, file, *, fix_imports=True, encoding=None, errors="strict", buffers=()):
            super().__init__(
                _binary(file), fix_imports=fix_imports, encoding=encoding or "latin1",
                errors=errors, buffers=buffers,
            )  # fmt: skip

        def find_class(self, module, name):
            """Return the class or function of that name, when it is on the list."""
            return _find(module, name, owns)

    def load(file, **keywords):
        """As :func:`pickle.load`; strings of Python 2 are read as latin1."""
        return module.Unpickler(file, **keywords).load()

    def loads(data, /, **keywords):
        """As :func:`pickle.loads`."""
        if isinstance(data, str):
            data = data.encode("latin1")
        return load(io.BytesIO(data), **keywords)

    def dump(obj, file, protocol=None, **keywords):
        """As :func:`pickle.dump`, to text files too."""
        pickle.dump(obj, _binary(file), protocol, **keywords)

    class Pickler(pickle.Pickler):
        """As :class:`pickle.Pickler`, for text files too."""

        def __init__(self, file, protocol=None, **keywords):
            super().__init__(_binary(file), protocol, **keywords)

    def _binary(file):
        buffer = getattr(file, "buffer", None)
        if isinstance(file, io.TextIOBase) and buffer is not None:
            fixes.say("pickle", "a file opened as text is read and written as bytes")
            file.flush()
            return buffer
        return file

    module = types.ModuleType("pickle", pickle.__doc__)
    vars(module).update({name: value for name, value in vars(pickle).items() if name[:2] != "__"})
    vars(module).update(
        load=load, loads=loads, dump=dump, Unpickler=Unpickler, Pickler=Pickler,
        UnpickleableError=pickle.PicklingError,
    )  # fmt: skip
    return module


def _find(module, name, owns):
    full = f"{module}.{name}"
    if module in ("__builtin__", "builtins"):
        if name in _BUILTINS:
            return _BUILTINS[name]
        raise _refused(full)
    if module in ("copy_reg", "copyreg") and name in ("_reconstructor", "__newobj__"):
        return copyreg._reconstructor if name == "_reconstructor" else copyreg.__newobj__
    if full == "_codecs.encode":
        return _encode
    if name in _CONTAINERS.get(module, ()):
        return getattr(importlib.import_module(module), name)
    package = module.partition(".")[0]
    found = None
    if package == "numpy":
        found = _find_in_numpy(module, name)
    elif package == "scipy" and module.startswith("scipy.sparse"):
        found = _class(getattr(importlib.import_module("scipy.sparse"), name, None), "scipy")
    elif package in ("theano", "pytensor", "symgen"):
        found = _find_in_graphs(module, name)
    elif package not in sys.stdlib_module_names or module == "__main__":
        found = _find_in_program(module, name, owns)
    if found is None:
        raise _refused(full)
    return found


def _find_in_numpy(module, name):
    """An array's class, dtype or constructor, whatever NumPy's inner folders were called."""
    if name in _NUMPY_FUNCTIONS.get(module.rpartition(".")[2], ()):
        package = "numpy.random" if "random" in module else "numpy._core"
        try:
            place = importlib.import_module(f"{package}.{module.rpartition('.')[2]}")
        except ModuleNotFoundError:  # NumPy 1
            place = importlib.import_module(f"numpy.core.{module.rpartition('.')[2]}")
        return getattr(place, name)
    for place in (np, np.dtypes, np.random, np.ma):
        found = getattr(place, name, None) if name in dir(place) else None
        kinds = (np.ndarray, np.generic, np.dtype, np.random.BitGenerator)
        if isinstance(found, type) and issubclass(found, kinds) and found is not np.memmap:
            return found
    return None


def _find_in_graphs(module, name):
    """A class of symbolic variables, types or Ops; never a function of wide use.

    Loading runs no code of the file's. Compiling a graph that was loaded is another matter: an Op
    may carry C code, so the two classes that exist for that are refused.
    """
    # Imported here: the program may still set THEANO_FLAGS, which PyTensor reads when it loads.
    importlib.import_module("symgen.theano")
    from pytensor.graph.basic import Node
    from pytensor.graph.features import Feature
    from pytensor.graph.utils import MetaObject, Scratchpad
    from pytensor.link.basic import Container
    from pytensor.link.c.op import ExternalCOp
    from pytensor.link.c.type import CDataType

    if module.startswith("theano"):
        module = "symgen." + module
    try:
        found = vars(importlib.import_module(module)).get(name)
    except ModuleNotFoundError:
        return None
    if module == "pytensor.scalar.basic" and _OUTPUT_TYPES.fullmatch(name):
        return found
    if module == "pytensor.graph.basic" and name == "_get_frozen_output":
        return found
    if not isinstance(found, type) or found in (ExternalCOp, CDataType):
        return None
    if found.__module__ == module and module in _GRAPH_MODULES:
        return found
    kinds = (Container, Feature, MetaObject, Node, Scratchpad)
    return found if issubclass(found, kinds) else None


def _find_in_program(module, name, owns):
    """A class that the program defines."""
    if module not in sys.modules:
        finder = importlib.util.find_spec(module)
        if finder is None or not finder.origin or not owns(finder.origin):
            return None
    place = importlib.import_module(module)
    if module != "__main__" and not owns(getattr(place, "__file__", None) or ""):
        return None
    found = place
    for part in name.split("."):
        found = vars(found).get(part) if isinstance(found, type | types.ModuleType) else None
    found = _class(found, None)
    if found is None or (found.__module__ != module and not _is_own(found, owns)):
        return None
    return found


def _is_own(cls, owns):
    place = sys.modules.get(cls.__module__)
    return place is not None and owns(getattr(place, "__file__", None) or "")


def _class(found, package):
    if not isinstance(found, type):
        return None
    return found if package is None or found.__module__.startswith(package) else None


def _encode(text, encoding="latin1", errors="strict"):
    """How protocol 2 writes bytes."""
    if encoding not in ("latin1", "latin-1"):
        raise _refused(f"_codecs.encode to {encoding!r}")
    return text.encode("latin1", errors)


def _refused(name):
    return PickleRefusedError(
        expected="a pickle of arrays, containers, Theano's variables and the program's own classes",
        got=f"one that asks for {name!r}",
        remedy="When you trust the file: symgen run --no-fix pickle loads anything.",
    )
