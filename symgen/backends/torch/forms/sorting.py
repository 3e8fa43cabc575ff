"""Order, running sums, and what is where."""

import torch
from pytensor.tensor.basic import Nonzero
from pytensor.tensor.extra_ops import CumOp, SearchsortedOp, Unique
from pytensor.tensor.sort import ArgSortOp, SortOp

from symgen.backends.torch.dtypes import check_arithmetic, torch_dtype
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code


def _axis(scope, node, arguments):
    """The axis: a property of the Op in PyTensor 3.3, an input in 3.0."""
    if len(arguments) == 1:
        return repr(node.op.axis)
    return scope.integer(arguments[1])


@emits(SortOp)
def emit_sort(scope, node, arguments):
    """Sorted along an axis."""
    check_arithmetic([arguments[0].variable], str(node))
    axis = _axis(scope, node, arguments)
    return Code(f"{scope.bind(torch.sort, 'sort')}({scope.tensor(arguments[0])}, dim={axis}).values")


@emits(ArgSortOp)
def emit_argsort(scope, node, arguments):
    """The places in sorted order, equal ones as they come."""
    check_arithmetic([arguments[0].variable], str(node))
    axis = _axis(scope, node, arguments)
    call = scope.bind(torch.argsort, "argsort")
    return Code(f"{call}({scope.tensor(arguments[0])}, dim={axis}, stable=True)")


@emits(CumOp)
def emit_cumulative(scope, node, arguments):
    """Running sum or product."""
    check_arithmetic([arguments[0].variable], str(node))
    call = scope.bind(torch.cumsum if node.op.mode == "add" else torch.cumprod, "cumulative")
    name = node.outputs[0].type.dtype
    dtype = scope.bind(torch_dtype(name, str(node)), name)
    return Code(f"{call}({scope.tensor(arguments[0])}, dim={node.op.axis}, dtype={dtype})")


@emits(Nonzero)
def emit_nonzero(scope, node, arguments):
    """A vector of places for each axis."""
    call = f"{scope.bind(torch.nonzero, 'nonzero')}({scope.tensor(arguments[0])}, as_tuple=True)"
    return Code(f"{call}[0]" if len(node.outputs) == 1 else call)


@emits(SearchsortedOp)
def emit_searchsorted(scope, node, arguments):
    """Where values go into a sorted vector."""
    x, v, *sorter = (scope.tensor(value) for value in arguments)
    order = f", sorter={sorter[0]}.to({scope.bind(torch.int64, 'int64')})" if sorter else ""
    call = scope.bind(torch.searchsorted, "searchsorted")
    return Code(f"{call}({x}, {v}.contiguous(), right={node.op.side == 'right'}{order})")


@emits(Unique)
def emit_unique(scope, node, arguments):
    """The distinct entries in order, and first places, inverse and counts where asked for."""
    op = node.op
    wanted = (bool(op.return_index), bool(op.return_inverse), bool(op.return_counts))
    return Code(f"{scope.bind(_unique, 'unique')}({scope.tensor(arguments[0])}, {op.axis}, {wanted})")


def _unique(x, axis, wanted):
    values, inverse, counts = torch.unique(x, return_inverse=True, return_counts=True, dim=axis)
    inverse = inverse.reshape(-1)
    places = torch.arange(inverse.numel(), device=x.device)
    first = torch.full_like(counts, inverse.numel())
    first = first.scatter_reduce(0, inverse, places, "amin")
    extra = (part for part, want in zip((first, inverse, counts), wanted, strict=True) if want)
    results = (values, *extra)
    return results if len(results) > 1 else values
