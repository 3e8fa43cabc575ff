"""Where a graph is compiled: backend name in, PyTensor mode out."""

from symgen.backends.select import BACKENDS, resolve, select

__all__ = ["BACKENDS", "resolve", "select"]
