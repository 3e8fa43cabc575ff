"""The C++ compiler that PyTensor's C backend would use: which one, whether it works, its flags."""

import errno
import functools
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytensor

from symgen.errors import CompilerError, OutputError

REMEDY = (
    "Install one (Debian and Ubuntu: `apt-get install g++`; macOS: `xcode-select --install`; "
    "conda: `conda install gxx`), or choose a backend that needs none: --backend numba, "
    "SYMGEN_BACKEND=numba."
)

# PyTensor asks for debug symbols, which take an eighth of the compiler's time.
NO_DEBUG_SYMBOLS = "-g0"

# Let GCC use the vector maths of glibc (libmvec) and keep inf and NaN right: plain -ffast-math
# makes sigmoid(-1000) a NaN. The macro is what glibc's headers ask for before they declare the
# vector forms of exp, log, tanh.
#
# The fifth flag: PyTensor's code checks every operand before the loop, GCC guesses that each check
# may well fail, and what it then takes for improbable, the loop, it does not vectorise. The sixth:
# GCC makes one call of sin(x) and cos(x), for which there is no vector form.
VECTOR_MATHS_FLAGS = (
    *("-O3", "-fno-math-errno", "-fno-trapping-math", "-D__FAST_MATH__"),
    "-fno-guess-branch-probability",
    "-fdisable-tree-sincos",
    NO_DEBUG_SYMBOLS,
)
PLAIN_FLAGS = ("-O3", "-fno-math-errno", NO_DEBUG_SYMBOLS)


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler that was tried and works.

    Attributes
    ----------
    path : str
        The command that PyTensor calls.
    version : str
        First line of ``--version``.
    flags : tuple of str
        What symgen's C mode adds to PyTensor's own flags.
    """

    path: str
    version: str
    flags: tuple

    @property
    def is_gnu(self):
        """Whether this is GCC (and not clang under GCC's name)."""
        return "clang" not in self.version.lower()


@functools.cache
def find():
    """Return the working C++ :class:`Compiler`.

    Raises
    ------
    CompilerError
        When PyTensor knows no compiler, or the one it knows cannot build a program.
    OutputError
        When there is no room for temporary files.
    """
    path = pytensor.config.cxx
    if not path:
        raise CompilerError("a C++ compiler (g++ or clang++) on the PATH", "none", REMEDY)
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
        version = answer.stdout.splitlines()[0] if answer.stdout else ""
        run_program(path, (), "int main() { return 0; }")
    except (OSError, subprocess.SubprocessError) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise OutputError(
                f"room for temporary files in {tempfile.gettempdir()}",
                str(error),
                "Make room there, or choose another folder: TMPDIR=FOLDER.",
            ) from error
        detail = getattr(error, "stderr", "") or str(error)
        raise CompilerError(
            f"{path} to compile and run a program of one line", detail.strip()[-500:], REMEDY
        ) from error
    compiler = Compiler(path, version, PLAIN_FLAGS)
    if compiler.is_gnu and sys.platform == "linux":
        compiler = Compiler(path, version, VECTOR_MATHS_FLAGS)
    return compiler


def run_program(path, flags, source, environment=None):
    """Compile `source` with the compiler at `path`, run it, and return what it printed.

    Raises
    ------
    subprocess.SubprocessError
        When the compiler or the program fails or hangs; ``stderr`` holds the reason.
    """
    with tempfile.TemporaryDirectory(prefix="symgen-compiler-") as folder:
        code, program = Path(folder) / "program.cpp", Path(folder) / "program"
        code.write_text(source)
        options = {"capture_output": True, "text": True, "check": True, "timeout": 120}
        subprocess.run([path, str(code), "-o", str(program), *flags], **options)
        return subprocess.run([str(program)], env=environment, **options).stdout
