"""What a run records of its backend, and what ``symgen doctor`` prints."""

import os
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytensor

from symgen.backends import blas, compiler
from symgen.errors import BackendError, CompilerError

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def describe(name):
    """The backend `name` as plain values: compiler, flags, BLAS, threads asked for.

    Parameters
    ----------
    name : {"c", "numba", "jax", "torch", "py"}
        As :func:`symgen.backends.resolve` returns it.
    """
    threads = {variable: os.environ[variable] for variable in _THREAD_VARIABLES if variable in os.environ}
    answer = {"name": name, "cores": os.cpu_count(), "threads": threads}
    if name == "c":
        found, linked = compiler.find(), blas.link()
        answer["compiler"] = found.version
        answer["flags"] = list(found.flags)
        answer["blas"] = linked.name if linked else None
    if name in ("numba", "jax", "torch"):
        answer["version"] = metadata.version(name)
    return answer


@dataclass(frozen=True)
class Finding:
    """One line of ``symgen doctor``.

    Attributes
    ----------
    topic : str
    value : str
        What was found.
    remedy : str
        What to do about it; empty when all is well.
    """

    topic: str
    value: str
    remedy: str = ""


def compiler_finding():
    """Whether a C++ compiler works."""
    try:
        found = compiler.find()
    except CompilerError as error:
        return Finding("compiler", error.got, error.remedy)
    return Finding("compiler", f"{found.path}: {found.version}; flags {' '.join(found.flags)}")


def blas_finding():
    """Which BLAS is linked and how fast it multiplies float32 matrices."""
    try:
        linked = blas.link()
        if linked is None:
            return Finding(
                "BLAS", "none", "pip install scipy-openblas32, or use the numba backend."
            )
        speed = blas.gemm_gflops(linked)
    except (CompilerError, BackendError) as error:
        return Finding("BLAS", error.got, error.remedy)
    threads = next((os.environ[v] for v in _THREAD_VARIABLES if v in os.environ), "all cores")
    where = f", {linked.path}" if linked.path else ""
    return Finding("BLAS", f"{linked.name}{where}; {speed:.0f} GFLOP/s in float32, threads: {threads}")


def cache_finding():
    """Where compiled Ops are kept and how much they take."""
    folder = Path(pytensor.config.base_compiledir)
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 2**20
    remedy = ""
    if not os.access(folder if folder.exists() else folder.parent, os.W_OK):
        remedy = "It cannot be written: set PYTENSOR_FLAGS=base_compiledir=FOLDER."
    elif size > 2048:
        remedy = "It is large: delete it when you like, Ops are compiled again when needed."
    return Finding("compile cache", f"{folder}: {len(files)} files, {size:.0f} MB", remedy)
