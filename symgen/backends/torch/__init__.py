"""The PyTorch backend: PyTensor graphs as generated functions over tensors, on CPU or GPU.

A graph becomes one Python function, a line for each Op (:mod:`.program`). Integer scalars, shapes
and numbers that no array enters stay on the host (:mod:`.host`); parameters, optimizer state and data live on
the device between calls (:mod:`.linker`). Each family of Ops has a file in :mod:`.forms`.
"""

import functools
import importlib
import importlib.metadata

from symgen.errors import BackendError

_OLDEST = (2, 6)
_INSTALL = "pip install symgen[torch]"


@functools.cache
def mode(device="auto", compiled=False):
    """Return the PyTensor :class:`~pytensor.compile.mode.Mode` of this backend.

    Parameters
    ----------
    device : {"auto", "cpu", "gpu"}
        ``"auto"`` is the GPU if PyTorch sees one, else the CPU.
    compiled : bool
        Whether ``torch.compile`` takes the part of each function that only tensors enter.

    Raises
    ------
    BackendError
        When PyTorch is absent or too old, or sees no GPU and ``device="gpu"``; when a function is
        compiled with ``compiled=True`` whose graph has a loop, a branch, a check, or a shape that
        data decide.
    """
    _check_installed()
    return importlib.import_module("symgen.backends.torch.modes").mode(device, compiled)


def _check_installed():
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError as error:
        raise BackendError("PyTorch for backend 'torch'", "no package torch", _INSTALL) from error
    if tuple(int(part) for part in version.split("+")[0].split(".")[:2]) < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        raise BackendError(f"PyTorch {wanted} or newer", f"PyTorch {version}", _INSTALL)
