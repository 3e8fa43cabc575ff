"""Compile the C modules of a graph side by side, before PyTensor asks for them one by one.

PyTensor compiles one module for each kind of Op, each in a compiler process of its own, one after
the other. Here the missing ones are compiled at once, as many as there are processors, and handed to
PyTensor's own cache of modules through the hook that it documents: anything with
``get_src_code()`` and ``compile_cmodule(location)``. What PyTensor does next finds them there.
"""

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pytensor.graph.fg import FunctionGraph
from pytensor.graph.utils import MethodNotDefined
from pytensor.link.c.basic import CLinker, get_module_cache
from pytensor.link.c.cmodule import dlimport, get_module_hash
from pytensor.link.c.exceptions import CompileError
from pytensor.link.c.op import COp


def compile_missing(nodes):
    """Put the C modules of `nodes` that the cache lacks into it.

    A module that cannot be compiled is left to PyTensor, whose error says which Op it is of.

    Parameters
    ----------
    nodes : iterable of Apply
    """
    missing = _missing(nodes)
    if len(missing) < 2:
        return
    with tempfile.TemporaryDirectory(prefix="symgen-modules-") as folder:
        jobs = [_Job(linker, key, Path(folder) / str(k)) for k, (linker, key) in enumerate(missing)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            cache = get_module_cache()
            for job, compiled in zip(jobs, pool.map(_Job.compile, jobs), strict=True):
                if compiled:
                    cache.module_from_key(job.key, job)


def _missing(nodes):
    """(linker, key) of each module that has to be compiled, one of each kind."""
    cache, found = get_module_cache(), {}
    for node in nodes:
        # An Op with a make_thunk of its own, such as Scan, compiles by itself.
        if not isinstance(node.op, COp) or type(node.op).make_thunk is not COp.make_thunk:
            continue
        try:
            node.op.prepare_node(node, None, None, "c")
            linker = CLinker().accept(FunctionGraph(node.inputs, node.outputs), no_recycling=[])
            key = linker.cmodule_key()
            # PyTensor has no public way to ask whether a module is there.
            if not key or not key[0] or cache._get_from_key(key) is not None:
                continue
            found.setdefault(get_module_hash(linker.get_src_code(), key), (linker, key))
        except (NotImplementedError, MethodNotDefined):
            continue  # runs in Python
    return list(found.values())


class _Job:
    """One module: compiled in a folder of its own, then moved to where the cache wants it."""

    def __init__(self, linker, key, folder):
        self.key, self._folder = key, folder
        # Taken here, in the main thread: PyTensor's configuration is not one of each thread.
        self._module = linker.get_dynamic_module()
        self._source = linker.get_src_code()
        self._compiler = linker.c_compiler()
        self._options = {
            "include_dirs": linker.header_dirs(),
            "lib_dirs": linker.lib_dirs(),
            "libs": linker.libraries(),
            "preargs": linker.compile_args(),
        }

    def compile(self):
        """Run the compiler; whether it succeeded."""
        self._folder.mkdir()
        try:
            self._compiler.compile_str(
                module_name=self._module.code_hash,
                src_code=self._source,
                location=str(self._folder),
                py_module=False,
                **self._options,
            )
        except CompileError:
            return False  # PyTensor tries again and reports it with the Op
        return True

    def get_src_code(self):
        """The source, for the cache."""
        return self._source

    def compile_cmodule(self, location):
        """Move the compiled module to `location`, a folder of the cache, and import it."""
        for path in self._folder.iterdir():
            shutil.move(path, location)
        (library,) = Path(location).glob(f"{self._module.code_hash}.*")
        Path(location, "__init__.py").touch()
        return dlimport(str(library))
