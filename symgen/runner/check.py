"""What a script needs, found by reading it: the Python version, and Theano's names."""

import ast
import importlib
from typing import NamedTuple

from symgen.errors import NotSupportedError, SymgenError
from symgen.runner import old_modules, old_names, python2
from symgen.runner.program import Program, without_warnings
from symgen.runner.run import existing
from symgen.theano import _theano_names

WORKS, RAISES, UNKNOWN = "works", "raises", "unknown"


class Use(NamedTuple):
    """One name of Theano and what it does here.

    Attributes
    ----------
    name : str
        Dotted, from ``theano``.
    status : {'works', 'raises', 'unknown'}
        'raises': a name of Theano for which symgen has a named error; 'unknown': a name that
        neither symgen nor Theano 1.0.5's documentation has.
    places : list of str
        ``file:line``, each once.
    reason : str
        What the error says.
    """

    name: str
    status: str
    places: list
    reason: str


class Report(NamedTuple):
    """What :func:`check` found.

    Attributes
    ----------
    versions : dict of str to str
        File -> ``"Python 3"``, ``"Python 2 (why)"`` or ``"neither …"``.
    uses : list of Use
    fixes : list of str
        The names and modules that a fix will serve.
    ok : bool
        Whether every file can be read and every name works.
    """

    versions: dict
    uses: list
    fixes: list
    ok: bool

    def lines(self):
        """The report as lines of text."""
        yield from (f"{name}: {version}" for name, version in self.versions.items())
        yield from (f"fix {what}" for what in self.fixes)
        width = max((len(use.name) for use in self.uses), default=0)
        for use in self.uses:
            line = f"{use.status:8}{use.name:{width}}  {', '.join(use.places[:3])}"
            more = len(use.places) - 3
            yield line + (f" and {more} more" if more > 0 else "")
            if use.reason:
                yield f"{'':8}{use.reason}"
        bad = sum(use.status != WORKS for use in self.uses)
        yield (f"{len(self.uses)} names of Theano: {len(self.uses) - bad} work, "
               f"{bad} {'does' if bad == 1 else 'do'} not")  # fmt: skip


def check(script, fixes):
    """Read a script and the modules that it imports from its own folder; run nothing of them.

    Parameters
    ----------
    script : str
    fixes : Fixes

    Returns
    -------
    Report

    Raises
    ------
    MissingFileError
        When there is no such file.
    """
    with without_warnings():
        program = Program(existing(script), fixes)
    versions, found, served, ok = {}, {}, {}, True
    for path in list(program.sources):
        label = path.relative_to(program.folder).as_posix() if path.is_relative_to(
            program.folder) else str(path)  # fmt: skip
        source = program.sources[path]
        try:
            in_package = (path.parent / "__init__.py").exists() and path != program.script
            source = program.source(path, in_package)
        except SyntaxError as error:
            versions[label] = f"neither Python 2 nor Python 3 (line {error.lineno}: {error.msg})"
            if source.sign and "python2" not in fixes:
                versions[label] = f"not Python 3 (line {error.lineno}: {error.msg})"
            ok = False
            continue
        versions[label] = "Python 3"
        if source.is_converted:
            why = "as the program's other files"
            if source.sign:
                why = f"line {source.sign[1]}: {source.sign[0]}"
            versions[label] = f"Python 2 ({why})"
        for name, line in dotted_names(source.tree):
            line = source.lines.get(line, line) if source.is_converted else line
            place = f"{label}:{line}"
            if name.split(".")[0] == "theano":
                places = found.setdefault(name, [])
                if place not in places:
                    places.append(place)
            else:
                served.setdefault(name, place)
    uses = [_use(name, places) for name, places in found.items()]
    order = (RAISES, UNKNOWN, WORKS)
    uses.sort(key=lambda use: (order.index(use.status), use.name))
    ok = ok and all(use.status == WORKS for use in uses)
    return Report(versions, uses, _served(served, program), ok)


