"""A BLAS for PyTensor's C backend, found and linked without asking the user.

PyTensor from a Python package index links none: its matrix products then run in NumPy or in slow
C. But a good OpenBLAS is nearly always on the disk. :func:`link` takes the first of these that
compiles and runs a matrix product rightly:

1. what the user set (``PYTENSOR_FLAGS=blas__ldflags=…`` or ``.pytensorrc``);
2. the ``scipy-openblas32`` wheel;
3. the OpenBLAS inside SciPy's own wheel;
4. MKL from a wheel, or the system's OpenBLAS or BLAS: of these the fastest, measured.

The two OpenBLAS builds made for SciPy name their Fortran symbols ``scipy_sgemm_`` and so on;
PyTensor passes ``-D`` options through, so macros rename them.
"""

import ctypes.util
import functools
import glob
import json
import os
import subprocess
import sys
import warnings
from dataclasses import asdict, dataclass
from importlib import util
from pathlib import Path

import pytensor

from symgen import config
from symgen.backends import compiler
from symgen.errors import BackendError, CompilerError
from symgen.files import write_json

# The Fortran BLAS that PyTensor's C code may call.
_ROUTINES = (
    *(f"{t}{name}_" for t in "sdcz" for name in ("gemm", "gemv", "symm", "axpy", "scal", "copy")),
    *(f"{t}{name}_" for t in "sdcz" for name in ("swap", "trsm", "trmm", "trsv", "trmv", "syrk")),
    *(f"{t}{name}_" for t in "sd" for name in ("dot", "ger", "nrm2", "asum", "symv", "syr")),
    *(f"{t}{name}_" for t in "cz" for name in ("geru", "gerc", "dotu", "dotc", "hemm", "herk")),
    *("isamax_", "idamax_", "icamax_", "izamax_", "scnrm2_", "dznrm2_", "scasum_", "dzasum_"),
    *("srot_", "drot_", "srotg_", "drotg_", "dsdot_", "sdsdot_"),
)
_RENAMED = tuple(f"-D{name}=scipy_{name}" for name in _ROUTINES)

# What link() itself put into pytensor.config, to tell it from what a user put there.
_LINKED = set()

_GEMM_SIZE = 384

_GEMM_PROGRAM = """
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>
extern "C" void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*,
                       const float*, const int*, const float*, const int*, const float*, float*,
                       const int*);
extern "C" double ddot_(const int*, const double*, const int*, const double*, const int*);
int main() {
  const int n = SIZE, one = 1, five = 5;
  const float alpha = 1, beta = 0;
  std::vector<float> a(n * n), b(n * n), c(n * n);
  for (int i = 0; i < n * n; i++) { a[i] = (i % 7) - 3; b[i] = (i % 5) - 2; }
  double best = 1e9;
  for (int repeat = 0; repeat < 12; repeat++) {
    auto start = std::chrono::steady_clock::now();
    sgemm_("N", "N", &n, &n, &n, &alpha, a.data(), &n, b.data(), &n, &beta, c.data(), &n);
    best = std::fmin(best, std::chrono::duration<double>(
        std::chrono::steady_clock::now() - start).count());
  }
  for (int row = 0; row < n; row += 37) for (int column = 0; column < n; column += 41) {
    double right = 0;
    for (int k = 0; k < n; k++) right += double(a[k * n + row]) * b[column * n + k];
    if (std::fabs(c[column * n + row] - right) > 1e-2) { std::fprintf(stderr, "wrong"); return 1; }
  }
  const double x[5] = {0, 1, 2, 3, 4};
  if (std::fabs(ddot_(&five, x, &one, x, &one) - 30) > 1e-9) return 1;
  std::printf("%.6f", 2e-9 * n * n * n / best);
}
""".replace("SIZE", str(_GEMM_SIZE))


@dataclass(frozen=True)
class Blas:
    """One BLAS library as PyTensor can link it.

    Attributes
    ----------
    name : str
        What a person calls it.
    ldflags : str
        The value for ``pytensor.config.blas__ldflags``.
    path : str
        Path of the shared library; empty when the linker finds it by name.
    """

    name: str
    ldflags: str
    path: str = ""


def user_setting():
    """The ``blas__ldflags`` that are set already, or None.

    They come from ``PYTENSOR_FLAGS`` or ``.pytensorrc`` (where an empty string is a choice too), or
    from an assignment to ``pytensor.config``.
    """
    option = pytensor.config._config_var_dict["blas__ldflags"]
    if not hasattr(option, "val"):  # nobody set it or read it: PyTensor has not searched yet
        return None
    if not option.is_default:
        return option.val
    return option.val if option.val and option.val not in _LINKED else None


def candidates():
    """Yield groups of :class:`Blas`, best first; within a group the fastest is taken."""
    wheel = _openblas_wheel()
    if wheel:
        yield [wheel]
    bundled = _scipy_bundled()
    if bundled:
        yield [bundled]
    others = _system_libraries()
    if others:
        yield others


