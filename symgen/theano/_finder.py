"""How ``import theano`` and ``import symgen.theano`` come to mean the same modules.

The installed top-level ``theano`` is one file, ``theano.py``, so that a real Theano (a folder)
stands before it on the import path and is never half replaced. When ours runs, it puts
:mod:`symgen.theano` in its own place in ``sys.modules`` and asks :class:`AliasFinder` to answer
for every ``theano.x.y`` with the module ``symgen.theano.x.y``, so that no module exists twice.
"""

import importlib
import pkgutil
import re
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from symgen.theano._missing import missing_module

ALIAS = "theano"
REAL = "symgen.theano"


class RealTheano(NamedTuple):
    """A Theano that is not symgen's, found on the import path.

    Attributes
    ----------
    version : str
        As its metadata says, or ``"of unknown version"``.
    location : pathlib.Path
        Its package folder.
    first : bool
        Whether ``import theano`` gives it rather than symgen's namespace.
    """

    version: str
    location: Path
    first: bool


class AliasFinder(MetaPathFinder):
    """Answers ``import theano.x.y`` with the module object ``symgen.theano.x.y``."""

    def find_spec(self, name, path=None, target=None):
        """Return the spec of an alias; see :class:`importlib.abc.MetaPathFinder`.

        Raises
        ------
        ModuleNotFoundError
            For a module that the namespace does not have; it lists those that it has.
        """
        if not name.startswith(ALIAS + "."):
            return None
        module = importlib.import_module(_to_real(name))
        return ModuleSpec(name, _AliasLoader(module), is_package=hasattr(module, "__path__"))


class MissingFinder(MetaPathFinder):
    """Last of all finders: names what is missing where ``import symgen.theano.x`` finds nothing.

    It also speaks for ``from theano.tensor import x``, since Python tries to import a submodule
    when a package lacks the attribute.
    """

    def find_spec(self, name, path=None, target=None):
        """Raise for a missing ``symgen.theano.x``; leave other names to Python."""
        if name.startswith(REAL + "."):
            raise missing_module(name.removeprefix("symgen."), available_modules())
        return None


class _AliasLoader(Loader):
    def __init__(self, module):
        self.module, self.spec = module, module.__spec__

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__ = self.spec  # Python has just put the alias's spec in its place


def install():
    """Put the finders in place, once."""
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, AliasFinder())
        sys.meta_path.append(MissingFinder())


def take_name():
    """Make ``theano`` in ``sys.modules`` the module :mod:`symgen.theano` (called by theano.py)."""
    sys.modules[ALIAS] = importlib.import_module(REAL)
    # A module that is first imported by its alias is set as an attribute of its package, which
    # would replace a function of the same name (theano.compile.function): so enter them now.
    for name, module in list(sys.modules.items()):
        if name.startswith(REAL + "."):
            sys.modules[name.removeprefix("symgen.")] = module


def available_modules():
    """Dotted names, in Theano's spelling, of the modules that this namespace has."""
    package = sys.modules[REAL]
    found = pkgutil.walk_packages(package.__path__, REAL + ".")
    names = (info.name.removeprefix("symgen.") for info in found)
    return [name for name in names if "._" not in name]


def real_theano():
    """Return the :class:`RealTheano` that is installed here, or ``None``."""
    ours_seen = False
    for entry in dict.fromkeys(sys.path):
        spec = PathFinder.find_spec(ALIAS, [entry])
        if spec is None or spec.origin is None:
            continue  # nothing, or a mere folder named theano
        if spec.submodule_search_locations is None:
            ours_seen = True
            continue
        return RealTheano(_version(entry), Path(spec.origin).parent, first=not ours_seen)
    return None


def _version(entry):
    for distribution in distributions(path=[entry or "."]):
        if re.fullmatch(r"theano(-pymc)?", distribution.metadata["Name"] or "", re.IGNORECASE):
            return distribution.version
    return "of unknown version"


def _to_real(name):
    return REAL + name.removeprefix(ALIAS)
