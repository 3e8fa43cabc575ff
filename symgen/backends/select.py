"""From a backend's name to the PyTensor mode that compiles for it."""

import functools
import sys

from pytensor.compile.mode import Mode, get_mode, predefined_optimizers
from pytensor.link.vm import VMLinker

from symgen import config
from symgen.backends import blas, c, compiler
from symgen.errors import BackendError, CompilerError, look_up
from symgen.ops import load_forms


def select(name=None):
    """Return the PyTensor :class:`~pytensor.compile.mode.Mode` of a backend.

    Parameters
    ----------
    name : {"auto", "c", "numba", "py"}, optional
        ``None`` takes ``SYMGEN_BACKEND``, else ``"auto"``: C where a C++ compiler and a BLAS are
        found, else Numba. What ``auto`` took, and why, is said once on stderr.

        ``"py"`` runs every Op in Python and NumPy: slow, and the reference for the others.

    Raises
    ------
    UnknownNameError
        For a name that is none of these.
    BackendError
        For ``"jax"`` and ``"torch"``, which are not there yet.
    CompilerError
        For ``"c"`` without a working C++ compiler.

    Examples
    --------
    >>> import pytensor, pytensor.tensor as pt
    >>> from symgen import backends
    >>> x = pt.vector("x")
    >>> f = pytensor.function([x], x * 2, mode=backends.select("py"))
    """
    return look_up("backend", config.backend() if name is None else name, BACKENDS)()


def resolve(name=None):
    """Name of the backend that :func:`select` would take: ``"auto"`` becomes what it stands for.

    Parameters and errors are those of :func:`select`.
    """
    name = config.backend() if name is None else name
    look_up("backend", name, BACKENDS)
    return _best()[0] if name == "auto" else name


@functools.cache
def _best():
    """What ``auto`` stands for here: (name of the backend, why)."""
    try:
        found = compiler.find()
    except CompilerError as error:
        return "numba", f"no C++ compiler works ({error.got})"
    linked = blas.link()
    if linked is None:
        return "numba", f"{found.path} works, but no BLAS could be linked"
    return "c", f"{found.path} with {linked.name}"


def _auto():
    mode = BACKENDS[_best()[0]]()
    _say_once()
    return mode


@functools.cache
def _say_once():
    print("symgen: backend {} ({})".format(*_best()), file=sys.stderr)


@functools.cache
def _numba():
    load_forms("numba")
    return get_mode("NUMBA")


@functools.cache
def _py():
    # A fused Op calls Python for each element; unfused, each Op is one call of NumPy.
    rewrites = predefined_optimizers["fast_run"].excluding("c_blas", "fusion")
    return Mode(VMLinker(use_cloop=False, c_thunks=False), rewrites)


def _not_yet(name):
    def refuse():
        raise BackendError(
            "a backend that symgen has",
            f"{name!r}, which symgen does not support yet",
            "Use 'c' or 'numba', or 'auto' for the faster of them.",
        )

    return refuse


BACKENDS = {
    "auto": _auto,
    "c": c.mode,
    "numba": _numba,
    "py": _py,
    "jax": _not_yet("jax"),
    "torch": _not_yet("torch"),
}
