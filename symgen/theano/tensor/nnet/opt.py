"""``theano.tensor.nnet.opt``: rewrites of graphs with a softmax that Theano had and PyTensor lacks.

Modes ``FAST_RUN`` and ``FAST_COMPILE`` of :func:`theano.function` include them.

- ``log(softmax(x))`` becomes the stable log-softmax in ``FAST_COMPILE`` too.
- The gradient of ``-log(softmax(x)[rows, classes])`` is finite where a probability underflows to 0.
"""

from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.basic import get_underlying_scalar_constant_value
from pytensor.tensor.exceptions import NotScalarConstantError
from pytensor.tensor.math import mul
from pytensor.tensor.rewriting.math import local_mul_canonizer
from pytensor.tensor.rewriting.special import local_logsoftmax
from pytensor.tensor.special import Softmax
from pytensor.tensor.subtensor import AdvancedIncSubtensor, indices_from_subtensor

from symgen.theano._missing import attribute_lookup
from symgen.theano.compile import own_rewrites

__all__ = ["local_logsoftmax", "local_softmax_times_scattered"]

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
