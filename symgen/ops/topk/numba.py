"""TopK for Numba; importing this file teaches it to PyTensor's Numba backend."""

from hashlib import sha256

import numpy as np
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.ops.topk.op import TopK


@numba_basic.numba_njit
def _before(lane, a, b, largest):
    """Whether the element at `a` is a better choice than the one at `b`; NaN is the largest."""
    x, y = lane[a], lane[b]
    if largest:
        return x > y or (np.isnan(x) and not np.isnan(y))
    return x < y or (np.isnan(y) and not np.isnan(x))


@numba_basic.numba_njit
def _sink(lane, heap, size, largest):
    """Restore the order of a heap, the worst choice first, whose first element has changed."""
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and _before(lane, heap[child], heap[child + 1], largest):
            child += 1
        if not _before(lane, heap[at], heap[child], largest):
            return
        heap[at], heap[child] = heap[child], heap[at]
        at = child


@numba_basic.numba_njit
def _select(lane, heap, largest, descending):
    """Fill `heap` with the places of the best elements of a lane; in order, if asked for."""
    size = heap.size
    for i in range(size):
        heap[i] = i
        at = i
        while at > 0 and _before(lane, heap[(at - 1) // 2], heap[at], largest):
            up = (at - 1) // 2
            heap[at], heap[up] = heap[up], heap[at]
            at = up
    for i in range(size, lane.size):
        if _before(lane, i, heap[0], largest):
            heap[0] = i
            _sink(lane, heap, size, largest)
    if descending:
        for last in range(size - 1, 0, -1):
            heap[0], heap[last] = heap[last], heap[0]
            _sink(lane, heap, last, largest)
        if not largest:
            heap[:] = heap[::-1].copy()


@numba_basic.numba_njit
def _choose(blocks, wanted, descending):
    """Places along the middle axis of what is wanted, as an array of three axes."""
    before, length, after = blocks.shape
    size = abs(wanted)
    if size == 0:
        raise ValueError("TopK: k must not be 0")
    if size > length:
        raise ValueError("TopK: k must not be more than the length of the axis")
    places = np.empty((before, size, after), dtype=np.int64)
    heap = np.empty(size, dtype=np.int64)
    for b in range(before):
        for a in range(after):
            _select(blocks[b, :, a], heap, wanted > 0, descending)
            for j in range(size):
                places[b, j, a] = heap[j]
    return places


@numba_basic.numba_njit
def _take(blocks, places):
    """The elements at places along the middle axis."""
    values = np.empty(places.shape, dtype=blocks.dtype)
    for b in range(places.shape[0]):
        for j in range(places.shape[1]):
            for a in range(places.shape[2]):
                values[b, j, a] = blocks[b, places[b, j, a], a]
    return values


@register_funcify_and_cache_key(TopK)
def numba_funcify_topk(op, node, **kwargs):
    """A compiled function of the array and k, and the key of its cache."""
    ndim = node.inputs[0].type.ndim
    axis = op.axis % ndim
    descending, idx_dtype = op.sorted, np.dtype(op.idx_dtype)

    @numba_basic.numba_njit
    def as_blocks(x):
        before, after = 1, 1
        for d in range(ndim):
            if d < axis:
                before *= x.shape[d]
            elif d > axis:
                after *= x.shape[d]
        return np.ascontiguousarray(x).reshape((before, x.shape[axis], after))

    @numba_basic.numba_njit
    def shape_of(x, places):
        return numba_basic.tuple_setitem(x.shape, axis, places.shape[1])

    if op.return_values and op.return_indices:

        @numba_basic.numba_njit
        def topk(x, k):
            blocks = as_blocks(x)
            places = _choose(blocks, np.int64(k.item()), descending)
            shape = shape_of(x, places)
            values = _take(blocks, places).reshape(shape)
            return values, places.astype(idx_dtype).reshape(shape)

    elif op.return_values:

        @numba_basic.numba_njit
        def topk(x, k):
            blocks = as_blocks(x)
            places = _choose(blocks, np.int64(k.item()), descending)
            return _take(blocks, places).reshape(shape_of(x, places))

    else:

        @numba_basic.numba_njit
        def topk(x, k):
            places = _choose(as_blocks(x), np.int64(k.item()), descending)
            return places.astype(idx_dtype).reshape(shape_of(x, places))

    key = f"{type(op)}{op._props()}{ndim}1"
    return topk, sha256(key.encode()).hexdigest()
