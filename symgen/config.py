"""Settings from the environment; imports neither PyTensor nor anything optional.

=================== ======================================================= ==========
variable            meaning                                                 default
=================== ======================================================= ==========
SYMGEN_BACKEND      backend of ``backends.select()``: auto, c, numba, jax,  auto
                    torch, py
SYMGEN_DEVICE       device of ``backends.select()``: auto, cpu, gpu         auto
SYMGEN_TF32         1: a GPU may round factors of float32 products and      0
                    convolutions to TF32, which is faster; JAX's own
                    ``JAX_DEFAULT_MATMUL_PRECISION``, where set, goes first
SYMGEN_DATA         folder with datasets; downloads go there too            a cache folder of the user
SYMGEN_CACHE        folder in which symgen remembers what it measured       a cache folder of the user
SYMGEN_FLOATX       dtype of parameters and data: float32 or float64        float32
=================== ======================================================= ==========
"""

import os
from pathlib import Path

from symgen.errors import SettingsError

DEFAULT_BACKEND = "auto"
DEFAULT_DEVICE = "auto"


def backend():
    """Name of the backend to use when a program names none."""
    return os.environ.get("SYMGEN_BACKEND", "").strip() or DEFAULT_BACKEND


def device():
    """Name of the device to use when a program names none."""
    return os.environ.get("SYMGEN_DEVICE", "").strip() or DEFAULT_DEVICE


def tf32():
    """Whether a GPU may round the factors of float32 products to TF32 (10 bits of fraction).

    Raises
    ------
    SettingsError
        When ``SYMGEN_TF32`` is neither ``0`` nor ``1``.
    """
    given = os.environ.get("SYMGEN_TF32", "").strip() or "0"
    if given not in ("0", "1"):
        raise SettingsError(
            expected="SYMGEN_TF32 to be 0 or 1",
            got=repr(given),
            remedy="Set or unset the environment variable.",
        )
    return given == "1"


def cache_dir():
    """Folder for what symgen measured once and remembers (a ``Path``, perhaps not there yet)."""
    given = os.environ.get("SYMGEN_CACHE", "").strip()
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME", "").strip() or "~/.cache"
    return Path(base).expanduser() / "symgen"


def data_dir():
    """Folder with datasets (a ``Path``, perhaps not there yet)."""
    given = os.environ.get("SYMGEN_DATA", "").strip()
    return Path(given).expanduser() if given else cache_dir() / "data"


def floatx():
    """dtype name of parameters and data where a program gives none.

    Raises
    ------
    SettingsError
        When ``SYMGEN_FLOATX`` is neither ``float32`` nor ``float64``.
    """
    name = os.environ.get("SYMGEN_FLOATX", "").strip() or "float32"
    if name not in ("float32", "float64"):
        raise SettingsError(
            expected="SYMGEN_FLOATX to be float32 or float64",
            got=repr(name),
            remedy="Set or unset the environment variable.",
        )
    return name
