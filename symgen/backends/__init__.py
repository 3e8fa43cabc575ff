"""Where a graph is compiled: backend and device in, a mode or a compiled function out."""

from symgen.backends.device import transfers
from symgen.backends.epoch import compile_epoch
from symgen.backends.function import function
from symgen.backends.select import BACKENDS, resolve, select

__all__ = ["BACKENDS", "compile_epoch", "function", "resolve", "select", "transfers"]
