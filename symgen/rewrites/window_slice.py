"""Slices whose length is a constant, though their start is not, become an Op that says so.

``X[i * 5 : (i + 1) * 5]`` always has five rows (or fewer, past the end). Compilers that need shapes
beforehand can only run it when they know that. Registered before PyTensor computes shapes, it makes
``x.shape[0]`` the constant 5 too.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor.scalar.basic import Add, Cast, Mul, Neg, Sub
from pytensor.tensor.basic import (
    ARange,
    ScalarFromTensor,
    TensorFromScalar,
    get_scalar_constant_value,
)
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.exceptions import NotScalarConstantError
from pytensor.tensor.subtensor import Subtensor, indices_from_subtensor
from pytensor.tensor.type import TensorType

from symgen.ops.window_slice import WindowSlice

# Where PyTensor's optimizer computes shapes (0.1) the rewrite has to be done.
POSITION = 0.02


def linear_form(variable):
    """An integer scalar as ``constant + sum of coefficient * variable``.

    Parameters
    ----------
    variable : integer scalar variable, or int

    Returns
    -------
    (int, dict of variable to int) or None
        None when a constant in it is not a scalar.
    """
    total, terms = 0, {}
    todo = [(variable, 1)]
    while todo:
        v, factor = todo.pop()
        number = integer_constant(v)
        if number is not None:
            total += factor * number
            continue
        op = v.owner.op if v.owner is not None else None
        inputs = v.owner.inputs if v.owner is not None else ()
        scalar_op = op.scalar_op if isinstance(op, Elemwise) else op
        numbers = [integer_constant(i) for i in inputs]
        if isinstance(op, ScalarFromTensor | TensorFromScalar | DimShuffle) or (
            isinstance(scalar_op, Cast) and _keeps_integers(inputs[0].type.dtype, v.type.dtype)
        ):
            todo.append((inputs[0], factor))
        elif isinstance(scalar_op, Add):
            todo.extend((i, factor) for i in inputs)
        elif isinstance(scalar_op, Sub):
            todo.extend([(inputs[0], factor), (inputs[1], -factor)])
        elif isinstance(scalar_op, Neg):
            todo.append((inputs[0], -factor))
        elif isinstance(scalar_op, Mul) and sum(n is None for n in numbers) == 1:
            product = np.prod([n for n in numbers if n is not None], dtype=object)
            todo.append((inputs[numbers.index(None)], factor * int(product)))
        elif v.type.ndim:
            return None
        else:
            terms[v] = terms.get(v, 0) + factor
    return total, {v: factor for v, factor in terms.items() if factor}


def constant_difference(stop, start):
    """``stop - start`` if that is the same number whatever the variables are, else None."""
    upper, lower = linear_form(stop), linear_form(start)
    if upper is None or lower is None or upper[1] != lower[1]:
        return None
    return upper[0] - lower[0]


@node_rewriter([Subtensor])
def slice_to_window(fgraph, node):
    """``x[start : start + length]`` becomes :class:`WindowSlice`, axis by axis."""
    x, *flat = node.inputs
    indices = list(indices_from_subtensor(flat, node.op.idx_list))
    out = x
    for axis, index in enumerate(indices):
        length = _window_length(index)
        if length is None:
            continue
        out = WindowSlice(axis, length)(out, _tensor(index.start))
        indices[axis] = slice(None)
    if out is x:
        return None
    return [out[tuple(indices)] if any(i != slice(None) for i in indices) else out]


@node_rewriter([ARange])
def arange_to_window(fgraph, node):
    """``arange(start, start + length)`` becomes ``start + arange(length)``."""
    start, stop, step = node.inputs
    if isinstance(start, Constant) and isinstance(stop, Constant) or integer_constant(step) != 1:
        return None
    length = constant_difference(stop, start)
    if length is None or integer_constant(start) == 0 or not np.issubdtype(node.op.dtype, np.integer):
        return None
    numbers = pt.arange(max(length, 0), dtype=node.op.dtype)
    return [pt.cast(start, node.op.dtype) + numbers]


windows_everywhere = in2out(slice_to_window, arange_to_window, name="slices_to_windows")


def _window_length(index):
    if not isinstance(index, slice) or index.start is None or index.stop is None:
        return None
    if not (index.step is None or integer_constant(index.step) == 1):
        return None
    if integer_constant(index.start) is not None:  # constant slices are understood by everybody
        return None
    length = constant_difference(index.stop, index.start)
    return length if length is not None and length > 0 else None


def integer_constant(v):
    """The number that an integer scalar surely is, or None."""
    if isinstance(v, int | np.integer):
        return int(v)
    if not isinstance(v, Constant):
        return None
    try:
        number = get_scalar_constant_value(v)
    except NotScalarConstantError:
        return None
    return int(number) if np.issubdtype(np.asarray(number).dtype, np.integer) else None


def _keeps_integers(old, new):
    """Whether a cast changes no index: to an integer dtype of at least 32 bits."""
    return np.issubdtype(old, np.integer) and new in ("int32", "int64", "uint32", "uint64")


def _tensor(start):
    return start if isinstance(start.type, TensorType) else pt.tensor_from_scalar(start)
