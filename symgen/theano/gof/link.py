"""``theano.gof.link``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.link.basic import (
    Container, Linker, LocalLinker, PerformLinker, WrapLinker as PytensorWrapLinker,
)
from pytensor.link.utils import gc_helper, map_storage, raise_with_op, streamline
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


class WrapLinker(PytensorWrapLinker):
    """A linker that calls a function for each node.

    Parameters
    ----------
    linkers : list of linkers
        Of the kind whose ``make_all`` returns the thunks.
    wrapper : callable
        ``wrapper(i, node, thunk, ...)`` with one thunk of each linker; it has to call them.
    """

    def __init__(self, linkers, wrapper):
        super().__init__(linkers, wrapper if hasattr(wrapper, "for_theano") else _adapt(wrapper))


def _adapt(wrapper):
    def call(fgraph, i, node, *thunks):
        node.fgraph = fgraph
        return wrapper(i, node, *thunks)

    call.for_theano = wrapper
    return call


def WrapLinkerMany(linkers, wrappers):
    """Return a :class:`WrapLinker` that calls each of `wrappers` in turn."""

    def wrapper(*arguments):
        for each in wrappers:
            each(*arguments)

    return WrapLinker(linkers, wrapper)
