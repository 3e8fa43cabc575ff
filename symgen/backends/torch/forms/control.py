"""Checks, printing, and graphs inside an Op."""

import numpy as np
import torch
from pytensor.compile.builders import OpFromGraph
from pytensor.printing import Print
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.type import DenseTensorType

from symgen.backends.torch.arrays import to_host
from symgen.backends.torch.host import may_be_on_host
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code, emit_constant


@emits(CheckAndRaise)
def emit_check(scope, node, arguments):
    """The value, if all conditions hold; on a GPU this waits for them."""
    x, *conditions = arguments
    error, message = node.op.exc_type, node.op.msg

    def check(value, *tests):
        for test in tests:
            if not bool(test.all() if isinstance(test, torch.Tensor) else np.all(test)):
                raise error(message)
        return value

    tests = [value.name if value.constant is None else scope.number(value) for value in conditions]
    return Code(f"{scope.bind(check, 'check')}({', '.join([scope.tensor(x), *tests])})", (x,))


@emits(Print)
def emit_print(scope, node, arguments):
    """The value; it comes to the host to be printed."""
    op = node.op

    def show(value):
        op.global_fn(op, to_host(value))
        return value

    return Code(f"{scope.bind(show, 'show')}({scope.tensor(arguments[0])})", tuple(arguments))


@emits(OpFromGraph)
def emit_inner_graph(scope, node, arguments):
    """A function of its own."""
    inner = mutable(node.op.fgraph)
    program, expressions = compile_inner(scope, inner, arguments, str(node.op))
    dense = [isinstance(v.type, DenseTensorType) for v in node.outputs]
    function = on_device(program, dense, scope.device)
    if len(node.outputs) == 1:
        call = f"{scope.bind(function, 'inner')}({', '.join(expressions)})[0]"
    else:
        call = f"{scope.bind(function, 'inner')}({', '.join(expressions)})"
    return Code(call, tuple(arguments))


def mutable(fgraph):
    """A copy of an inner graph that may be rewritten."""
    return fgraph.unfreeze() if hasattr(fgraph, "unfreeze") else fgraph.clone()


def compile_inner(scope, fgraph, arguments, name):
    """Rewrite and compile a graph inside an Op whose inputs are `arguments`, one for one.

    Returns
    -------
    Program
    list of str
        The expressions that its inputs are given.
    """
    scope.rewrite(fgraph)
    host, expressions = set(), []
    for variable, value in zip(fgraph.inputs, arguments, strict=True):
        if value.on_host and may_be_on_host(variable) and not _is_big(value):
            host.add(variable)
            expressions.append(value.name or emit_constant(scope, value))
        else:
            expressions.append(scope.tensor(value))
    program = scope.program(
        fgraph, scope.device, scope.rewrite, host, name, own_outputs=False, reuse=scope.reuse
    )
    return program, expressions


def _is_big(value):
    return value.constant is not None and np.ndim(value.constant) > 0


def on_device(program, dense, device):
    """The program's function with all outputs that are tensors on the device."""
    if not any(h and d for h, d in zip(program.on_host, dense, strict=True)):
        return program.function
    function, on_host = program.function, program.on_host

    def compute(*arguments):
        return tuple(
            torch.as_tensor(np.asarray(value), device=device) if h and d else value
            for value, h, d in zip(function(*arguments), on_host, dense, strict=True)
        )

    return compute
