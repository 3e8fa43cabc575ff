"""A function of the same graph on each backend."""

import warnings

import pytensor
import pytest

from symgen.backends import select

BACKENDS = ("py", "c", "numba", "jax", "torch")


def compile_on(backend, inputs, outputs, **options):
    """``pytensor.function(inputs, outputs, **options)`` on a backend; skips where it is absent."""
    if backend in ("numba", "jax", "torch"):
        pytest.importorskip(backend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTensor warns of its own deprecations
        return pytensor.function(inputs, outputs, mode=select(backend), **options)


def mode_of(backend):
    """The mode of a backend."""
    return select(backend)
