"""Ops with C code in place of those that PyTensor's C backend would run in Python.

Each rewrite swaps one of PyTensor's Ops for one of :mod:`symgen.ops` that gives the same numbers:

- ``Softmax``, ``LogSoftmax`` over any axes: :class:`~symgen.ops.softmax.TrailingSoftmax`;
- ``x[i, j]`` with integer arrays: :class:`~symgen.ops.indexing.Gather`;
- ``inc_subtensor`` and ``set_subtensor`` of ``x[i]``, ``x[i, j]`` with integer arrays, which is also
  the gradient of reading there: :class:`~symgen.ops.indexing.Scatter`;
- ``argmax`` over several axes, not all: over one, after a reshape.

Boolean masks stay with PyTensor, and with NumPy.
"""

import math

import numpy as np
from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.tensor import subtensor
from pytensor.tensor.math import Argmax
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor

from symgen.ops.indexing import Gather, Scatter
from symgen.ops.indexing.op import INDEX_DTYPES
from symgen.ops.softmax import TrailingSoftmax

# PyTensor 3.0 has an Op of its own for one index vector; 3.3 has not.
_IncRows = getattr(subtensor, "AdvancedIncSubtensor1", None)


@node_rewriter([Softmax, LogSoftmax])
def use_trailing_softmax(fgraph, node):
    """Move the axes of a softmax last and take the Op with C code."""
    (x,) = node.inputs
    dtype = node.outputs[0].type.dtype
    if dtype not in ("float32", "float64") or x.type.ndim == 0:
        return None
    ndim = x.type.ndim
    axes = range(ndim) if node.op.axis is None else [axis % ndim for axis in node.op.axis]
    order = [*(axis for axis in range(ndim) if axis not in axes), *sorted(axes)]
    back = [order.index(axis) for axis in range(ndim)]
    op = TrailingSoftmax(len(axes), isinstance(node.op, LogSoftmax))
    result = op(x.astype(dtype).dimshuffle(order)).dimshuffle(back)
    return [_typed(result, node.outputs[0])]


@node_rewriter([Argmax])
def use_one_axis_argmax(fgraph, node):
    """Make several axes of an ``argmax`` one."""
    (x,) = node.inputs
    axes, ndim = node.op.axis, node.inputs[0].type.ndim
    if axes is None or len(axes) == 1:
        return None
    if len(axes) == ndim:
        return [Argmax(None)(x)]
    kept = [axis for axis in range(ndim) if axis not in axes]
    moved = x.dimshuffle([*kept, *axes])
    length = math.prod(x.shape[axis] for axis in axes)
    flat = moved.reshape([*(x.shape[axis] for axis in kept), length], ndim=len(kept) + 1)
    return [_typed(Argmax((len(kept),))(flat), node.outputs[0])]


@node_rewriter([AdvancedSubtensor])
def use_gather(fgraph, node):
    """Read with several integer arrays in C; PyTensor's C code has the case of one."""
    x, *indices = node.inputs
    if len(indices) < 2 or not _plain(node.op, indices):
        return None
    return [_typed(Gather()(x, *indices), node.outputs[0])]


@node_rewriter([AdvancedIncSubtensor, _IncRows] if _IncRows else [AdvancedIncSubtensor])
def use_scatter(fgraph, node):
    """Write with integer arrays in C."""
    op = node.op
    x, y, *indices = node.inputs
    add = not op.set_instead_of_inc
    if not _plain(op, indices) or getattr(op, "ignore_duplicates", False):
        return None
    if x.type.dtype.startswith("complex") or (add and x.type.dtype == "bool"):
        return None
    if not np.can_cast(y.type.dtype, x.type.dtype, "same_kind") or "float16" in (
        x.type.dtype,
        y.type.dtype,
    ):
        return None
    rows = max(index.type.ndim for index in indices)
    if y.type.ndim > rows + x.type.ndim - len(indices):
        return None
    one_vector = len(indices) == 1 and rows == 1
    strict = one_vector and hasattr(op, "_runtime_broadcast_error_msg")
    return Scatter(add=add, inplace=op.inplace, strict=strict).make_node(x, y, *indices).outputs


def _plain(op, indices):
    """Whether the indices are integer arrays, for the first axes."""
    return tuple(op.idx_list) == tuple(range(len(indices))) and all(
        index.type.dtype in INDEX_DTYPES for index in indices
    )


def _typed(variable, like):
    """`variable`, with what is known of the static shape of `like`, which it replaces."""
    return variable if variable.type == like.type else like.type.filter_variable(variable)


# Before fusion, where PyTensor 3.3 takes softmaxes apart.
use_c_softmax = out2in(use_trailing_softmax, use_one_axis_argmax, name="use_c_softmax")
# At the very end, when it is settled what is written in place.
use_c_indexing = out2in(use_gather, use_scatter, name="use_c_indexing")
