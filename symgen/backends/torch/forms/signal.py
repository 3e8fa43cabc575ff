"""Convolutions of one channel, as ``numpy.convolve`` and ``scipy.signal.convolve`` have them."""

import torch
from pytensor.tensor.signal.conv import Convolve1d, Convolve2d
from torch.nn import functional

from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code


def is_convolution(op):
    """Whether an Op is one of these."""
    return isinstance(op, Convolve1d | Convolve2d)


@emits(Convolve1d, Convolve2d)
def emit_single(scope, node, arguments):
    """A convolution without batch axes."""
    return emit_convolution(scope, node.op, node, arguments)


def emit_convolution(scope, op, node, arguments):
    """A convolution of pairs of arrays along their last axes."""
    x, kernel, full = arguments
    dtype = node.outputs[0].type.dtype
    a, b = (scope.cast(scope.tensor(value), value, dtype) for value in (x, kernel))
    full = scope.number(full) if full.is_number else f"bool({full.name})"
    return Code(f"{scope.bind(_convolve, 'convolve')}({a}, {b}, {full}, {op.ndim})")


def _convolve(x, kernel, full, ndim):
    batch = torch.broadcast_shapes(x.shape[:-ndim], kernel.shape[:-ndim])
    core = x.shape[-ndim:], kernel.shape[-ndim:]
    # The larger first: a valid convolution does not ask for an order.
    if not full and all(k > n for n, k in zip(*core, strict=True)):
        x, kernel = kernel, x
        core = core[::-1]
    dtype = x.dtype
    if not dtype.is_floating_point:
        x, kernel = x.double(), kernel.double()
    x = x.expand(*batch, *core[0]).reshape(1, -1, *core[0])
    kernel = kernel.expand(*batch, *core[1]).reshape(-1, 1, *core[1])
    kernel = kernel.flip(tuple(range(2, 2 + ndim)))
    padding = [n - 1 for n in core[1]] if full else 0
    call = functional.conv1d if ndim == 1 else functional.conv2d
    result = call(x, kernel, padding=padding, groups=kernel.shape[0])
    result = result.reshape(*batch, *result.shape[2:])
    return result if result.dtype == dtype else result.round().to(dtype)