def dotted_names(tree):
    """Yield ``(dotted name, line)`` for each use of something imported, through all aliases.

    ``import theano.tensor as T`` and then ``T.nnet.sigmoid`` is ``theano.tensor.nnet.sigmoid``;
    ``S = T.nnet.sigmoid`` and then ``S`` is so too. Imports and aliases count wherever in the file
    they stand; what stands under a longer chain is told once, in full.
    """
    known, stars = {}, []
    guarded = python2.guarded_nodes(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    known[alias.asname] = alias.name
                else:
                    known.setdefault(alias.name.split(".")[0], alias.name.split(".")[0])
                if node not in guarded:
                    yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                if alias.name == "*":
                    stars.append(node.module)
                    yield node.module, node.lineno
                else:
                    known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                    if node not in guarded:
                        yield f"{node.module}.{alias.name}", node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, chain = node.targets[0], _chain(node.value)
            if isinstance(target, ast.Name) and chain and chain[0] in known and len(chain) > 1:
                known.setdefault(target.id, ".".join([known[chain[0]], *chain[1:]]))
    stars = {name: f"{module}.{name}" for module in stars for name in _public(module)}
    known = stars | known
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            chain = _chain(node)
            if chain and chain[0] in known and node not in guarded:
                yield ".".join([known[chain[0]], *chain[1:]]), node.lineno


def status(name):
    """Return ``(status, reason)`` of a dotted name in the live namespace.

    Parameters
    ----------
    name : str
        ``"theano.tensor.nnet.softmax"``.
    """
    parts = name.split(".")
    here, at = importlib.import_module("symgen.theano"), 1
    for at, part in enumerate(parts[1:], start=1):
        try:
            here = getattr(here, part)
        except NotSupportedError as error:
            return RAISES, _told(error)
        except AttributeError as error:
            module = f"symgen.{'.'.join(parts[: at + 1])}"
            try:
                here = importlib.import_module(module)
            except SymgenError as missing:
                reason = error if isinstance(error, SymgenError) else missing
                documented = _is_documented(".".join(parts[: at + 1]))
                return RAISES if documented else UNKNOWN, _told(reason)
            except ImportError as missing:
                return UNKNOWN, str(error) if hasattr(here, "__dict__") else str(missing)
        except SymgenError as error:
            return RAISES, _told(error)
        if not _is_module(here) and at + 1 < len(parts) and not hasattr(here, parts[at + 1]):
            return UNKNOWN, f"{'.'.join(parts[: at + 1])} has no {parts[at + 1]!r}"
    return WORKS, ""


def _told(error):
    return f"{type(error).__name__}: {error.got}. {error.remedy}"


def _is_documented(name):
    parent, _, last = name.rpartition(".")
    return (name in _theano_names.MODULES
            or last in _theano_names.DOCUMENTED.get(parent, "").split()
            or name.startswith(("theano.sandbox.cuda", "theano.sandbox.gpuarray",
                                "theano.gpuarray")))  # fmt: skip


def _is_module(value):
    return isinstance(value, type(ast))


def _use(name, places):
    return Use(name, *_ordered(status(name), places))


def _ordered(found, places):
    return found[0], places, found[1]


def _chain(node):
    """``a.b.c`` as ``["a", "b", "c"]``, or None for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else None


def _public(module):
    """What ``from module import *`` binds, for a module of Theano."""
    if module.split(".")[0] != "theano" or status(module)[0] != WORKS:
        return ()
    members = vars(importlib.import_module("symgen." + module))
    return members.get("__all__") or [name for name in members if not name.startswith("_")]


def _served(found, program):
    """Lines for the vanished names and modules among `found`."""
    modules, lines = old_modules.modules(program), []
    names = {f"{module}.{name}": lost for module, table in old_names.names(program.fixes).items()
             for name, lost in table.items()}  # fmt: skip
    for name, place in found.items():
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            prefix = ".".join(parts[:end])
            lost = names.get(prefix) or modules.get(prefix)
            if lost is None or _is_there(prefix):
                continue
            line = f"[{lost.fix}]: {prefix} is {lost.what} ({place})"
            if not any(f" {prefix} is " in other for other in lines):
                lines.append(line)
            break
    return lines


def _is_there(name):
    """Whether a name outside Theano's namespace can be had without a fix."""
    module, _, last = name.rpartition(".")
    try:
        if not module:
            return importlib.util.find_spec(name) is not None
        place = importlib.import_module(module)
    except ImportError:
        return False
    try:
        getattr(place, last)
    except AttributeError:
        try:
            return importlib.util.find_spec(name) is not None
        except ImportError:
            return False
    return True
