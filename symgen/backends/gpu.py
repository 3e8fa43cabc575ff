"""Whether this machine has a GPU that a backend can use, without loading that backend."""

import functools
import importlib.metadata
import importlib.util
from pathlib import Path

from symgen.errors import BackendError, look_up

DEVICES = {"auto": "a GPU where the backend sees one, else the CPU", "cpu": "", "gpu": ""}
REMEDY = (
    "Install symgen[cuda] on a machine with an NVIDIA GPU and its driver, or use device='cpu'; "
    "the command 'symgen doctor' tells what is found."
)


def check_device(name):
    """Return `name` if it is a device's; else raise :class:`~symgen.errors.UnknownNameError`."""
    look_up("device", name, DEVICES)
    return name


def refuse(backend, why):
    """Raise the error of a backend that was asked for a GPU which it cannot use."""
    raise BackendError(f"a GPU for backend {backend!r}", why, REMEDY)


@functools.cache
def nvidia():
    """Whether the NVIDIA driver shows a GPU."""
    return any(Path("/proc/driver/nvidia/gpus").glob("*")) or Path("/dev/nvidiactl").exists()


@functools.cache
def backend():
    """Name of the backend that can use this machine's GPU: "jax", "torch" or None."""
    if not nvidia():
        return None
    if importlib.util.find_spec("jax") and any(
        importlib.util.find_spec(f"jax_cuda{version}_plugin") for version in (12, 13)
    ):
        return "jax"
    if importlib.util.find_spec("torch"):
        # "2.9.0+cpu" is a build without CUDA.
        if not importlib.metadata.version("torch").endswith("+cpu"):
            return "torch"
    return None
