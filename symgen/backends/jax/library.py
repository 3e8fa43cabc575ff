"""JAX itself: whether it is there, its devices, its 64-bit types, its cache of programs."""

import contextlib
import functools
import os

from symgen import config
from symgen.backends import gpu
from symgen.errors import BackendError

OLDEST = (0, 4, 35)
REMEDY = "Install it: pip install symgen[jax] (CPU) or symgen[cuda] (NVIDIA GPU)."

try:
    import jax
except ImportError as error:
    raise BackendError("the package jax for backend 'jax'", str(error), REMEDY) from error

if tuple(int(n) for n in jax.__version__.split(".")[:3] if n.isdigit()) < OLDEST:
    raise BackendError(
        f"jax {'.'.join(map(str, OLDEST))} or newer for backend 'jax'", jax.__version__, REMEDY
    )

# To import PyTensor's JAX forms sets JAX's global switch for 64-bit types; it stays the user's.
_x64_of_user = jax.config.jax_enable_x64
import pytensor.link.jax.dispatch  # noqa: E402, F401

jax.config.update("jax_enable_x64", _x64_of_user)

_enable_x64 = getattr(jax, "enable_x64", None)
if _enable_x64 is None:
    from jax.experimental import enable_x64 as _enable_x64


def find_device(name):
    """The JAX device that "cpu", "gpu" or "auto" stands for.

    Raises
    ------
    BackendError
        For "gpu" where JAX sees none.
    """
    if name == "cpu":
        return jax.devices("cpu")[0]
    found = jax.devices()[0]
    if found.platform == "cpu" and name == "gpu":
        gpu.refuse("jax", "JAX sees only the CPU")
    return found


def context(device):
    """A function that returns a context in which JAX computes on `device`, with 64-bit types."""
    if device == jax.devices()[0]:
        return functools.partial(_enable_x64, True)

    @contextlib.contextmanager
    def on_device():
        with _enable_x64(True), jax.default_device(device):
            yield

    return on_device


def refuses_float64():
    """Whether the environment forbids JAX its 64-bit types."""
    return os.environ.get("JAX_ENABLE_X64", "").strip().lower() in ("0", "false", "no", "off")


@functools.cache
def keep_compiled_programs():
    """Let JAX remember compiled programs in symgen's folder, unless the user chose another."""
    if jax.config.jax_compilation_cache_dir or "JAX_ENABLE_COMPILATION_CACHE" in os.environ:
        return
    jax.config.update("jax_compilation_cache_dir", str(config.cache_dir() / "jax"))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        # JAX's own default of one second leaves most training steps out.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    # JAX looks for the folder once, at its first compilation, which may be past.
    from jax.experimental.compilation_cache import compilation_cache

    compilation_cache.reset_cache()
