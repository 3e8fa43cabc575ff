"""Softmax and its logarithm, which PyTensor has as graphs inside an Op."""

import torch
from pytensor.tensor.special import LogSoftmax, Softmax

from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code


@emits(Softmax, LogSoftmax)
def emit_softmax(scope, node, arguments):
    """One call along an axis, over everything if the axis is None."""
    call = torch.softmax if isinstance(node.op, Softmax) else torch.log_softmax
    (x,) = arguments
    name, axis = scope.tensor(x), node.op.axis
    axes = tuple(range(x.variable.type.ndim)) if axis is None else axis
    if isinstance(axes, tuple) and len(axes) == 1:
        axes = axes[0]
    if isinstance(axes, tuple):
        return Code(f"{scope.bind(_over_axes, 'softmax')}({scope.bind(call, 'call')}, {name}, {axes})")
    return Code(f"{scope.bind(call, 'softmax')}({name}, {axes})")


def _over_axes(call, x, axes):
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    order = [*kept, *axes]
    moved = x.permute(order)
    flat = call(moved.reshape(*moved.shape[: len(kept)], -1), -1).reshape(moved.shape)
    back = [order.index(axis) for axis in range(x.ndim)]
    return flat.permute(back)
