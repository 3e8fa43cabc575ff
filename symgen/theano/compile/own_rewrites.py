"""Rewrites that functions of this namespace have, and functions of PyTensor's own do not.

They are added to the mode when :func:`theano.function` compiles, so that ``import theano`` changes
nothing in PyTensor's databases.
"""

import functools
import importlib
import weakref
from typing import NamedTuple

from pytensor.compile.mode import Mode, predefined_optimizers
from pytensor.graph.features import ReplaceValidate
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import ChangeTracker, GraphRewriter, dfs_rewriter
from pytensor.graph.rewriting.db import RewriteDatabaseQuery, SequenceDB
from pytensor.link.basic import Linker
from pytensor.link.vm import VMLinker
from pytensor.scan.op import Scan

from symgen.rewrites.corrected import corrected
from symgen.rewrites.scan_mode import compile_scans_with


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
    linker : type
        Of the modes that include it: of PyTensor's virtual machine, which runs a graph node by node
        in C or Python, or any.
    """

    name: str
    rewrite: GraphRewriter
    position: float
    tags: frozenset
    linker: type


OWN = []

# Mode -> (how many rewrites there were, its extended copy): the same mode gives the same copy.
_extended = weakref.WeakKeyDictionary()


class OfNodes(GraphRewriter):
    """A rewrite of nodes, applied to a graph.

    Parameters
    ----------
    rewrite : FromFunctionNodeRewriter
        A function of a module, decorated: a pickled function holds its name.
    """

    def __init__(self, rewrite):
        self.named = rewrite.fn.__module__, rewrite.fn.__name__
        self.rewriter = dfs_rewriter(rewrite)

    def __reduce__(self):
        return _by_name, (type(self), *self.named)

    def add_requirements(self, fgraph):
        """What the rewrite needs, and the means to replace."""
        fgraph.attach_feature(ReplaceValidate())
        self.rewriter.add_requirements(fgraph)

    def apply(self, fgraph):
        """Apply it."""
        self.rewriter.apply(fgraph)


class InScansToo(OfNodes):
    """A rewrite of nodes, applied to a graph and to the steps of its loops."""

    def apply(self, fgraph):
        """Apply it."""
        super().apply(fgraph)
        for node in fgraph.toposort():
            if isinstance(node.op, Scan):
                step = self._step_of(node.op)
                if step is not None:
                    pairs = zip(node.outputs, step.make_node(*node.inputs).outputs, strict=True)
                    fgraph.replace_all_validate(list(pairs), reason=type(self).__name__)

    def _step_of(self, op):
        """The loop with its step rewritten; None when nothing changed."""
        step = FunctionGraph(op.inner_inputs, op.inner_outputs, clone=True)
        tracker = ChangeTracker()
        step.attach_feature(tracker)
        tracker.reset()
        self.rewrite(step)
        if not tracker.changed:
            return None
        return Scan(
            list(step.inputs),
            list(step.outputs),
            op.info,
            mode=op.mode,
            profile=op.profile,
            truncate_gradient=op.truncate_gradient,
            name=op.name,
            allow_gc=op.allow_gc,
        )


class ScansBroadcastToo(GraphRewriter):
    """Steps of loops without a mode of their own are compiled as by PyTensor.

    But their assignments broadcast, as those around them:
    :mod:`symgen.rewrites.broadcasting_assignments`.
    """

    #: After PyTensor's rewrites of scans, and symgen's modes for them.
    POSITION = 102.0

    def add_requirements(self, fgraph):
        """What the rewrite needs."""
        _give_scans_a_mode().add_requirements(fgraph)

    def apply(self, fgraph):
        """Apply it."""
        _give_scans_a_mode().apply(fgraph)


@functools.cache
def _give_scans_a_mode():
    return compile_scans_with(_mode_of_scans)


@functools.cache
def _mode_of_scans():
    rewrites = corrected(predefined_optimizers["fast_run"])
    return Mode("cvm", rewrites).register((ScansBroadcastToo(), ScansBroadcastToo.POSITION))


def _by_name(cls, module, name):
    return cls(getattr(importlib.import_module(module), name))


def register(name, rewrite, position, *tags, linker=Linker):
    """Add a rewrite to the functions that are compiled from now on.

    Parameters
    ----------
    name : str
    rewrite : GraphRewriter
    position : float
    *tags : str
    linker : type
        Of the modes that have it; by default all.
    """
    OWN.append(OwnRewrite(name, rewrite, position, frozenset(tags), linker))


def with_own_rewrites(mode):
    """Return a copy of `mode` with the registered rewrites that its tags ask for.

    ``set_subtensor(x[:], y)`` broadcasts y in it, as in Theano, and ``FAST_COMPILE`` keeps
    ``alloc(x, n)``, which raises when x has not n numbers.

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


def with_own_rewrites_in(query, linker=VMLinker):
    """Return `query` with the registered rewrites that its tags ask for.

    Parameters
    ----------
    query : RewriteDatabaseQuery
    linker : type
        Of the mode.
    """
    wanted = [
        (own.rewrite, own.position)
        for own in OWN
        if own.tags & set(query.include)
        and own.name not in query.exclude
        and set(query.require) <= own.tags
        and issubclass(linker, own.linker)
    ]
    broadcasts = bool({"fast_run", "fast_compile"} & set(query.include))
    if broadcasts and issubclass(linker, VMLinker):
        wanted.append((ScansBroadcastToo(), ScansBroadcastToo.POSITION))
    if "fast_compile" in query.include and "fast_run" not in query.include:
        # There a shape that does not fit is seen, as in Theano. FAST_RUN trusts it, as Theano's did.
        query = query.excluding("local_useless_alloc")
    if wanted:
        query = query.register(*wanted)
    return corrected(query) if broadcasts else query


def _extend(mode):
    query = mode._optimizer
    if not isinstance(query, RewriteDatabaseQuery):
        return mode
    linker = type(mode.linker)
    if with_own_rewrites_in(query, linker) is query:
        return mode
    extended = object.__new__(type(mode))  # a class of a program's own may have any arguments
    extended.__dict__.update(mode.__dict__)
    extended._optimizer = with_own_rewrites_in(query, linker)
    if isinstance(extended.provided_optimizer, RewriteDatabaseQuery):
        extended.provided_optimizer = with_own_rewrites_in(extended.provided_optimizer, linker)
    return extended


class WithOwnRewrites(SequenceDB):
    """PyTensor's sequence of rewrites; what is asked of it has this namespace's own too.

    What is registered in either is registered in both.

    Parameters
    ----------
    database : SequenceDB
    """

    def __init__(self, database):
        self.__dict__ = database.__dict__

    def query(self, *tags, **kwtags):
        """As :meth:`SequenceDB.query`."""
        if len(tags) == 1 and isinstance(tags[0], RewriteDatabaseQuery):
            tags = (with_own_rewrites_in(tags[0]),)
        return super().query(*tags, **kwtags)
