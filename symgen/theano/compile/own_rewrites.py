"""Rewrites that functions of this namespace have, and functions of PyTensor's own do not.

They are added to the mode when :func:`theano.function` compiles, so that ``import theano`` changes
nothing in PyTensor's databases.
"""

import weakref
from typing import NamedTuple

from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.graph.rewriting.db import RewriteDatabaseQuery


class OwnRewrite(NamedTuple):
    """A rewrite, where in the sequence it runs, and the modes that include it.

    Attributes
    ----------
    name : str
        What ``mode.excluding(name)`` leaves out.
    rewrite : GraphRewriter
    position : float
        As in PyTensor's ``optdb``: 1 is "canonicalize", 1.5 "stabilize", 2 "specialize".
    tags : frozenset of str
        ``"fast_run"``, ``"fast_compile"``.
    """

    name: str
    rewrite: GraphRewriter
    position: float
    tags: frozenset


OWN = []

# Mode -> (how many rewrites there were, its extended copy): the same mode gives the same copy.
_extended = weakref.WeakKeyDictionary()


def register(name, rewrite, position, *tags):
    """Add a rewrite to the functions that are compiled from now on.

    Parameters
    ----------
    name : str
    rewrite : GraphRewriter
    position : float
    *tags : str
    """
    OWN.append(OwnRewrite(name, rewrite, position, frozenset(tags)))


def with_own_rewrites(mode):
    """Return a copy of `mode` with the registered rewrites that its tags ask for.

    Parameters
    ----------
    mode : Mode
        Of PyTensor's class or one that derives from it. One whose optimizer is not a query is
        returned as it is.
    """
    known, extended = _extended.get(mode, (0, None))
    if known != len(OWN):
        extended = _extend(mode)
        _extended[mode] = len(OWN), extended if extended is not mode else None
    return mode if extended is None else extended


def _extend(mode):
    query = mode._optimizer
    if not isinstance(query, RewriteDatabaseQuery):
        return mode
    wanted = [
        (own.rewrite, own.position)
        for own in OWN
        if own.tags & set(query.include)
        and own.name not in query.exclude
        and set(query.require) <= own.tags
    ]
    if not wanted:
        return mode
    extended = object.__new__(type(mode))  # a class of a program's own may have any arguments
    extended.__dict__.update(mode.__dict__)
    extended._optimizer = query.register(*wanted)
    if isinstance(extended.provided_optimizer, RewriteDatabaseQuery):
        extended.provided_optimizer = extended.provided_optimizer.register(*wanted)
    return extended
