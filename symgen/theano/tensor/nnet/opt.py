"""``theano.tensor.nnet.opt``: rewrites of graphs with a softmax that Theano had and PyTensor lacks.

Modes ``FAST_RUN`` and ``FAST_COMPILE`` of :func:`theano.function` include them.

- ``log(softmax(x))`` becomes the stable log-softmax in ``FAST_COMPILE`` too.
- The gradient of ``-log(softmax(x)[rows, classes])`` is finite where a probability underflows to 0.
- A negative class of such a cross-entropy, or of its gradient, raises ``ValueError``; a plain index
  wraps.
"""

import numpy as np
from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import copy_stack_trace, node_rewriter
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.basic import ARange, get_underlying_scalar_constant_value
from pytensor.tensor.exceptions import NotScalarConstantError
from pytensor.tensor.math import all as all_of
from pytensor.tensor.math import ge, log, mul, true_div
from pytensor.tensor.rewriting.math import local_mul_canonizer
from pytensor.tensor.rewriting.special import local_logsoftmax
from pytensor.tensor.special import Softmax
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    indices_from_subtensor,
)

from symgen.theano._missing import attribute_lookup
from symgen.theano.compile import own_rewrites

__all__ = ["local_check_classes", "local_logsoftmax", "local_softmax_times_scattered"]

__getattr__ = attribute_lookup(__name__)


@node_rewriter([mul])
def local_softmax_times_scattered(fgraph, node):
    """Multiply a softmax only where the other factor has been filled in.

    ``softmax(x) * zeros[i] <- v`` becomes ``zeros[i] <- v * softmax(x)[i]``. In the gradient of a
    cross-entropy, v is ``-1 / softmax(x)[i]``, and the product cancels before it can be ``inf * 0``.
    """
    for scattered in node.inputs:
        if scattered.owner is None or not isinstance(scattered.owner.op, AdvancedIncSubtensor):
            continue
        base, values, *variables = scattered.owner.inputs
        for factor in node.inputs:
            if (
                factor.owner is None
                or not isinstance(factor.owner.op, Softmax)
                or factor.type.broadcastable != scattered.type.broadcastable
                or factor.type.dtype != scattered.type.dtype
                or not _is_zero(base)
            ):
                continue
            indices = indices_from_subtensor(variables, scattered.owner.op.idx_list)
            product = _cancelled(fgraph, values, _part(fgraph, factor, tuple(indices)))
            rest = [v for v in node.inputs if v is not scattered and v is not factor]
            if len(rest) != len(node.inputs) - 2 or product.type.dtype != factor.type.dtype:
                continue
            output = scattered.owner.op(base, product, *variables)
            return [mul(output, *rest) if rest else output]
    return None


def _part(fgraph, whole, indices):
    """``whole[indices]``, the graph's own where it has one."""
    part = whole[indices]
    for node, _ in fgraph.clients[whole]:
        if node.op == part.owner.op and node.inputs == part.owner.inputs:
            return node.outputs[0]
    return part


def _cancelled(fgraph, values, part):
    """``values * part``, without the factors that cancel."""
    product = mul(values, part)
    simpler = local_mul_canonizer.transform(fgraph, product.owner)
    return simpler[0] if simpler else product


def _is_zero(base):
    try:
        return get_underlying_scalar_constant_value(base) == 0
    except NotScalarConstantError:
        return False


not_negative = CheckAndRaise(ValueError, "y_i value out of bounds")


def checked_classes(classes):
    """`classes`, which raise ValueError when the function runs and one of them is negative."""
    if classes.dtype.startswith("uint"):
        return classes
    return not_negative(classes, all_of(ge(classes, 0)))


@node_rewriter([AdvancedSubtensor, AdvancedIncSubtensor])
def local_check_classes(fgraph, node):
    """Refuse negative classes in the cross-entropy of a softmax, and in its gradient.

    The cross-entropy is ``log(softmax(x))[arange(n), classes]`` or the logarithm of
    ``softmax(x)[arange(n), classes]``. Theano had an Op for it, which did not wrap.
    """
    first = 1 if isinstance(node.op, AdvancedSubtensor) else 2
    indices = node.inputs[first:]
    if tuple(node.op.idx_list) != (0, 1) or node.inputs[0].type.ndim != 2:
        return None
    rows, classes = indices
    if not counts_up(rows) or _is_checked(classes):
        return None
    of_softmax = _is_read if first == 1 else _is_gradient
    if not of_softmax(fgraph, node):
        return None
    checked = next(
        (
            client.outputs[0]
            for client, _ in fgraph.clients[classes]
            if getattr(client, "op", None) == not_negative
        ),
        None,
    )
    checked = checked_classes(classes) if checked is None else checked
    new = node.op(*node.inputs[:first], rows, checked)
    copy_stack_trace(node.outputs[0], new)
    return [new]


def counts_up(rows):
    """Whether an index is an ``arange``, or a constant that is one."""
    if isinstance(rows, Constant):
        return rows.type.ndim == 1 and np.array_equal(rows.data, np.arange(len(rows.data)))
    return rows.owner is not None and isinstance(rows.owner.op, ARange)


def _is_checked(classes):
    """Whether there is nothing to check in an index."""
    if classes.type.ndim != 1 or not classes.dtype.startswith("int"):
        return True
    if isinstance(classes, Constant):
        return bool(np.all(classes.data >= 0))
    return classes.owner is not None and classes.owner.op == not_negative


def _is_softmax(variable):
    return variable.owner is not None and isinstance(variable.owner.op, Softmax)


def _is_read(fgraph, node):
    """Whether a part of a softmax is read whose logarithm is taken, before or after."""
    read = node.inputs[0]
    if read.owner is not None and read.owner.op == log:
        return _is_softmax(read.owner.inputs[0])
    takes_log = any(getattr(c, "op", None) == log for c, _ in fgraph.clients[node.outputs[0]])
    return takes_log and _is_softmax(read)


def _is_gradient(fgraph, node):
    """Whether what is scattered goes back through a softmax."""
    readers = (client for client, _ in fgraph.clients[node.outputs[0]])
    return any(
        getattr(reader, "op", None) in (mul, true_div) and any(map(_is_softmax, reader.inputs))
        for reader in readers
    )


own_rewrites.register(
    "local_check_classes",
    own_rewrites.InScansToo(local_check_classes),
    0.8,
    "fast_run",
    "fast_compile",
)
# Before the canonical forms, and once more when constants have gone into the steps of loops.
for _position in (0.9, 1.65):
    own_rewrites.register(
        "local_softmax_times_scattered",
        own_rewrites.InScansToo(local_softmax_times_scattered),
        _position,
        "fast_run",
        "fast_compile",
    )
own_rewrites.register(
    "local_logsoftmax", own_rewrites.InScansToo(local_logsoftmax), 2.1, "fast_compile"
)
