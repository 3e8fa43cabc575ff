"""``theano.compile.monitormode``: a function that is watched, node by node, while it runs."""

import inspect

import numpy as np
from pytensor.compile.debug.monitormode import MonitorMode as PytensorMonitorMode

from symgen.theano._missing import attribute_lookup
from symgen.theano.printing import debugprint

__all__ = ["MonitorMode", "detect_nan"]

__getattr__ = attribute_lookup(__name__)


class MonitorMode(PytensorMonitorMode):
    """A mode that calls functions before and after each node.

    Parameters
    ----------
    pre_func, post_func : callable, optional
        ``f(i, node, fn)`` with the position of the node, the node, and the thunk that computes
        it: ``fn.inputs`` and ``fn.outputs`` are lists of one-element lists. PyTensor's form,
        ``f(fgraph, i, node, fn)``, is taken too.
    optimizer : str or rewriter
    linker : None or Linker
        Only None: the watching is done by a linker of its own.
    """

    def __init__(self, pre_func=None, post_func=None, optimizer="default", linker=None):
        if linker is not None:
            super().__init__(_with_graph(pre_func), _with_graph(post_func), optimizer, linker)
        else:
            super().__init__(_with_graph(pre_func), _with_graph(post_func), optimizer)


def _with_graph(watch):
    """`watch` in PyTensor's form, whose first argument is the graph."""
    if watch is None or len(inspect.signature(watch).parameters) == 4:
        return watch

    def call(fgraph, i, node, fn):
        return watch(i, node, fn)

    return call


def detect_nan(i, node, fn):
    """Print the node and its values when an output has a NaN: for ``MonitorMode(post_func=...)``.

    Parameters
    ----------
    i : int
    node : Apply
    fn : thunk
    """
    for output in fn.outputs:
        value = output[0]
        if not isinstance(value, np.random.RandomState | np.random.Generator):
            if np.isnan(value).any():
                print("*** NaN detected ***")
                debugprint(node)
                print("Inputs :", [cell[0] for cell in fn.inputs])
                print("Outputs:", [cell[0] for cell in fn.outputs])
                break
