"""Symbolic computation graphs for generative models, faithful to Theano, on PyTensor.

The parts are imported when they are first used: ``symgen.updates``, ``symgen.layers``, ….
``symgen.function`` compiles a graph on a backend.
"""

import importlib

__version__ = "0.1.0"

_PARTS = (
    "activations",
    "backends",
    "config",
    "datasets",
    "errors",
    "evaluation",
    "initializers",
    "layers",
    "losses",
    "models",
    "random",
    "reporting",
    "schedules",
    "theano",
    "training",
    "updates",
)


def __getattr__(name):
    if name == "function":
        return importlib.import_module("symgen.backends").function
    if name in _PARTS:
        return importlib.import_module(f"symgen.{name}")
    raise AttributeError(f"module 'symgen' has no attribute {name!r}; it has {', '.join(_PARTS)}")


def __dir__():
    return [*globals(), "function", *_PARTS]
