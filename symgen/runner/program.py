"""The program: the script and the modules of its own folder, each read once."""

import ast
import contextlib
import io
import re
import site
import sys
import sysconfig
import tokenize
import types
import warnings
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path

import symgen
from symgen.runner import python2, runtime
from symgen.runner.pickles import make_module
from symgen.runner.rewrite import RUNTIME, move_lines, rewrite

_DIVISION = re.compile(r"^[ \t]*from\s+__future__\s+import\b[^#\n(]*(\([^)]*)?\bdivision\b", re.MULTILINE)


class Source:
    """One file of the program.

    Attributes
    ----------
    path : Path
    text : str
        As it stands in the file.
    tree : ast.Module or None
        In Python 3; None when the file is neither Python 2 nor 3, or waits for its conversion.
    sign : (str, int) or None
        What shows that the file is Python 2, and its line.
    error : SyntaxError or None
        Why Python 3 cannot parse it.
    """

    def __init__(self, path):
        self.path = path
        self.changed = path.stat().st_mtime_ns
        self.text = _decode(path.read_bytes())
        self.tree = self.sign = self.error = self.lines = None
        try:
            self.tree = ast.parse(self.text, str(path))
        except SyntaxError as error:
            self.error = error
            self.sign = (error.msg.partition(". ")[0], error.lineno or 1)
        else:
            self.sign = python2.sign(self.tree)

    @property
    def is_converted(self):
        """Whether :attr:`tree` is that of the conversion."""
        return self.lines is not None

    @property
    def needs_python3(self):
        """Whether the file holds syntax that Python 2 has not."""
        return self.error is None and not self.is_converted and python2.needs_python3(self.tree)

    @property
    def floor_division(self):
        """Whether ``/`` between integers rounds down in it, were it Python 2."""
        return _DIVISION.search(self.text) is None

    def convert(self, in_package):
        """Put the Python 3 form of the text in place.

        Raises
        ------
        ConversionError
            When the text is not Python 2.
        """
        text, lines = python2.convert(self.text, str(self.path), in_package)
        with without_warnings():
            self.tree, self.lines = ast.parse(text, str(self.path)), lines


class Program:
    """The script and what it imports from its own folder.

    Parameters
    ----------
    script : str or Path
    fixes : Fixes
    """

    def __init__(self, script, fixes):
        self.script = Path(script).resolve()
        self.fixes = fixes
        self.folder = self.script.parent
        self._installed = _installed()
        self.sources = {}
        self._initial_path = {str(Path(entry or ".").resolve()) for entry in sys.path}
        self._initial_path.discard(str(self.folder))
        self._discover(self.script)
        self.is_python2 = self._is_python2()
        self.runtime = runtime.Runtime(fixes, make_module(fixes, self.owns))

    def _discover(self, script):
        waiting = [(script, False)]
        while waiting:
            path, in_package = waiting.pop(0)
            if path in self.sources:
                continue
            source = self.sources[path] = Source(path)
            if source.error is not None:
                self._convert(source, in_package)
            if source.tree is not None:
                waiting += self._neighbours(source)

    def _neighbours(self, source):
        """Files of the program that `source` imports."""
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import):
                names, folders = [alias.name for alias in node.names], [self.folder]
            elif isinstance(node, ast.ImportFrom):
                base = node.module.split(".") if node.module else []
                names = [".".join([*base, alias.name]) for alias in node.names]
                folders = [self.folder]
                if node.level:
                    folders = [source.path.parents[node.level - 1]]
            else:
                continue
            if (source.path.parent / "__init__.py").exists():
                folders.append(source.path.parent)
            for folder in folders:
                for name in names:
                    yield from _files_of(folder, name.split("."))

    def _convert(self, source, in_package):
        if "python2" not in self.fixes:
            return
        with contextlib.suppress(python2.ConversionError):  # then Python 3's SyntaxError is told
            source.convert(in_package)

    def _is_python2(self):
        if "python2" not in self.fixes:
            return False
        sources = self.sources.values()
        return any(source.is_converted or source.sign for source in sources) and not any(
            source.needs_python3 for source in sources
        )

    def owns(self, path):
        """Whether a file belongs to the program.

        It does in the script's folder, and in folders that the script puts on ``sys.path``.
        """
        path = Path(path).resolve()
        if path.suffix != ".py" or any(path.is_relative_to(place) for place in self._installed):
            return False
        if path == self.script or path.is_relative_to(self.folder):
            return True
        added = {str(Path(entry or ".").resolve()) for entry in sys.path} - self._initial_path
        return any(path.is_relative_to(entry) for entry in added)

    def source(self, path, in_package):
        """Return the :class:`Source` of a file of the program, converted where it is Python 2.

        Raises
        ------
        SyntaxError
            When the file is neither Python 2 nor Python 3.
        """
        path = Path(path).resolve()
        source = self.sources.get(path)
        if source is None or source.changed != path.stat().st_mtime_ns:
            source = self.sources[path] = Source(path)
        if not source.is_converted and "python2" in self.fixes:
            whole = self.is_python2 and path.is_relative_to(self.folder)
            if source.sign or (whole and not source.needs_python3):
                self._convert(source, in_package)
        if source.tree is None:
            raise source.error
        return source

    def code(self, path, in_package=False):
        """Compile a file of the program, with its fixes."""
        source = self.source(path, in_package)
        floor_division = source.is_converted and source.floor_division
        if source.is_converted and source.sign:
            what, line = source.sign
            self.fixes.say("python2", f"{source.path.name} is Python 2 ({what}, line {line}): "
                           "converted while it is read")  # fmt: skip
        elif source.is_converted:
            self.fixes.say("python2", f"{source.path.name} is read as Python 2, "
                           "as the program's other files")  # fmt: skip
        floor_division &= "division" in self.fixes
        tree = rewrite(source.tree, self.fixes, source.is_converted, floor_division)
        if source.is_converted:
            move_lines(tree, source.lines)
        with without_warnings() if source.is_converted else contextlib.nullcontext():
            return compile(tree, str(source.path), "exec", dont_inherit=True)

    def prepare(self, module):
        """Give a module of the program what its code calls."""
        vars(module)[RUNTIME] = self.runtime
        source = self.sources.get(Path(module.__file__).resolve())
        if source is not None and source.is_converted:
            vars(module)["__builtins__"] = runtime.python2_builtins(self.fixes)

    def guarded_imports(self, path):
        """Lines of a file that import under ``try``, with an answer to what is not there."""
        source = self.sources.get(Path(path))
        if source is None or source.tree is None:
            return ()
        if not hasattr(source, "guarded"):
            source.guarded = {node.lineno for node in python2.guarded_nodes(source.tree)
                              if isinstance(node, ast.Import | ast.ImportFrom)}  # fmt: skip
        return source.guarded


