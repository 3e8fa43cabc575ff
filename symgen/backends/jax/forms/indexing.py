"""Indexing: what NumPy would refuse is refused, a window moves, a mask selects by ``where``."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from pytensor.tensor import subtensor
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
    indices_from_subtensor,
)

from symgen.backends.jax import checks
from symgen.backends.jax.convert import form, needs_host, on_host
from symgen.backends.jax.masked import Masked
from symgen.errors import RangeError
from symgen.ops.window_slice import WindowSlice
from symgen.ops.window_slice.op import check_window
from symgen.rewrites.window_slice import constant_difference

# PyTensor 3.0 has Ops of their own for one index vector.
_READ = [AdvancedSubtensor, getattr(subtensor, "AdvancedSubtensor1", None)]
_WRITE = [AdvancedIncSubtensor, getattr(subtensor, "AdvancedIncSubtensor1", None)]


@form.register(WindowSlice)
def window_slice_form(op, node):
    """A window; whether it is inside is checked before the call, or after it."""
    checked = getattr(node.tag, "checked_on_host", False)

    def window_slice(x, start):
        x = jnp.asarray(x)
        if not checked:
            check_start(start, op.length, x.shape[op.axis], op.axis)
        return lax.dynamic_slice_in_dim(x, start, op.length, op.axis)

    return window_slice


def check_start(start, length, size, axis):
    """Refuse a window that is not inside of an axis of `size` elements."""
    if on_host(start):
        check_window(int(start), int(start), length, size, axis)
        return
    error = RangeError(
        f"a slice of {length} inside of axis {axis}, which has {size} elements",
        "one that begins before it or ends behind it",
        "Pass an index of a whole minibatch: 0 to size // length - 1.",
    )
    checks.record((start >= 0) & (start + length <= size), error)


@form.register(Subtensor)
def subtensor_form(op, node):
    """Numbers and slices."""

    def read(x, *flat):
        x = jnp.asarray(x)
        index = _checked(op, x.shape, indices_from_subtensor(flat, op.idx_list))
        return x[index]

    return read


def _checked(op, shape, index):
    """Indices for JAX: Python integers where known, a check of those that are not."""
    result, axis = [], 0
    for item in index:
        if item is None or item is np.newaxis:
            result.append(None)
            continue
        if isinstance(item, slice):
            parts = (item.start, item.stop, item.step)
            if not all(part is None or on_host(part) for part in parts):
                raise needs_host(op, "a slice with a bound")
            result.append(slice(*(None if part is None else int(part) for part in parts)))
        elif on_host(item) and np.asarray(item).dtype == bool:
            result.append(np.asarray(item))
            axis += np.ndim(item) - 1
        else:
            _check_bounds(item, shape[axis], axis)
            result.append(int(item) if on_host(item) and not np.ndim(item) else item)
        axis += 1
    return tuple(result)


def _check_bounds(index, size, axis):
    message = f"an index is out of bounds for axis {axis} with size {size}"
    if on_host(index):
        index = np.asarray(index)
        if index.size and (index.min() < -size or index.max() >= size):
            raise IndexError(message)
    elif np.dtype(index.dtype).kind == "u":
        checks.record(jnp.all(index < size), IndexError(message))
    else:
        checks.record(jnp.all((index >= -size) & (index < size)), IndexError(message))


def _is_traced_mask(item):
    return not on_host(item) and item.dtype == bool


def advanced_subtensor_form(op, node):
    """Index arrays; one mask over the first axes gives a selection without a shape."""
    idx_list = getattr(op, "idx_list", None)
    known_rows = getattr(node.tag, "rows_of_shared", False)

    def read(x, *flat):
        x = jnp.asarray(x)
        index = flat if idx_list is None else indices_from_subtensor(flat, idx_list)
        if any(map(_is_traced_mask, index)):
            if len(index) > 1:
                raise needs_host(op, "a mask among other indices")
            return Masked(x, index[0])
        if known_rows and checks.indices_are_trusted():
            return x[tuple(index)]
        return x[_checked(op, x.shape, index)]

    return read


@form.register(IncSubtensor)
def inc_subtensor_form(op, node):
    """Set or add to what numbers and slices select; a window may move."""
    symbolic = indices_from_subtensor(node.inputs[2:], op.idx_list)
    lengths = [
        constant_difference(i.stop, i.start)
        if isinstance(i, slice)
        and i.start is not None
        and i.stop is not None
        and i.step in (None, 1)
        else None
        for i in symbolic
    ]

    def write(x, y, *flat):
        x = jnp.asarray(x)
        y = jnp.asarray(y, x.dtype)
        index = indices_from_subtensor(flat, op.idx_list)
        block = _block(x, index, lengths)
        if block is None:
            place = x.at[_checked(op, x.shape, index)]
            return place.set(y) if op.set_instead_of_inc else place.add(y)
        starts, sizes, kept = block
        y = jnp.broadcast_to(y, kept).reshape(sizes)
        if 0 in sizes:
            return x
        if tuple(sizes) == x.shape:
            return y if op.set_instead_of_inc else x + y
        if not op.set_instead_of_inc:
            y = lax.dynamic_slice(x, starts, sizes) + y
        return lax.dynamic_update_slice(x, y, starts)

    return write


def _block(x, index, lengths):
    """(starts, sizes, sizes of the axes that stay) of one block, or None if it is not one.

    XLA updates a block in place, and faster than it scatters.
    """
    starts, sizes, kept = [], [], []
    for axis, size in enumerate(x.shape):
        item = index[axis] if axis < len(index) else slice(None)
        if not isinstance(item, slice):
            _check_bounds(item, size, axis)
            start = jnp.asarray(item, "int64")
            starts.append(jnp.where(start < 0, start + size, start))
            sizes.append(1)
            continue
        if item.step is not None and not (on_host(item.step) and int(item.step) == 1):
            return None
        bounds = (item.start, item.stop)
        if all(bound is None or on_host(bound) for bound in bounds):
            start, stop, _ = slice(*(b if b is None else int(b) for b in bounds)).indices(size)
            length = max(0, stop - start)
        elif lengths[axis] is not None and lengths[axis] > 0:
            start, length = item.start, lengths[axis]
            check_start(start, length, size, axis)
        else:
            return None
        starts.append(jnp.asarray(start, "int64"))
        sizes.append(length)
        kept.append(length)
    return starts, sizes, kept


def advanced_inc_subtensor_form(op, node):
    """Set or add to what index arrays or a mask select; of equal indices each is added."""
    idx_list = getattr(op, "idx_list", None)

    def write(x, y, *flat):
        x = jnp.asarray(x)
        index = flat if idx_list is None else indices_from_subtensor(flat, idx_list)
        if any(map(_is_traced_mask, index)):
            if len(index) > 1:
                raise needs_host(op, "a mask among other indices")
            return _write_masked(op, x, y, index[0])
        place = x.at[_checked(op, x.shape, index)]
        y = jnp.asarray(y, x.dtype)
        return place.set(y) if op.set_instead_of_inc else place.add(y)

    return write


def _write_masked(op, x, y, mask):
    wide = mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))
    if isinstance(y, Masked):
        if y.mask is not mask:
            raise needs_host(op, "a selection by another mask")
        y = y.values
    elif np.ndim(y) and np.shape(y)[0] != 1 and np.ndim(y) > x.ndim - mask.ndim:
        # One value for each element that the mask selects, in order.
        count = np.shape(y)[0]
        error = IndexError(f"a mask that does not select {count} elements, as there are values")
        checks.record(jnp.sum(mask) == count, error)
        place = jnp.clip(jnp.cumsum(mask.reshape(-1)) - 1, 0, max(count - 1, 0))
        y = jnp.asarray(y)[place].reshape(mask.shape + np.shape(y)[1:])
    y = jnp.asarray(y, x.dtype)
    if y.ndim and y.ndim > x.ndim - mask.ndim and y.shape[0] == 1 and y.ndim < x.ndim:
        y = y[0]
    return jnp.where(wide, y if op.set_instead_of_inc else x + y, x)


for _kind in filter(None, _READ):
    form.register(_kind, advanced_subtensor_form)
for _kind in filter(None, _WRITE):
    form.register(_kind, advanced_inc_subtensor_form)
