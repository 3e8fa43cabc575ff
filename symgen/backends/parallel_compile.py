"""Compile the C modules of a graph several to a file and side by side, before PyTensor asks for them.

PyTensor compiles one module for each kind of Op, each in a compiler process of its own, one after
the other. Most of what such a process does is the same each time: it reads the headers of Python
and NumPy and starts an assembler and a linker. Here the modules that are missing and want the same
compiler options become one source file, each in a namespace of its own, and the files are compiled
at once, one to a processor. For document 002's VAE, 24 modules, the compiler then takes 4.7 s of
processor time where it took 13 s.

The shared library that comes of it holds the initialisation functions of all its modules. Under the
name of each it is handed to PyTensor's own cache of modules through the hook that it documents:
anything with ``get_src_code()`` and ``compile_cmodule(location)``. What PyTensor does next finds
them there.
"""

import importlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytensor
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.utils import MethodNotDefined
from pytensor.link.c.basic import CLinker, get_module_cache
from pytensor.link.c.cmodule import (
    GCC_compiler,
    dlimport,
    get_gcc_shared_library_arg,
    get_lib_extension,
    get_module_hash,
    std_include_dirs,
    std_lib_dirs,
    std_libs,
)
from pytensor.link.c.op import COp

from symgen.backends import module_cache
from symgen.errors import BackendError, OutputError
from symgen.ops import threads
from symgen.rewrites.unit_stride_elemwise import LOOP_ON_THREADS

# PyTensor's own extensions, which it compiles when they are first imported.
_VIRTUAL_MACHINE = ("pytensor.link.c.cutils", "pytensor.link.c.lazylinker_c")

_PREFIX, _HOUR = "symgen-modules-", 3600

# What many modules hold, each piece between guards of its own.
_SHARED = (threads.SUPPORT_CODE, LOOP_ON_THREADS)

_INCLUDE = re.compile(r"\s*#\s*include\b")
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)


def compile_missing(nodes):
    """Put the C modules of `nodes` that the cache lacks into it.

    A module that cannot be compiled is left to PyTensor, whose error says which Op it is of.

    Parameters
    ----------
    nodes : iterable of Apply

    Raises
    ------
    OutputError
        When the compile cache or the folder for temporary files cannot be written.
    BackendError
        When a broken entry of the cache cannot be removed, or another process keeps the cache
        locked.
    """
    module_cache.mend_extensions()
    modules = _missing(nodes)
    if not modules:
        return
    try:
        _compile(modules)
    except TimeoutError as error:
        raise BackendError(
            f"{pytensor.config.compiledir} to be free to write to within "
            f"{pytensor.config.compile__timeout} s",
            str(error),
            "Another process holds it: wait for it, or take another cache: "
            "PYTENSOR_FLAGS=base_compiledir=FOLDER.",
        ) from error
    except OSError as error:
        raise OutputError(
            f"to write compiled Ops to {pytensor.config.compiledir} and {tempfile.gettempdir()}",
            str(error),
            "Make room there, or choose other folders: PYTENSOR_FLAGS=base_compiledir=FOLDER and "
            "TMPDIR=FOLDER.",
        ) from error


def _compile(modules):
    _sweep()
    with (
        tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder,
        ThreadPoolExecutor(processors()) as pool,
    ):
        libraries = [
            _Library(members, Path(folder) / str(number))
            for number, members in enumerate(shared_out(modules, processors()))
        ]
        results = [pool.submit(library.compile) for library in libraries]
        for name in _VIRTUAL_MACHINE:
            importlib.import_module(name)
        broken = []
        for library, result in zip(libraries, results, strict=True):
            if result.result():
                library.register()
            elif len(library.modules) > 1:
                broken += library.modules
        # Sources that do not get on with each other, or an error in one of them: each alone.
        alone = [
            _Library([module], Path(folder) / f"alone{number}")
            for number, module in enumerate(broken)
        ]
        for library, compiled in zip(alone, pool.map(_Library.compile, alone), strict=True):
            if compiled:
                library.register()


def _sweep():
    """Remove what processes that were killed left in the folder for temporary files."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).split("-")[0]
        try:
            # The age, because a process of another container is not to be seen from here.
            if not owner.isdigit() or time.time() - folder.stat().st_mtime < _HOUR:
                continue
            os.kill(int(owner), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # of another user, or gone


def processors():
    """Number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared_out(modules, files):
    """Lists of modules that become one source file each, the longest list first.

    Modules with different compiler options cannot share a file; beyond that there are about as many
    files as `files` says, of about equal length.
    """
    groups = {}
    for module in modules:
        groups.setdefault(module.key_of_file, []).append(module)
    total = sum(len(module.source) for module in modules)
    lists = []
    for group in groups.values():
        length = sum(len(module.source) for module in group)
        count = min(len(group), max(1, round(files * length / total)))
        parts = [[] for _ in range(count)]
        for module in sorted(group, key=lambda module: -len(module.source)):
            min(parts, key=_length).append(module)
        lists += parts
    return sorted(lists, key=_length, reverse=True)


