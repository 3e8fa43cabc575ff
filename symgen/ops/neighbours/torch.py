"""Neighbourhoods of images for PyTorch; importing this file teaches it to PyTensor's backend."""

import torch
import torch.nn.functional as F
from pytensor.graph.basic import Constant
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.ops.neighbours.geometry import begin, check_neibs, grid
from symgen.ops.neighbours.op import Images2Neibs, Images2NeibsGrad
from symgen.ops.pool.geometry import covered_lengths, shifts


def _known(variable):
    return tuple(int(n) for n in variable.data) if isinstance(variable, Constant) else None


def _sides(counts, lengths, size, step, mode):
    """(before, after) along each axis: what the neighbourhoods cover beyond the image."""
    covered = covered_lengths(counts, size, step)
    starts = [begin(k, mode) for k in size]
    return [(s, c - n - s) for s, c, n in zip(starts, covered, lengths, strict=True)]


def _wrapped(images, axis, before, after):
    """Images that go on at their other side along an axis; `after` below 0 cuts."""
    length = images.shape[axis]
    parts = [images.narrow(axis, length - before, before)] if before else []
    parts.append(images.narrow(axis, 0, length + min(after, 0)))
    if after > 0:
        parts.append(images.narrow(axis, 0, after))
    return torch.cat(parts, axis)


def _unwrapped(covered, axis, before, after, length):
    """Images from covered axes: what lies beyond a side is added at the other."""
    shape = list(covered.shape)
    shape[axis] = length
    images = covered.new_zeros(shape)
    stop = length + min(after, 0)
    images.narrow(axis, 0, stop).add_(covered.narrow(axis, before, stop))
    if before:
        images.narrow(axis, length - before, before).add_(covered.narrow(axis, 0, before))
    if after > 0:
        images.narrow(axis, 0, after).add_(covered.narrow(axis, before + length, after))
    return images


@pytorch_funcify.register(Images2Neibs)
def pytorch_funcify_images2neibs(op, node, **kwargs):
    """A function (images, neib_shape, neib_step) -> neibs."""
    known = [_known(variable) for variable in node.inputs[1:]]

    def images2neibs(images, *windows):
        size, step = (
            values or tuple(int(n) for n in given)
            for values, given in zip(known, windows, strict=True)
        )
        counts = grid(images.shape[2:], size, step, op.mode)
        shape = (images.shape[0] * images.shape[1] * counts[0] * counts[1], size[0] * size[1])
        if 0 in shape:
            return images.new_zeros(shape)
        (above, below), (left, right) = _sides(counts, images.shape[2:], size, step, op.mode)
        if op.mode == "wrap_centered":
            images = _wrapped(_wrapped(images, 2, above, below), 3, left, right)
        elif above or below or left or right:
            images = F.pad(images, (left, right, above, below))
        return images.unfold(2, size[0], step[0]).unfold(3, size[1], step[1]).reshape(shape)

    return images2neibs


@pytorch_funcify.register(Images2NeibsGrad)
def pytorch_funcify_images2neibs_grad(op, node, **kwargs):
    """A function (neibs, neib_shape, neib_step, image_shape) -> images."""
    known = [_known(variable) for variable in node.inputs[1:]]

    def images2neibs_grad(neibs, *windows):
        size, step, shape = (
            values or tuple(int(n) for n in given)
            for values, given in zip(known, windows, strict=True)
        )
        counts = check_neibs(tuple(neibs.shape), shape, size, step, op.mode)
        if neibs.numel() == 0:
            return neibs.new_zeros(shape)
        parts = neibs.reshape(*shape[:2], *counts, size[0] * size[1])
        covered = neibs.new_zeros((*shape[:2], *covered_lengths(counts, size, step)))
        for k, place in enumerate(shifts(counts, size, step)):
            covered[(..., *place)] += parts[..., k]
        (above, below), (left, right) = _sides(counts, shape[2:], size, step, op.mode)
        if op.mode == "wrap_centered":
            covered = _unwrapped(covered, 2, above, below, shape[2])
            return _unwrapped(covered, 3, left, right, shape[3])
        return F.pad(covered, (-left, -right, -above, -below))

    return images2neibs_grad
