"""Theano 1.0.5 with its C backend, and what an expert sets.

The OpenBLAS of the ``scipy-openblas32`` wheel, the fastest at hand, whose symbols have a prefix that
the compiler is told of; ``-O3 -march=native``; no search for NaN; garbage collection of
intermediate results off.
"""

import os

from benchmarks.peers import openblas

_FLAGS = [
    "floatX=float32",
    "device=cpu",
    "allow_gc=False",
    "gcc.cxxflags=-O3 -march=native -fno-math-errno",
    "blas.ldflags=" + openblas.ldflags(),
]
_GIVEN = [
    flag.strip()
    for flag in os.environ.get("PYTENSOR_FLAGS", "").split(",")
    if flag.strip().startswith("base_compiledir")
]
# The harness gives compile caches a folder by PyTensor's variable: Theano's lies beside it.
os.environ["THEANO_FLAGS"] = ",".join(_FLAGS + [flag + "/theano" for flag in _GIVEN])

import theano  # reads THEANO_FLAGS

from benchmarks.peers.theano_programs import WORKLOADS as WORKLOADS
from benchmarks.peers.theano_programs import fetch as fetch


def versions(threads):
    """The thread count is taken by OpenBLAS from the environment."""
    return {
        "framework": "theano " + theano.__version__,
        "cxx": theano.config.cxx,
        "cxxflags": theano.config.gcc.cxxflags,
        "blas": "OpenBLAS of the scipy-openblas32 wheel",
    }
