"""Python 2 source: how it is recognised, and its conversion to Python 3.

The conversion is lib2to3's, of which the package ``fissix`` is the kept fork; Python's own copy,
which Python 3.13 no longer has, serves where ``fissix`` is not installed.
"""

import ast
import contextlib
import functools
import importlib
import re
import warnings
from typing import NamedTuple

from symgen.errors import SymgenError

_LIBRARIES = ("fissix", "lib2to3")
# Fixes of taste; "import" is added for modules of a package alone.
_LEFT_OUT = {"idioms", "set_literal", "ws_comma", "import"}
_NAMES = {"basestring", "cmp", "execfile", "file", "long", "raw_input", "reduce", "reload",
          "unichr", "unicode", "xrange"}  # fmt: skip
_METHODS = {"has_key", "iteritems", "iterkeys", "itervalues", "viewitems", "viewkeys"}
_MODULES = {"ConfigParser", "Queue", "StringIO", "__builtin__", "cPickle", "cStringIO", "commands",
            "copy_reg", "httplib", "thread", "urllib2", "urlparse"}  # fmt: skip
_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "NameError"}


class ConverterMissingError(SymgenError, ModuleNotFoundError):
    """Neither ``fissix`` nor ``lib2to3`` is installed."""


class ConversionError(Exception):
    """The text is not Python 2 either."""


class Converted(NamedTuple):
    """A file in Python 3.

    Attributes
    ----------
    text : str
    lines : dict of int to int
        Line of `text` -> line of the original.
    """

    text: str
    lines: dict


def sign(tree):
    """Return what in `tree` only Python 2 has, as ``(what, line)``, or ``None``.

    Parameters
    ----------
    tree : ast.Module
        A file that Python 3 can parse. What stands under ``try`` with a handler for a missing
        name, or in a file that asks for the Python version, is no sign.
    """
    if _asks_for_version(tree):
        return None
    bound = {node.id for node in ast.walk(tree)
             if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # fmt: skip
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
    free = "*" not in bound
    guarded = guarded_nodes(tree)
    for node in ast.walk(tree):
        if node in guarded:
            continue
        if isinstance(node, ast.Name) and node.id in _NAMES - bound and free:
            return node.id, node.lineno
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _METHODS
            and (not node.args or node.func.attr == "has_key")
        ):
            return f".{node.func.attr}()", node.lineno
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        else:
            continue
        for name in names:
            if name.split(".")[0] in _MODULES:
                return f"import {name}", node.lineno
    return None


def needs_python3(tree):
    """Whether `tree` holds syntax that Python 2 has not."""
    future = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.Nonlocal | ast.AsyncFunctionDef
                      | ast.YieldFrom | ast.NamedExpr | ast.Match | ast.MatMult):  # fmt: skip
            return True
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            if arguments.kwonlyargs or any(argument.annotation for argument in every):
                return True
        if isinstance(node, ast.ClassDef) and node.keywords:
            return True
        if isinstance(node, ast.Raise) and node.cause is not None:
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "super" and not node.args:
                return True
            if node.func.id == "print" and node.keywords and "print_function" not in future:
                return True
    return False


def guarded_nodes(tree):
    """The nodes that stand in a ``try`` which catches a missing module or name."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_catches(handler) for handler in node.handlers):
            for child in (*node.body, *node.handlers):
                found.update(ast.walk(child))
    return found


def _catches(handler):
    kind = handler.type
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or (isinstance(one, ast.Name) and one.id in _IMPORT_ERRORS)
               for one in kinds)  # fmt: skip


def _asks_for_version(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("version_info", "PY2", "PY3"):
            return True
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            if any(name.split(".")[0] in ("six", "future", "past", "builtins") for name in names):
                return True
    return False


def without_tabs(text):
    """Write the tabs that begin a line of code as Python 2 read them: up to the next eighth column.

    The lines inside a string of several lines stay as they are.

    Raises
    ------
    ConversionError
        When `text` cannot be cut into tokens.
    """
    if "\t" not in text:
        return text
    tokens = _library("pgen2.tokenize")
    lines = text.splitlines(keepends=True)
    inside = set()
    try:
        for kind, _, (first, _), (last, _), _ in tokens.generate_tokens(
            iter([*lines, ""]).__next__
        ):
            if kind == tokens.STRING:
                inside.update(range(first + 1, last + 1))
    except (tokens.TokenError, IndentationError) as error:
        raise ConversionError(str(error)) from error
    for number, line in enumerate(lines, start=1):
        if number not in inside:
            code = line.lstrip(" \t\f")
            indent = line[: len(line) - len(code)]
            lines[number - 1] = indent.rpartition("\f")[2].expandtabs(8) + code
    return "".join(lines)


def convert(text, path, in_package=False):
    """Convert Python 2 source to Python 3.

    Parameters
    ----------
    text : str
    path : str
        Where it came from.
    in_package : bool
        Whether the file is a module of a package, whose ``import x`` may mean its neighbour x.

    Returns
    -------
    Converted

    Raises
    ------
    ConversionError
        When `text` is not Python 2.
    ConverterMissingError
        When there is no converter.
    """
    text = without_tabs(text if text.endswith("\n") else text + "\n")
    parse_errors = (_library("pgen2.parse").ParseError, _library("pgen2.tokenize").TokenError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _tool(in_package).refactor_string(text, path)
    except (*parse_errors, IndentationError, ConversionError) as error:
        raise ConversionError(str(error)) from error
    _keep_backslash_n(tree)
    return Converted(str(tree), _line_map(tree))


def _keep_backslash_n(tree):
    r"""Write ``"\N"`` as ``"\\N"``: it means something in Python 3's strings alone."""
    for leaf in tree.leaves():
        if leaf.value[:1] in "\"'" and "\\N" in leaf.value:
            leaf.value = re.sub(r"(?<!\\)((?:\\\\)*)\\N(?!\{)", r"\1\\\\N", leaf.value)


def _line_map(tree):
    lines, at = {}, 1
    for leaf in tree.leaves():
        at += leaf.prefix.count("\n")
        if leaf.lineno and leaf.value.strip():
            lines.setdefault(at, leaf.lineno)
        at += leaf.value.count("\n")
    return lines


def _library(module):
    """Return submodule `module` of fissix or lib2to3."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # lib2to3's, of its own end
        for name in _LIBRARIES:
            with contextlib.suppress(ModuleNotFoundError):
                return importlib.import_module(f"{name}.{module}")
    raise ConverterMissingError(
        "the package fissix, which converts Python 2 source",
        "neither it nor Python's former lib2to3",
        "Install it: pip install fissix.",
    )


@functools.cache
def _tool(in_package):
    refactor = _library("refactor")
    fixes = refactor.__name__.removesuffix("refactor") + "fixes"
    left_out = _LEFT_OUT - {"import"} if in_package else _LEFT_OUT
    names = [
        name
        for name in refactor.get_fixers_from_package(fixes)
        if name.rpartition("fix_")[2] not in left_out
    ]

    class Tool(refactor.RefactoringTool):
        def log_error(self, msg, *args, **kwds):
            raise ConversionError(msg % args if args else msg)

        def log_message(self, msg, *args):
            """Say nothing: the runner says what was done."""

        log_debug = log_message

        def log_warning(self, msg, *args):
            """As above; a fixer warns of what it leaves as it is."""

    return Tool(names)
