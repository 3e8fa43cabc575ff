"""The programs of :mod:`benchmarks.peers.theano_programs` through symgen's ``theano`` namespace.

On symgen's default backend, with its default settings: nothing is set but ``floatX``.
"""

import theano

import symgen
from benchmarks.peers.theano_programs import WORKLOADS as WORKLOADS
from benchmarks.peers.theano_programs import fetch as fetch
from symgen import backends
from symgen.backends import blas


def versions(threads):
    """The thread count is taken from the environment; single precision is set."""
    theano.config.floatX = "float32"
    linked = blas.link()
    return {
        "framework": f"symgen {symgen.__version__}, as theano {theano.__version__}",
        "backend": backends.resolve(),
        "blas": None if linked is None else linked.name,
    }
