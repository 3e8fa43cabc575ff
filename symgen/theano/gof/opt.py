"""``theano.gof.opt``: rewrites of graphs, in Theano's forms: ``transform(self, node)``."""

import functools
import inspect

# fmt: off
from pytensor.graph.rewriting.basic import (
    ChangeTracker, CheckStackTraceRewriter as CheckStackTraceOptimization,
    EquilibriumGraphRewriter, FromFunctionGraphRewriter as FromFunctionOptimizer,
    FromFunctionNodeRewriter, GraphRewriter, MergeFeature, MergeOptimizer,
    NodeProcessingGraphRewriter as NavigatorOptimizer, NodeRewriter,
    PatternNodeRewriter as PatternSub, SequentialGraphRewriter as SeqOptimizer,
    SequentialNodeRewriter as LocalOptGroup, SubstitutionNodeRewriter as OpSub,
    WalkingGraphRewriter as TopoOptimizer, copy_stack_trace,
    graph_rewriter as optimizer, in2out, inplace_graph_rewriter as inplace_optimizer, merge_dict,
    node_rewriter, out2in, pre_constant_merge,
    pre_greedy_node_rewriter as pre_greedy_local_optimizer,
)
# fmt: on
from pytensor.graph.rewriting.basic import check_stack_trace as check_of_pytensor

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)

if not hasattr(GraphRewriter, "optimize"):
    GraphRewriter.optimize = GraphRewriter.rewrite  # Theano's name, for rewrites of either


def check_stack_trace(f_or_fgraph, ops_to_check="last", bug_print="raise"):
    """Return whether the outputs of some nodes know the line of the program that they come from.

    Parameters
    ----------
    f_or_fgraph : function or FunctionGraph
    ops_to_check : {"last", "all"}, Op, class of Ops, list of these, or callable
        The nodes: of the outputs, all, those with these Ops, or those for which ``f(node)`` is true.
    bug_print : {"raise", "warn", "ignore"}
        What to do when there is no such node.
    """
    if not (isinstance(ops_to_check, str) or inspect.isroutine(ops_to_check)):
        wanted = ops_to_check if isinstance(ops_to_check, list | tuple) else [ops_to_check]
        classes = tuple(one for one in wanted if inspect.isclass(one))
        ops = [one for one in wanted if not inspect.isclass(one)]

        def ops_to_check(node):
            parts = (node.op, getattr(node.op, "scalar_op", None))
            return any(isinstance(part, classes) for part in parts) or node.op in ops

    return check_of_pytensor(f_or_fgraph, ops_to_check, bug_print)


class _Kind(type(GraphRewriter)):
    """The class stands for PyTensor's: the objects of that one are instances of it."""

    def __instancecheck__(cls, instance):
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass):
        stands_for = cls.__dict__.get("stands_for")
        if stands_for is not None:
            return stands_for in subclass.__mro__
        return cls in subclass.__mro__


class Optimizer(GraphRewriter, metaclass=_Kind):
    """A rewrite of a whole graph: a subclass has ``apply(self, fgraph)``."""

    stands_for = GraphRewriter


class LocalOptimizer(NodeRewriter, metaclass=_Kind):
    """A rewrite of one node: a subclass has ``transform(self, node)``, and perhaps ``tracks``.

    ``transform`` returns the new outputs, or False.
    """

    stands_for = NodeRewriter

    def __init_subclass__(cls, **kwargs):
        method = vars(cls).get("transform")
        if method is not None:
            cls.transform = _taking_graph(method)
        super().__init_subclass__(**kwargs)


class FromFunctionLocalOptimizer(FromFunctionNodeRewriter):
    """A rewrite of one node by a function of the node."""

    def __init__(self, fn, tracks=None, requirements=()):
        super().__init__(_function_of_graph(fn), tracks, requirements)

    def transform(self, *arguments, **keywords):
        """Return the new outputs of a node, or False: ``transform(node)``."""
        arguments = arguments if len(arguments) > 1 else (None, *arguments)
        return super().transform(*arguments, **keywords)


def local_optimizer(tracks, inplace=False, requirements=()):
    """Return a decorator that makes a rewrite of ``f(node)``.

    Parameters
    ----------
    tracks : list of Op or of classes of Ops, or None
        The nodes that it is for; None is all.
    inplace : bool
        Whether it makes Ops destroy their inputs.
    requirements : tuple of callable
        Called with the graph before.

    Raises
    ------
    ValueError
        For an empty list, or what is no Op.
    """

    def decorate(f):
        try:
            made = node_rewriter(tracks, inplace, requirements)(f)
        except TypeError as error:
            raise ValueError(str(error)) from error
        rewrite = FromFunctionLocalOptimizer(f, tracks, made.requirements)
        rewrite.__name__ = f.__name__
        return rewrite

    return decorate


def EquilibriumOptimizer(
    optimizers,
    failure_callback=None,
    ignore_newtrees=True,
    tracks_on_change_inputs=False,
    max_use_ratio=None,
    final_optimizers=None,
    cleanup_optimizers=None,
):
    """Return the rewrite that applies others until nothing changes.

    Parameters
    ----------
    optimizers : list
        Rewrites of nodes and of graphs.
    max_use_ratio : float, optional
        How often each may be used, in multiples of the number of nodes.
    failure_callback, ignore_newtrees, tracks_on_change_inputs, final_optimizers, \\
    cleanup_optimizers
        As in PyTensor.
    """
    if max_use_ratio is None:
        from symgen.theano.configparser import config

        max_use_ratio = config.optdb.max_use_ratio
    return EquilibriumGraphRewriter(
        optimizers,
        failure_callback=failure_callback,
        ignore_newtrees=ignore_newtrees,
        tracks_on_change_inputs=tracks_on_change_inputs,
        max_use_ratio=max_use_ratio,
        final_rewriters=final_optimizers,
        cleanup_rewriters=cleanup_optimizers,
    )


def inherit_stack_trace(from_var):
    """Return a context in which new variables take the traces of `from_var`."""
    from symgen.errors import NotSupportedError

    raise NotSupportedError(
        "copy_stack_trace, after the new variables are made",
        "inherit_stack_trace",
        "Call theano.gof.opt.copy_stack_trace(old, new).",
    )


def check_chain(r, *chain):
    """Whether `r` is computed by these Ops, each reading the one after it.

    Parameters
    ----------
    r : Variable or Apply
    *chain : Op, class of Ops, or function of an Op that says yes or no
    """
    if hasattr(r, "owner"):
        r = r.owner
    for step in chain:
        if r is None:
            return False
        if isinstance(step, type):
            fits = isinstance(r.op, step)
        else:
            fits = r.op == step or (inspect.isfunction(step) and step(r.op))
        if not fits:
            return False
        r = next((i.owner for i in r.inputs if i.owner is not None), None)
    return True


def _function_of_graph(function):
    """``f(node)`` as PyTensor's ``f(fgraph, node)``; the latter is taken as it is."""
    count = len(inspect.signature(function).parameters)
    if count != 1:
        return function

    @functools.wraps(function)
    def call(fgraph, node):
        node.fgraph = fgraph
        return function(node)

    return call


def _taking_graph(method):
    """``transform(self, node)``, called with a graph before the node or without."""
    if len(inspect.signature(method).parameters) != 2:
        return method

    @functools.wraps(method)
    def transform(self, *arguments, **keywords):
        if len(arguments) == 2:
            arguments[1].fgraph = arguments[0]
        return method(self, arguments[-1])

    return transform