def gemm_gflops(blas):
    """Compile and run one float32 matrix product with `blas`; return its speed in GFLOP/s.

    Raises
    ------
    BackendError
        When it does not link, does not run, or gives wrong numbers.
    """
    found = compiler.find()
    flags = (*("-O2", "-std=c++11"), *blas.ldflags.split())
    try:
        return float(compiler.run_program(found.path, flags, _GEMM_PROGRAM))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip()[-400:]
        raise BackendError(
            f"{blas.name} to compile and run one matrix product",
            reason,
            "Install the scipy-openblas32 wheel with pip, or set PYTENSOR_FLAGS=blas__ldflags=….",
        ) from error


@functools.cache
def find():
    """Return the :class:`Blas` to link, or None when nothing on this machine works.

    The answer is remembered in the cache folder, keyed by the interpreter, the compiler and the
    candidate libraries with their time stamps.

    Raises
    ------
    CompilerError
        Without a C++ compiler.
    """
    found = compiler.find()
    groups = [list(group) for group in candidates()]
    key = json.dumps(
        [sys.prefix, found.version, [[asdict(b), _stamp(b)] for group in groups for b in group]]
    )
    memory = config.cache_dir() / "blas.json"
    known = _remembered(memory, key)
    if known is not None:
        return known
    best = _first_that_works(groups)
    if best is not None:
        _remember(memory, key, best)
    return best


def link():
    """Make PyTensor's C backend use a BLAS; return it, or None when there is none.

    What the user set stays as it is. Otherwise ``pytensor.config.blas__ldflags`` is set, which
    also spares the process PyTensor's own search and its warning.
    """
    setting = user_setting()
    if setting is not None:
        return Blas("set by the user", setting) if setting else None
    best = find()
    pytensor.config.blas__ldflags = best.ldflags if best else ""
    _LINKED.add(pytensor.config.blas__ldflags)
    return best


def _openblas_wheel():
    spec = util.find_spec("scipy_openblas32")
    if spec is None or not spec.origin:
        return None
    return _renamed_openblas("OpenBLAS of the scipy-openblas32 wheel", Path(spec.origin).parent / "lib")


def _scipy_bundled():
    spec = util.find_spec("scipy")
    folder = Path(spec.origin).parent
    for libraries in (folder.parent / "scipy.libs", folder / ".dylibs"):
        blas = _renamed_openblas("OpenBLAS bundled with SciPy", libraries)
        if blas:
            return blas
    return None


def _renamed_openblas(name, folder):
    """The LP64 OpenBLAS in `folder` whose symbols carry the prefix ``scipy_``, or None."""
    for pattern in ("libscipy_openblas*.so*", "libscipy_openblas*.dylib"):
        for path in sorted(glob.glob(os.path.join(glob.escape(str(folder)), pattern))):
            if "64_" in os.path.basename(path):
                continue
            where = (f"-L{folder}", f"-Wl,-rpath,{folder}")
            if sys.platform == "linux":
                which = (f"-l{Path(path).name.removeprefix('lib').partition('.so')[0]}",)
            else:
                which = (path,)
            if " " in str(folder):
                continue  # PyTensor splits the flags at spaces and has no way to quote them
            return Blas(name, " ".join((*where, *which, *_RENAMED)), path)
    return None


def _system_libraries():
    """MKL from a wheel, then what the linker finds by name."""
    found = []
    for path in sorted(glob.glob(os.path.join(glob.escape(sys.prefix), "lib", "libmkl_rt.so*"))):
        folder = os.path.dirname(path)
        flags = f"-L{folder} -Wl,-rpath,{folder} -l:{os.path.basename(path)}"
        found.append(Blas("MKL", flags, path))
        break
    for name, library in (("OpenBLAS of the system", "openblas"), ("BLAS of the system", "blas")):
        if ctypes.util.find_library(library):
            found.append(Blas(name, f"-l{library}"))
    if sys.platform == "darwin":
        found.append(Blas("Accelerate", "-framework Accelerate"))
    return found


def _first_that_works(groups):
    failures = []
    for group in groups:
        speeds = {}
        for blas in group:
            try:
                speeds[blas] = gemm_gflops(blas)
            except CompilerError:
                raise
            except BackendError as error:
                failures.append(f"{blas.name}: {error.got}")
        if speeds:
            return max(speeds, key=speeds.get)
    if failures:
        warnings.warn(
            "No BLAS could be linked; matrix products will be slow on the C backend. "
            + "; ".join(failures),
            stacklevel=4,
        )
    return None


def _stamp(blas):
    return os.stat(blas.path).st_mtime_ns if blas.path else 0


def _remembered(memory, key):
    """The remembered answer for `key`; a memory that cannot be read is as good as none."""
    try:
        stored = json.loads(memory.read_text())
        return Blas(**stored["blas"]) if stored["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(memory, key, blas):
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_json(memory, {"key": key, "blas": asdict(blas)})
    except OSError as error:  # a read-only home: the check of half a second is made again next time
        warnings.warn(f"symgen cannot remember which BLAS it found: {error}", stacklevel=4)
