"""What can be done with ``x[mask]`` without knowing how many elements it has."""

import jax.numpy as jnp
import numpy as np
from pytensor.scalar.basic import Add, Mul, ScalarMaximum, ScalarMinimum
from pytensor.tensor import subtensor
from pytensor.tensor.basic import Alloc, MakeVector, ScalarFromTensor, TensorFromScalar
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.shape import Shape_i, SpecifyShape
from pytensor.tensor.subtensor import AdvancedIncSubtensor

from symgen.backends.jax.convert import masked_form, needs_host
from symgen.backends.jax.masked import Count, Masked


def _numbers(values):
    """Counts as numbers."""
    return [v.masked.count if isinstance(v, Count) else v for v in values]


@masked_form.register(Elemwise)
def elementwise(op, function, values):
    """The function of all elements, selected or not."""
    values = _numbers(values)
    selections = [v for v in values if isinstance(v, Masked)]
    if not selections:
        return function(*values)
    first = selections[0]
    shape = first.values.shape
    rank = 1 + len(shape) - first.mask.ndim
    wide = []
    for value in values:
        if isinstance(value, Masked):
            if value.mask is not first.mask:
                raise needs_host(op, "two selections by different masks")
            value = value.values
        elif np.ndim(value):
            if np.ndim(value) > rank or np.ndim(value) == rank and np.shape(value)[0] != 1:
                raise needs_host(op, "x[mask], beside an array of that many elements")
            value = jnp.asarray(value)
            value = value[0] if value.ndim == rank else value
        wide.append(jnp.broadcast_to(value, shape))
    result = function(*wide)
    results = result if isinstance(result, tuple | list) else (result,)
    return tuple(Masked(r, first.mask) for r in results)


@masked_form.register(CAReduce)
def reduce(op, function, values):
    """A reduction over the selected elements: the others count as its neutral element."""
    (selection,) = values
    rank = 1 + selection.values.ndim - selection.mask.ndim
    if op.axis is not None and set(op.axis) != set(range(rank)):
        raise needs_host(op, "x[mask], reduced over some of its axes")
    dtype = selection.values.dtype
    fill = _neutral(op.scalar_op, dtype)
    if fill is None:
        raise needs_host(op, "x[mask]")
    return function(selection.filled(fill).reshape((-1,) + (1,) * (rank - 1)))


def _neutral(scalar_op, dtype):
    floating = np.issubdtype(dtype, np.floating)
    if isinstance(scalar_op, Add):
        return 0
    if isinstance(scalar_op, Mul):
        return 1
    if np.dtype(dtype).kind == "b":
        return None
    if isinstance(scalar_op, ScalarMaximum):
        return -np.inf if floating else np.iinfo(dtype).min
    if isinstance(scalar_op, ScalarMinimum):
        return np.inf if floating else np.iinfo(dtype).max
    return None


@masked_form.register(Shape_i)
def dimension(op, function, values):
    """How many elements are selected, or a dimension of each."""
    (selection,) = values
    if op.i == 0:
        return Count(selection)
    return np.array(selection.values.shape[selection.mask.ndim + op.i - 1], "int64")


@masked_form.register(ScalarFromTensor, TensorFromScalar)
def same(op, function, values):
    """The same value."""
    return values[0]


@masked_form.register(SpecifyShape)
def specified(op, function, values):
    """The same selection: what it has to be cannot be checked."""
    if any(v is not None for v in values[1:]):
        raise needs_host(op, "x[mask]")
    return values[0]


@masked_form.register(DimShuffle)
def dimshuffled(op, function, values):
    """A number as an array of one element; a selection only as it is."""
    (value,) = _numbers(values)
    if not isinstance(value, Masked):
        return function(value)
    if tuple(op.new_order) != tuple(range(len(op.new_order))):
        raise needs_host(op, "x[mask], transposed")
    return value


@masked_form.register(Alloc)
def repeated(op, function, values):
    """A value for each selected element."""
    value, first, *rest = values
    if not isinstance(first, Count) or any(isinstance(n, Masked | Count) for n in (value, *rest)):
        raise needs_host(op, "the number of elements that a mask selects")
    mask = first.masked.mask
    value = jnp.asarray(value)
    if value.ndim > len(rest):
        value = value[0]
    return Masked(jnp.broadcast_to(value, (*mask.shape, *(int(n) for n in rest))), mask)


@masked_form.register(MakeVector)
def vector(op, function, values):
    """Counts side by side with other numbers."""
    return function(*_numbers(values))


@masked_form.register(
    *filter(None, [AdvancedIncSubtensor, getattr(subtensor, "AdvancedIncSubtensor1", None)])
)
def written(op, function, values):
    """A selection written through the mask that made it."""
    return function(*values)
