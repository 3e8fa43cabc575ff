"""From a backend's name and a device to the PyTensor mode that compiles for them."""

import functools
import importlib
import sys

from pytensor.compile.mode import Mode, get_mode, predefined_optimizers
from pytensor.link.vm import VMLinker

from symgen import config
from symgen.backends import blas, c, compiler, gpu
from symgen.backends.host import HostLinker, NumbaLinker
from symgen.backends.pickled import picklable
from symgen.errors import BackendError, CompilerError, look_up
from symgen.ops import load_forms
from symgen.rewrites.corrected import corrected
from symgen.rewrites.scan_mode import compile_scans_with


def select(name=None, device=None, fetch=True):
    """Return the PyTensor :class:`~pytensor.compile.mode.Mode` of a backend.

    Parameters
    ----------
    name : {"auto", "c", "numba", "jax", "torch", "py"}, optional
        ``None`` takes ``SYMGEN_BACKEND``, else ``"auto"``, the fastest of this machine: JAX (else
        PyTorch) on a GPU, else C where a C++ compiler and a BLAS are found, else Numba. What
        ``auto`` took, and why, is said once on stderr.

        ``"py"`` runs every Op in Python and NumPy: slow, and the reference for the others.
    device : {"auto", "cpu", "gpu"}, optional
        ``None`` takes ``SYMGEN_DEVICE``, else ``"auto"``: a GPU where the backend sees one, else
        the CPU. C, Numba and Python have no GPU.
    fetch : bool
        Whether outputs come as NumPy arrays. With False those of JAX and PyTorch stay where they
        were computed, a ``jax.Array`` or a ``torch.Tensor``, and a call returns before a GPU has
        done its work. C, Numba and Python compute NumPy arrays.

    Raises
    ------
    UnknownNameError
        For a name that is none of these.
    BackendError
        When the backend's library is absent or too old, or ``device="gpu"`` has no GPU.
    CompilerError
        For ``"c"`` without a working C++ compiler.

    Examples
    --------
    >>> import pytensor, pytensor.tensor as pt
    >>> from symgen import backends
    >>> x = pt.vector("x")
    >>> f = pytensor.function([x], x * 2, mode=backends.select("py"))
    """
    name, device = _given(name, device)
    if name == "auto":
        name, why = _best(device)
        _say_once(name, why)
    return BACKENDS[name](device, fetch)


def resolve(name=None, device=None):
    """Name of the backend that :func:`select` would take: ``"auto"`` becomes what it stands for.

    Parameters and errors are those of :func:`select`.
    """
    name, device = _given(name, device)
    return _best(device)[0] if name == "auto" else name


def given_device(device=None):
    """The device that :func:`select` would go by: ``None`` becomes ``SYMGEN_DEVICE`` or "auto"."""
    return gpu.check_device(config.device() if device is None else device)


def _given(name, device):
    name = config.backend() if name is None else name
    look_up("backend", name, BACKENDS)
    return name, given_device(device)


@functools.cache
def _best(device):
    """What ``auto`` stands for here: (name of the backend, why)."""
    found = None if device == "cpu" else gpu.backend()
    if found is not None:
        return found, "on the GPU"
    if device == "gpu":
        gpu.refuse("auto", "no NVIDIA GPU with a JAX or PyTorch that is built for CUDA")
    try:
        found = compiler.find()
    except CompilerError as error:
        return "numba", f"no C++ compiler works ({error.got})"
    linked = blas.link()
    if linked is None:
        return "numba", f"{found.path} works, but no BLAS could be linked"
    return "c", f"{found.path} with {linked.name}"


@functools.cache
def _say_once(name, why):
    print(f"symgen: backend {name} ({why})", file=sys.stderr)


def _on_the_cpu(name, mode):
    def choose(device, fetch):  # what is computed on the CPU is in NumPy arrays already
        if device == "gpu":
            raise BackendError(
                "device='cpu' or 'auto' for a backend that computes on the CPU",
                f"device='gpu' for backend {name!r}",
                "Use backend 'jax' or 'torch' for a GPU.",
            )
        return mode()

    return choose


def _package(name):
    def choose(device, fetch):
        return importlib.import_module(f"symgen.backends.{name}").mode(device, fetch=fetch)

    return choose


@functools.cache
def _numba():
    load_forms("numba")
    rewrites = corrected(get_mode("NUMBA").provided_optimizer)
    return Mode(NumbaLinker(), rewrites)


@functools.cache
def _py():
    # A fused Op calls Python for each element; unfused, each Op is one call of NumPy.
    rewrites = corrected(
        predefined_optimizers["fast_run"].excluding("c_blas", "fusion")
    )
    (scans_too,) = picklable(_py, [(compile_scans_with(lambda: of_scan), c.AFTER_SCANS)])
    of_scan = Mode(VMLinker(use_cloop=False, c_thunks=False), rewrites).register(scans_too)
    return Mode(HostLinker(use_cloop=False, c_thunks=False), rewrites).register(scans_too)


BACKENDS = {
    "auto": None,
    "c": _on_the_cpu("c", c.mode),
    "numba": _on_the_cpu("numba", _numba),
    "jax": _package("jax"),
    "torch": _package("torch"),
    "py": _on_the_cpu("py", _py),
}