def _length(modules):
    return sum(len(module.source) for module in modules)


def _missing(nodes):
    """The :class:`_Module` of each kind that has to be compiled."""
    cache, found = get_module_cache(), {}
    for node in nodes:
        # An Op with a make_thunk of its own, such as Scan, compiles by itself.
        if not isinstance(node.op, COp) or type(node.op).make_thunk is not COp.make_thunk:
            continue
        try:
            node.op.prepare_node(node, None, None, "c")
            linker = CLinker().accept(FunctionGraph(node.inputs, node.outputs), no_recycling=[])
            key = linker.cmodule_key()
            if not key or not key[0] or module_cache.load(cache, key) is not None:
                continue
            module_hash = get_module_hash(linker.get_src_code(), key)
            # The same source may be there for an Op with other properties: PyTensor finds it.
            if module_hash not in cache.module_hash_to_key_data:
                found.setdefault(module_hash, _Module(linker, key))
        except (NotImplementedError, MethodNotDefined):
            continue  # runs in Python
    return list(found.values())


class _Module:
    """One module: what the compiler and PyTensor's cache need to know of it.

    All is taken in the main thread: PyTensor's configuration is not one of each thread.
    """

    def __init__(self, linker, key):
        self.key, self.source = key, linker.get_src_code()
        self.name = linker.get_dynamic_module().code_hash
        folders = [*linker.lib_dirs(), *std_lib_dirs()]
        libraries = [*linker.libraries(), *std_libs()]
        self.options = (
            *linker.compile_args(),
            *(f"-I{folder}" for folder in [*linker.header_dirs(), *std_include_dirs()] if folder),
            *(f"-L{folder}" for folder in folders if folder),
        )
        self.libraries = tuple(GCC_compiler.linking_patch(folders, libraries))
        self.includes, self.body = split(self.source)
        # A header in the middle means something there that it may not mean inside a namespace.
        alone = any(_INCLUDE.match(line) for line in self.body.splitlines())
        self.key_of_file = (self.options, self.libraries, self.name if alone else "")


def split(source):
    """(lines that include headers at the beginning of `source`, the rest)."""
    lines = source.splitlines()
    first = next((k for k, line in enumerate(lines) if not _INCLUDE.match(line)), len(lines))
    return lines[:first], "\n".join(lines[first:])


def together(modules):
    """One C++ source with all `modules`: the headers, what modules share, then a namespace for each.

    Macros that a module defines end with it. The text of the threads stands once before all: under its
    guards the modules then leave theirs out.
    """
    if len(modules) == 1:
        return modules[0].source
    text = dict.fromkeys(line for module in modules for line in module.includes)
    parts = [*text, *(shared for shared in _SHARED if any(shared in module.body for module in modules))]
    for module in modules:
        macros = sorted(set(_DEFINE.findall(module.body)))
        parts += [f'#pragma push_macro("{macro}")' for macro in macros]
        parts += [f"namespace of_{module.name} {{", module.body, "}"]
        parts += [f'#pragma pop_macro("{macro}")' for macro in macros]
    return "\n".join([*parts, ""])


class _Library:
    """Modules that are compiled into one shared library, in a folder of its own."""

    def __init__(self, modules, folder):
        self.modules, self._folder = modules, folder
        self._library = folder / f"modules.{get_lib_extension()}"

    def compile(self):
        """Run the compiler; whether it succeeded."""
        self._folder.mkdir()
        source = self._folder / "modules.cpp"
        source.write_text(together(self.modules))
        first = self.modules[0]
        command = [
            *(pytensor.config.cxx, get_gcc_shared_library_arg(), *first.options),
            *("-fvisibility=hidden", "-o", str(self._library), str(source), *first.libraries),
        ]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def register(self):
        """Hand the modules to PyTensor's cache."""
        cache = get_module_cache()
        for module in self.modules:
            cache.module_from_key(module.key, _Compiled(module, self))

    def put(self, path):
        """Make the library be at `path` too.

        The first time it is copied, from then on linked: a process that loads several of its
        modules then has the library in memory once.
        """
        try:
            os.link(self._library, path)
        except OSError:
            shutil.copy(self._library, path)
            self._library = path


class _Compiled:
    """A module of a library, as PyTensor's cache wants one."""

    def __init__(self, module, library):
        self._module, self._library = module, library

    def get_src_code(self):
        """The source."""
        return self._module.source

    def compile_cmodule(self, location):
        """Put the compiled module into `location`, a folder of the cache, and import it."""
        folder, name = Path(location), self._module.name
        (folder / "mod.cpp").write_text(self._module.source)
        (folder / "__init__.py").touch()
        path = folder / f"{name}.{get_lib_extension()}"
        self._library.put(path)
        return dlimport(str(path))
