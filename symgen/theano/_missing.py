"""The errors for names of Theano that this namespace does not have."""

import importlib
import sys
from difflib import get_close_matches
from importlib.machinery import PathFinder

from symgen.errors import SymgenError
from symgen.theano._theano_names import DOCUMENTED, MODULES


class MissingModuleError(SymgenError, ModuleNotFoundError):
    """A module, or a name imported from one, that symgen's theano namespace lacks."""


class MissingNameError(SymgenError, AttributeError):
    """An attribute that symgen's theano namespace lacks."""


def missing_module(name, available):
    """Build the error for ``import`` of `name` (``"theano.sandbox.cuda"``).

    Parameters
    ----------
    name : str
        Dotted, in Theano's spelling.
    available : iterable of str
        The modules that are there, likewise.
    """
    error = MissingModuleError(
        expected="a module that symgen's theano namespace has",
        got=f"{name!r}, which it does not have" + _known_to_theano(name),
        remedy=_remedy(name, available),
    )
    error.name = name
    return error


def attribute_lookup(module):
    """Return the ``__getattr__`` of a module of this namespace.

    It imports a submodule that is asked for as an attribute (``theano.sparse``), as Theano's
    packages came with theirs, and raises for everything else.

    Parameters
    ----------
    module : str
        The module's ``__name__``; the error says it in Theano's spelling.
    """
    public = module.removeprefix("symgen.")

    def refuse(name):
        full = f"{public}.{name}"
        if name.startswith("__"):  # asked by the import system and by inspection all the time
            raise AttributeError(f"module {public!r} has no attribute {name!r}")
        package = sys.modules[module]
        if hasattr(package, "__path__") and PathFinder.find_spec(name, package.__path__):
            return importlib.import_module(f"{module}.{name}")
        raise MissingNameError(
            expected=f"a name that symgen's {public} has",
            got=f"{full!r}, which symgen's theano namespace does not have"
            + _known_to_theano(full),
            remedy=_remedy(full, ()),
        )

    return refuse


def _known_to_theano(full):
    if full in MODULES:
        return " yet (Theano 1.0.5 had this module)"
    parent, _, name = full.rpartition(".")
    if name in DOCUMENTED.get(parent, "").split():
        return " yet (Theano 1.0.5 had it)"
    return ""


def _remedy(full, available):
    parent, _, name = full.rpartition(".")
    if full.startswith(("theano.sandbox.cuda", "theano.gpuarray", "theano.sandbox.gpuarray")):
        return "Theano's GPU code is gone: leave the import out; the same graph runs on the CPU."
    if name in ("shared_randomstreams", "raw_random", "RandomStreams"):
        return "Draw with theano.sandbox.rng_mrg.MRG_RandomStreams, which has the same methods."
    pool = [*available, *(f"{parent}.{known}" for known in DOCUMENTED.get(parent, "").split())]
    near = get_close_matches(full, pool, n=1, cutoff=0.85)
    if full not in MODULES and full not in pool and near:
        return f"Did you mean {near[0]!r}?"
    return "PyTensor may have it under its own name: see pytensor.tensor."
