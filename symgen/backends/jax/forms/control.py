"""Checks, printing, conditions, graphs within a graph."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.mode import optdb, predefined_optimizers
from pytensor.compile.ops import DeepCopyOp, ViewOp
from pytensor.link.jax.dispatch.basic import jax_funcify
from pytensor.printing import Print
from pytensor.raise_op import CheckAndRaise

from symgen.backends.jax import checks
from symgen.backends.jax.convert import (
    DEVICE_ONLY,
    as_jax,
    convert,
    form,
    on_host,
    pytensor_form,
)
from symgen.rewrites.corrected import corrected
from symgen.rewrites.window_slice import windows_everywhere

try:
    from pytensor.conditional.op import IfElse, LazyIfElse
except ImportError:  # PyTensor 3.0
    from pytensor.ifelse import IfElse

    LazyIfElse = None

# PyTensor's own way to keep shapes out of JAX's hands, which symgen's linker does otherwise; and
# XLA fuses by itself.
NOT_NEEDED = ("jax_shape_parameter_as_tuple", "jax_size_parameter_as_tuple", "fusion")

DEVICE_ONLY.extend([Print, OpFromGraph, IfElse])


def inner_graph(graph):
    """A graph that an Op holds, rewritten for JAX."""
    if hasattr(graph, "unfreeze"):
        graph = graph.unfreeze()  # PyTensor 3.3 has rewritten it
        windows_everywhere.rewrite(graph)
        return graph
    graph = graph.clone()
    windows_everywhere.rewrite(graph)
    query = corrected(predefined_optimizers["fast_run"].including("jax"))
    optdb.query(query.excluding("inplace", "BlasOpt", "cxx_only", *NOT_NEEDED)).rewrite(graph)
    return graph


@form.register(CheckAndRaise)
def check_form(op, node):
    """The value; a condition that fails raises after the call, with the state as before."""

    def check(x, *conditions):
        for condition in conditions:
            if on_host(condition):
                if not np.all(condition):
                    raise op.exc_type(op.msg)
            else:
                checks.record(jnp.all(condition), op.exc_type(op.msg))
        return x

    return check


@form.register(Print)
def print_form(op, node):
    """The value, printed on the host each time."""

    def show(x):
        jax.debug.callback(lambda value: op.global_fn(op, np.asarray(value)), x, ordered=False)
        return x

    return show


@form.register(ViewOp)
@form.register(DeepCopyOp)
def copy_form(op, node):
    """The value: XLA never writes into one that is still needed."""
    return lambda x: x


@form.register(IfElse)
def ifelse_form(op, node):
    """One of two groups of values."""
    n = op.n_outs

    def ifelse(condition, *values):
        values = [as_jax(v, variable) for v, variable in zip(values, node.inputs[1:], strict=True)]
        yes, no = tuple(values[:n]), tuple(values[n:])
        if on_host(condition):
            return yes if condition else no
        if all(a.shape == b.shape for a, b in zip(yes, no, strict=True)):
            return lax.cond(jnp.asarray(condition, bool), lambda: yes, lambda: no)
        raise ValueError("the two branches have different shapes")

    return ifelse


@form.register(OpFromGraph)
def op_from_graph_form(op, node):
    """The graph within, as if it stood here; a softmax, for example, has a form of its own."""
    if jax_funcify.dispatch(type(op)) is not jax_funcify.dispatch(OpFromGraph):
        return pytensor_form(op, node)
    function = convert(inner_graph(op.fgraph))
    return lambda *values: tuple(function(*values))


if LazyIfElse is not None:
    DEVICE_ONLY.append(LazyIfElse)

    @form.register(LazyIfElse)
    def lazy_ifelse_form(op, node):
        """One of two graphs, run."""
        branches = [convert(inner_graph(b.fgraph)) for b in (op.true_branch, op.false_branch)]

        def lazy_ifelse(condition, *values):
            if on_host(condition):
                return tuple(branches[0 if condition else 1](*values))
            errors = []

            def outcome(branch):
                with checks.collecting() as found:
                    results = branch(*values)
                errors.extend(error for _, error in found)
                holds = (
                    jnp.all(jnp.stack([flag for flag, _ in found])) if found else jnp.array(True)
                )
                return [as_jax(v, o) for v, o in zip(results, node.outputs, strict=True)], holds

            yes, no = branches
            results, holds = lax.cond(
                jnp.asarray(condition, bool), lambda: outcome(yes), lambda: outcome(no)
            )
            if errors:
                checks.record(holds, errors[0])
            return tuple(results)

        return lazy_ifelse
