"""``theano.gof.optdb``: collections of rewrites."""

import functools

# fmt: off
from pytensor.graph.rewriting.db import (
    EquilibriumDB, LocalGroupDB, ProxyDB, RewriteDatabase as DB,
    RewriteDatabaseQuery as PytensorQuery, SequenceDB, TopoDB,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


def _with_position(register):
    """``register(name, rewrite, position, *tags)``, Theano's form, beside PyTensor's."""

    @functools.wraps(register)
    def call(self, name, obj, *tags, **kwargs):
        if tags and "position" not in kwargs:
            first = tags[0]
            if first == "last" or isinstance(first, int | float):
                kwargs["position"], tags = first, tags[1:]
        return register(self, name, obj, *tags, **kwargs)

    return call


if not hasattr(SequenceDB.register, "__wrapped__"):
    SequenceDB.register = _with_position(SequenceDB.register)


class Query(PytensorQuery):
    """Which rewrites to take, by their tags.

    Parameters
    ----------
    include : list of str
    require, exclude : list of str, optional
    subquery : dict, optional
        The name of a collection -> the query for it.
    position_cutoff : float
        In a sequence, nothing from there on.
    extra_optimizations : list of (rewrite, position), optional
    """

    def __init__(
        self,
        include,
        require=None,
        exclude=None,
        subquery=None,
        position_cutoff=float("inf"),
        extra_optimizations=None,
    ):
        super().__init__(
            include,
            require=require,
            exclude=exclude,
            subquery=subquery,
            position_cutoff=position_cutoff,
            extra_rewrites=extra_optimizations,
        )
