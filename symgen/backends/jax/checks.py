"""Conditions that a program checks while it runs, and the errors that their failure raises.

XLA cannot raise. A program returns the outcome of its checks beside its outputs, the new state only
where all have held, and whoever called it raises the error of the first that failed.
"""

import contextlib
import threading

import jax.numpy as jnp

_local = threading.local()


def record(holds, error):
    """Note that ``holds`` (boolean scalar) has to be true, else ``error`` is raised."""
    _local.found[-1].append((jnp.asarray(holds, bool).reshape(()), error))


def indices_are_trusted():
    """Whether the caller has made sure of the indices that :mod:`.windows` knows of."""
    return getattr(_local, "trusted", False)


@contextlib.contextmanager
def trusting(trusted):
    """Within, :func:`indices_are_trusted` returns `trusted`."""
    before, _local.trusted = indices_are_trusted(), trusted
    try:
        yield
    finally:
        _local.trusted = before


@contextlib.contextmanager
def collecting():
    """A list of the (holds, error) that are recorded within."""
    stack = _local.__dict__.setdefault("found", [])
    stack.append([])
    try:
        yield stack[-1]
    finally:
        stack.pop()
