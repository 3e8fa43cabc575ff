"""Names and modules that time has removed: found again for the program alone.

A name is served through the module's ``__getattr__``, so only when it is missing; a module
through the last finder of the import system, so only when nothing else provides it. What a
program imports under ``try`` is left to the program's own answer.
"""

import importlib
import sys
from importlib.machinery import ModuleSpec

from symgen.runner import old_modules, old_names
from symgen.runner.program import importing_frame

#: Libraries of Theano's time, for which names of NumPy and of Python are found again too.
THEANO_LIBRARIES = frozenset({
    "blocks", "fuel", "keras", "lasagne", "nolearn", "parmesan", "picklable_itertools", "pylearn2",
})  # fmt: skip


class Vanished:
    """Serves what has vanished to one program.

    Parameters
    ----------
    program : Program
    """

    def __init__(self, program):
        self.program, self.fixes = program, program.fixes
        self.names = old_names.names(self.fixes)
        self.modules = old_modules.modules(program)

    def install(self):
        """Put the finders and the ``__getattr__`` of loaded modules in place."""
        for name in self.names:
            if name in sys.modules:
                self._extend(sys.modules[name])
        sys.meta_path.insert(0, _ExtendingFinder(self.names, self._extend))
        sys.meta_path.append(_VanishedFinder(self))

    def _extend(self, module):
        """Give a module a ``__getattr__`` that knows the names it has lost."""
        table, before = self.names[module.__name__], vars(module).get("__getattr__")

        def lost_name(name):
            if name in table and self.serves(sys._getframe(1)):
                fix, what, make = table[name]
                self.fixes.say(fix, f"{module.__name__}.{name} is {what}")
                return make()
            if before is not None:
                return before(name)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        module.__getattr__ = lost_name

    def serves(self, frame):
        """Whether the code in `frame`, or that for which it imports, belongs to the program."""
        frame = importing_frame(frame)
        if frame is None:
            return False
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        path = frame.f_code.co_filename
        if package in THEANO_LIBRARIES:
            return True
        if not self.program.owns(path):
            return False
        return frame.f_lineno not in self.program.guarded_imports(path)


class _ExtendingFinder:
    """Lets modules load as they do, and extends them then."""

    def __init__(self, names, extend):
        self.names, self.extend, self.busy = names, extend, set()

    def find_spec(self, name, path=None, target=None):
        if name not in self.names or name in self.busy:
            return None
        self.busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy.discard(name)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def run_and_extend(module):
            run(module)
            self.extend(module)

        spec.loader.exec_module = run_and_extend
        return spec


class _VanishedFinder:
    """The last finder: modules that are nowhere else."""

    def __init__(self, vanished):
        self.vanished = vanished

    def find_spec(self, name, path=None, target=None):
        modules = self.vanished.modules
        if name not in modules or not self.vanished.serves(sys._getframe(1)):
            return None
        fix, what, make = modules[name]
        self.vanished.fixes.say(fix, f"{name} is {what}")
        return ModuleSpec(name, _ModuleLoader(make), is_package=any(
            other.startswith(name + ".") for other in modules))  # fmt: skip


class _ModuleLoader:
    """Loads a module that a function makes."""

    def __init__(self, make):
        self.make = make

    def create_module(self, spec):
        module = self.make()
        self.spec = getattr(module, "__spec__", None)
        return module

    def exec_module(self, module):
        if self.spec is not None:  # a module of its own: the import system has replaced this
            module.__spec__ = self.spec
