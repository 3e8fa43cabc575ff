"""The JAX backend: graphs as XLA programs, on the CPU or a GPU, the state on the device."""

import functools

from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.db import RewriteDatabaseQuery

# First: it says by name when JAX is absent, and keeps JAX's settings while PyTensor's part loads.
from symgen.backends.jax import library  # isort: split

from symgen.backends.jax import forms
from symgen.backends.jax.forms.control import NOT_NEEDED
from symgen.backends.jax.linker import JAXLinker
from symgen.ops import load_forms
from symgen.rewrites import window_slice
from symgen.rewrites.corrected import corrected

__all__ = ["forms", "mode"]


@functools.cache
def mode(device="auto", fetch=True):
    """Return symgen's JAX :class:`~pytensor.compile.mode.Mode`.

    Parameters
    ----------
    device : {"cpu", "gpu", "auto"}
        "auto" is a GPU if JAX sees one, else the CPU.
    fetch : bool
        Whether outputs come as NumPy arrays; else they are JAX's.

    Raises
    ------
    BackendError
        For "gpu" where JAX sees none.
    """
    load_forms("jax")
    library.keep_compiled_programs()
    rewrites = RewriteDatabaseQuery(include=["fast_run", "jax"]).excluding(*NOT_NEEDED)
    rewrites = corrected(rewrites)
    plain = Mode(JAXLinker(library.find_device(device), fetch), rewrites)
    return plain.register((window_slice.windows_everywhere, window_slice.POSITION))
