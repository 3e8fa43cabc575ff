"""Neighbourhoods of images for Numba; importing this file teaches it to PyTensor's Numba backend."""

from hashlib import sha256

import numpy as np
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.ops.neighbours.geometry import MODES, NeighbourhoodError
from symgen.ops.neighbours.op import Images2Neibs, Images2NeibsGrad

_WRAP, _IGNORE = MODES.index("wrap_centered"), MODES.index("ignore_borders")
_HALF, _FULL = MODES.index("half"), MODES.index("full")


@numba_basic.numba_njit
def _begin(size, mode):
    if mode == _FULL:
        return size - 1
    return size // 2 if mode in (_HALF, _WRAP) else 0


@numba_basic.numba_njit
def _count(length, size, step, mode):
    """Number of neighbourhoods along an axis; -1 where they do not fit."""
    if size < 1 or step < 1:
        return -1
    beyond = length + 2 * _begin(size, mode) - size
    if mode == _IGNORE:
        return 0 if beyond < 0 else beyond // step + 1
    if length < size:
        return -1
    if mode == _WRAP:
        return (length + step - 1) // step if size % 2 else -1
    return -1 if beyond % step else beyond // step + 1


@numba_basic.numba_njit
def _at(length, neighbourhood, place, size, step, mode):
    """Row or column of a place in a neighbourhood; -1 outside the image."""
    y = neighbourhood * step + place - _begin(size, mode)
    if mode == _WRAP:
        y = y + length if y < 0 else (y - length if y >= length else y)
    return y if 0 <= y < length else -1


@numba_basic.numba_njit
def _counts(lengths, neib_shape, neib_step, mode):
    if neib_shape.size != 2 or neib_step.size != 2:
        raise NeighbourhoodError("two integers each for neib_shape and neib_step", "others", "")
    down = _count(lengths[0], neib_shape[0], neib_step[0], mode)
    across = _count(lengths[1], neib_shape[1], neib_step[1], mode)
    if down < 0 or across < 0:
        raise NeighbourhoodError(
            "neighbourhoods and steps of at least 1 that fit the image in this mode",
            "others",
            "Change neib_shape, neib_step or the image, or use mode='ignore_borders'.",
        )
    return down, across


@numba_basic.numba_njit
def _cut(images, neib_shape, neib_step, mode):
    batch, channels, height, width = images.shape
    down, across = _counts((height, width), neib_shape, neib_step, mode)
    rows, columns = neib_shape[0], neib_shape[1]
    neibs = np.zeros((batch * channels * down * across, rows * columns), images.dtype)
    row = 0
    for n in range(batch):
        for c in range(channels):
            for a in range(down):
                for b in range(across):
                    for i in range(rows):
                        y = _at(height, a, i, rows, neib_step[0], mode)
                        for j in range(columns):
                            x = _at(width, b, j, columns, neib_step[1], mode)
                            if y >= 0 and x >= 0:
                                neibs[row, i * columns + j] = images[n, c, y, x]
                    row += 1
    return neibs


@numba_basic.numba_njit
def _add(neibs, neib_shape, neib_step, image_shape, mode):
    if image_shape.size != 4 or image_shape.min() < 0:
        raise NeighbourhoodError(
            "four lengths (batch, channels, rows, columns) for the images", "others", ""
        )
    batch, channels, height, width = (
        image_shape[0],
        image_shape[1],
        image_shape[2],
        image_shape[3],
    )
    down, across = _counts((height, width), neib_shape, neib_step, mode)
    rows, columns = neib_shape[0], neib_shape[1]
    if neibs.shape != (batch * channels * down * across, rows * columns):
        raise NeighbourhoodError(
            "a matrix with a row for each neighbourhood of the images",
            "another shape",
            "Pass the shape and the neighbourhoods that the matrix was made of.",
        )
    images = np.zeros((batch, channels, height, width), neibs.dtype)
    row = 0
    for n in range(batch):
        for c in range(channels):
            for a in range(down):
                for b in range(across):
                    for i in range(rows):
                        y = _at(height, a, i, rows, neib_step[0], mode)
                        for j in range(columns):
                            x = _at(width, b, j, columns, neib_step[1], mode)
                            if y >= 0 and x >= 0:
                                images[n, c, y, x] += neibs[row, i * columns + j]
                    row += 1
    return images


def _function(op, arguments, compute):
    source = f"""
def {compute.__name__.strip("_")}({arguments}):
    return {compute.__name__}({arguments}, {MODES.index(op.mode)})
"""
    function = compile_numba_function_src(
        source,
        compute.__name__.strip("_"),
        {compute.__name__: compute},
        write_to_disk=True,
    )
    key = sha256(str((type(op), op.mode, 1)).encode()).hexdigest()
    return numba_basic.numba_njit(function), key


@register_funcify_and_cache_key(Images2Neibs)
def numba_funcify_images2neibs(op, node, **kwargs):
    """A compiled function (images, neib_shape, neib_step) -> neibs, and the key of its cache."""
    return _function(op, "images, neib_shape, neib_step", _cut)


@register_funcify_and_cache_key(Images2NeibsGrad)
def numba_funcify_images2neibs_grad(op, node, **kwargs):
    """A compiled function (neibs, neib_shape, neib_step, image_shape) -> images, and its key."""
    return _function(op, "neibs, neib_shape, neib_step, image_shape", _add)
