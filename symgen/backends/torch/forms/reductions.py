"""Sums, products, extremes and their places, along axes."""

import math

import pytensor.scalar.basic as ps
import torch
from pytensor.tensor.elemwise import CAReduce
from pytensor.tensor.math import Argmax, MulWithoutZeros

from symgen.backends.torch.dtypes import check_arithmetic, torch_dtype
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code
from symgen.errors import BackendError


def _product(x, axes, dtype):
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    flat = x.permute(*kept, *axes).reshape(*(x.shape[k] for k in kept), -1) if axes else x
    return torch.prod(flat, dim=-1, dtype=dtype) if axes else x.to(dtype)


def _product_without_zeros(x, axes, dtype):
    product = _product(torch.where(x != 0, x, torch.ones_like(x)), axes, dtype)
    if not axes:
        return torch.where(x != 0, product, torch.zeros_like(product))
    found = torch.any(x != 0, dim=axes)
    return torch.where(found, product, torch.zeros_like(product))


def _parity(x, axes, dtype):
    return torch.remainder(torch.sum(x, dim=axes), 2).to(dtype)


@emits(CAReduce)
def emit_reduction(scope, node, arguments):
    """A reduction with one ``torch`` call over all its axes."""
    (x,) = arguments
    output = node.outputs[0]
    check_arithmetic([x.variable, output], str(node))
    ndim = x.variable.type.ndim
    axes = tuple(range(ndim)) if node.op.axis is None else tuple(node.op.axis)
    dtype = scope.bind(torch_dtype(output.type.dtype, str(node)), output.type.dtype)
    kind, name = type(node.op.scalar_op), scope.tensor(x)
    if not axes:
        if kind in (ps.AND, ps.OR) and output.type.dtype == "bool":
            return Code(f"{name} != 0")
        return Code(f"{name}.to({dtype}, copy=True)")
    everything = len(axes) == ndim
    dims = "" if everything else f", dim={axes if len(axes) > 1 else axes[0]}"
    if kind is ps.Add:
        return Code(f"{scope.bind(torch.sum, 'sum')}({name}{dims}, dtype={dtype})")
    if kind in (ps.Maximum, ps.Minimum):
        call = torch.amax if kind is ps.Maximum else torch.amin
        return Code(f"{scope.bind(call, 'extreme')}({name}, dim={axes})")
    if kind in (ps.AND, ps.OR) and output.type.dtype == "bool":
        call = torch.all if kind is ps.AND else torch.any
        dims = "" if everything else f", dim={axes}"
        return Code(f"{scope.bind(call, 'logical')}({name}{dims})")
    helpers = {ps.Mul: _product, MulWithoutZeros: _product_without_zeros}
    if output.type.dtype == "bool":
        helpers[ps.XOR] = _parity
    if kind not in helpers:
        raise BackendError(
            "a reduction that backend 'torch' has",
            f"{node.op} in {node}",
            "Use sum, prod, max, min, all or any, or backend 'c' or 'py'.",
        )
    return Code(f"{scope.bind(helpers[kind], 'reduce')}({name}, {axes}, {dtype})")


def _argmax(x, axes):
    if x.dtype == torch.bool:
        x = x.to(torch.uint8)
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    shape = [x.shape[k] for k in kept]
    flat = x.permute(*kept, *axes).reshape(*shape, math.prod(x.shape[a] for a in axes))
    return torch.argmax(flat, dim=-1)


@emits(Argmax)
def emit_argmax(scope, node, arguments):
    """The first place of the largest value."""
    (x,) = arguments
    check_arithmetic([x.variable], str(node))
    ndim = x.variable.type.ndim
    axes = tuple(range(ndim)) if node.op.axis is None else tuple(node.op.axis)
    name = scope.tensor(x)
    if len(axes) == 1 and x.dtype != "bool":
        return Code(f"{scope.bind(torch.argmax, 'argmax')}({name}, dim={axes[0]})")
    return Code(f"{scope.bind(_argmax, 'argmax')}({name}, {axes})")
