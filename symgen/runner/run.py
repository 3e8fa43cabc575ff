"""Running a script as ``python script.py`` does, with the fixes in place."""

import importlib
import sys
import types
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from symgen.errors import MissingFileError
from symgen.runner import mnist
from symgen.runner.program import OwnFinder, Program, main_module
from symgen.runner.vanished import Vanished

_HERE = Path(__file__).parent
_kept = []  # the module that was __main__ before: it must outlive the script


def run(script, arguments, fixes):
    """Run a script in this process, as its main program.

    Parameters
    ----------
    script : str
        Path of the file, as given on the command line.
    arguments : sequence of str
        What becomes ``sys.argv[1:]``.
    fixes : Fixes

    Returns
    -------
    int
        The exit code: 0, or 1 after an exception that the script did not catch (its traceback has
        then been printed), or 130 after Ctrl-C. ``sys.exit`` in the script goes on as
        ``SystemExit``.

    Raises
    ------
    MissingFileError
        When there is no such file.
    """
    path = existing(script)
    sys.argv = [script, *arguments]
    if sys.flags.safe_path:
        sys.path.insert(0, str(path.parent))
    else:
        sys.path[0] = str(path.parent)
    importlib.invalidate_caches()
    _kept.append(sys.modules["__main__"])
    try:
        program = Program(path, fixes)
        Vanished(program).install()
        sys.meta_path.insert(0, OwnFinder(program))
        sys.meta_path.insert(0, _TheanoFinder(path.parent))
        if "mnist-file" in fixes:
            mnist.build_when_looked_for(fixes)
        module, code = main_module(program)
        sys.modules["__main__"] = module
        exec(code, vars(module))  # noqa: S102 (this is what running a script is)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 (the script's, told as Python tells it)
        trim(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def existing(script):
    """Return the absolute path of a script.

    Raises
    ------
    MissingFileError
        When it is not there, or is no file.
    """
    path = Path(script)
    if not path.is_file():
        raise MissingFileError(
            "a Python file to run",
            f"{script!r}, which is a folder" if path.is_dir() else f"{script!r}, which is not there",
            "Check its name: symgen run SCRIPT.py [ARGUMENTS].",
        )
    return path.resolve()


def trim(error):
    """Take the runner's own frames out of the traceback of `error` and of those behind it."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = _trimmed(error.__traceback__)
        if error.__cause__ is not None and error.__context__ is not error.__cause__:
            trim(error.__cause__)
        error = error.__context__


def _trimmed(traceback):
    frames = []
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        if not (path.startswith("<frozen importlib") or Path(path).is_relative_to(_HERE)):
            frames.append(traceback)
        traceback = traceback.tb_next
    result = None
    for part in reversed(frames):
        result = types.TracebackType(result, part.tb_frame, part.tb_lasti, part.tb_lineno)
    return result


class _TheanoFinder:
    """Has ``import theano`` give symgen's namespace, but where the script's folder has its own.

    It is its own loader: the namespace puts itself in the place of the module that is loaded.
    """

    def __init__(self, folder):
        self.folder = str(folder)

    def find_spec(self, name, path=None, target=None):
        """See :class:`importlib.abc.MetaPathFinder`."""
        if name != "theano":
            return None
        own = PathFinder.find_spec(name, [self.folder])
        if own is not None and own.origin is not None:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        """Leave the module to Python."""

    def exec_module(self, module):
        """Import the namespace, which takes the name."""
        importlib.import_module("symgen.theano")
        importlib.import_module("symgen.theano._finder").take_name()