class OwnFinder:
    """Finds the program's own modules and has :class:`Program` compile them."""

    def __init__(self, program):
        self.program = program

    def find_spec(self, name, path=None, target=None):
        """See :class:`importlib.abc.MetaPathFinder`."""
        if name.partition(".")[0] in ("symgen", "theano", "numpy", "pytensor"):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader:
            return None
        if not self.program.owns(spec.origin):
            return None
        # A library may put folders on the path as well: theirs are what they import from them.
        if not Path(spec.origin).resolve().is_relative_to(self.program.folder):
            importer = importing_frame(sys._getframe(1))
            if importer is None or not self.program.owns(importer.f_code.co_filename):
                return None
        spec.loader = OwnLoader(name, spec.origin, self.program)
        return spec


class OwnLoader(SourceFileLoader):
    """Loads a module of the program; leaves no compiled file behind."""

    def __init__(self, name, path, program):
        super().__init__(name, path)
        self.program = program

    def get_code(self, fullname):
        """Compile the module."""
        in_package = "." in fullname or self.is_package(fullname)
        return self.program.code(self.path, in_package)

    def exec_module(self, module):
        """Run the module."""
        code = self.get_code(module.__name__)
        self.program.prepare(module)
        exec(code, vars(module))  # noqa: S102 (this is what running a module is)


def importing_frame(frame):
    """The frame, from `frame` outwards, of the code that imports, or that reads an attribute."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith(
        ("importlib", "symgen.runner")
    ):
        frame = frame.f_back
    return frame


def main_module(program):
    """Return the module ``__main__`` of the program, and its code."""
    code = program.code(program.script)
    module = types.ModuleType("__main__")
    vars(module).update(__file__=str(program.script), __cached__=None, __package__=None)
    vars(module)["__builtins__"] = sys.modules["builtins"]
    program.prepare(module)
    return module, code


@contextlib.contextmanager
def without_warnings():
    """Python 2 had none for ``"\\d"`` and ``is 0``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _files_of(folder, names):
    """The file of a dotted name under `folder`, with those of the packages on the way."""
    for count, name in enumerate(names):
        package = folder / name / "__init__.py"
        if package.is_file():
            yield package, True
        elif (folder / f"{name}.py").is_file():
            yield folder / f"{name}.py", count > 0
            return
        elif not (folder / name).is_dir():
            return
        folder = folder / name


def _installed():
    """Folders of what is installed: no file in them is the program's."""
    paths = sysconfig.get_paths()
    found = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]}
    found |= {*site.getsitepackages(), site.getusersitepackages(), Path(symgen.__file__).parent}
    return [Path(path).resolve() for path in found if path]


def _decode(content):
    """The text of a source file; bytes that are not in its encoding are read as latin1."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        text = content.decode("latin1")
    return io.StringIO(text, newline=None).read().lstrip("\ufeff")
