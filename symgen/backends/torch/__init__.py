"""The PyTorch backend: PyTensor graphs as generated functions over tensors, on CPU or GPU.

A graph becomes one Python function, a line for each Op (:mod:`.program`). Integer scalars, shapes
and numbers that no array enters stay on the host (:mod:`.host`); parameters, optimizer state and data live on
the device between calls (:mod:`.linker`). Each family of Ops has a file in :mod:`.forms`.

The function runs eagerly unless ``compiled=True`` asks for ``torch.compile``. On a CPU that does not
pay: compiled, the step of a 784-256-784 autoencoder with SGD took 1.00 and that of a VAE with 128
hidden units and Adam 1.07 of the time of the same function run eagerly, after 17 s and 53 s of
compilation. Nodes merged by :mod:`.fusion` and results written into dead operands leave a compiler
little to gain: run eagerly, the two steps take 0.94 and 0.99 of the processor time of the same steps
written by hand in eager PyTorch (one thread, batch 100, best of 150 alternating batches of steps).
"""

import functools
import importlib
import importlib.metadata

from symgen.errors import BackendError

_OLDEST = (2, 6)
_INSTALL = "pip install symgen[torch]"


@functools.cache
def mode(device="auto", compiled=False, fetch=True):
    """Return the PyTensor :class:`~pytensor.compile.mode.Mode` of this backend.

    Parameters
    ----------
    device : {"auto", "cpu", "gpu"}
        ``"auto"`` is the GPU if PyTorch sees one, else the CPU.
    compiled : bool or str
        Whether ``torch.compile`` takes the part of each function that only tensors enter; a name is
        that of a backend of ``torch.compile``.
    fetch : bool
        Whether outputs come as NumPy arrays; else those on the device stay tensors.

    Raises
    ------
    BackendError
        When PyTorch is absent or too old, or sees no GPU and ``device="gpu"``; when a function is
        compiled with ``compiled=True`` whose graph has a loop, a branch, a check, or a shape that
        data decide.
    """
    _check_installed()
    return importlib.import_module("symgen.backends.torch.modes").mode(device, compiled, fetch)


def _check_installed():
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError as error:
        raise BackendError("PyTorch for backend 'torch'", "no package torch", _INSTALL) from error
    if tuple(int(part) for part in version.split("+")[0].split(".")[:2]) < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        raise BackendError(f"PyTorch {wanted} or newer", f"PyTorch {version}", _INSTALL)
