"""Pooling for PyTorch; importing this file teaches it to PyTensor's PyTorch backend."""

import functools

import torch
import torch.nn.functional as F
from pytensor.graph.basic import Constant
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.ops.pool.geometry import (
    check_pooled,
    check_same_shape,
    covered_lengths,
    pooled_shape,
    shifts,
    window_counts,
)
from symgen.ops.pool.op import AveragePoolGrad, DownsampleFactorMaxGradGrad, MaxPoolGrad, Pool


class _Windows:
    """The windows of one call over tensors."""

    def __init__(self, op, shape, ws, stride, pad, pooled=()):
        for array in pooled:
            check_pooled(array.shape, shape, ws, stride, pad, op.ignore_border)
        leading = len(shape) - op.ndim
        self.leading, self.lengths = tuple(shape[:leading]), tuple(shape[leading:])
        self.pooled = pooled_shape(self.lengths, ws, stride, pad, op.ignore_border)
        self.ws, self.stride, self.pad = ws, stride, pad
        self.covered = covered_lengths(self.pooled, ws, stride)
        self.nothing = 0 in self.pooled
        self.tiling = ws == stride

    def _sides(self, sign):
        axes = zip(self.pad, self.covered, self.lengths, strict=True)
        sides = [(sign * p, sign * (c - n - p)) for p, c, n in axes]
        return [side for pair in reversed(sides) for side in pair]

    def cover(self, x, fill):
        """`x` over the padded axes that the windows cover."""
        return F.pad(x, self._sides(1), value=fill) if any(self._sides(1)) else x

    def uncover(self, array):
        """The image's part of an array over the covered axes."""
        return F.pad(array, self._sides(-1)) if any(self._sides(-1)) else array

    def each(self, covered):
        """The elements of each window along one more axis for each pooled one."""
        for d, (size, step) in enumerate(zip(self.ws, self.stride, strict=True)):
            covered = covered.unfold(len(self.leading) + d, size, step)
        return covered

    def maximum(self, x):
        """Maximum of each window."""
        covered = self.cover(x, _lowest(x.dtype))
        if self._has_kernel(x):
            kernel = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[len(self.ws) - 1]
            return self._with_kernel(kernel, covered)
        return torch.amax(self.each(covered), tuple(range(-len(self.ws), 0)))

    def sum(self, x):
        """Sum of each window."""
        covered = self.cover(x, 0)
        if self._has_kernel(x) and len(self.ws) > 1:
            kernel = (F.avg_pool2d, F.avg_pool3d)[len(self.ws) - 2]
            return self._with_kernel(functools.partial(kernel, divisor_override=1), covered)
        return torch.sum(self.each(covered), tuple(range(-len(self.ws), 0)), dtype=x.dtype)

    def _has_kernel(self, x):
        return len(self.ws) <= 3 and x.is_floating_point() and x.numel() > 0

    def _with_kernel(self, kernel, covered):
        images = covered.reshape((-1, 1, *self.covered))
        return kernel(images, self.ws, self.stride).reshape((*self.leading, *self.pooled))

    def spread(self, pooled):
        """Each window's number at each of its places, where windows tile the covered axes."""
        for d, size in enumerate(self.ws):
            axis = len(self.leading) + d
            shape = list(pooled.shape)
            pooled = pooled.unsqueeze(axis + 1)
            wide = [*shape[: axis + 1], size, *shape[axis + 1 :]]
            shape[axis] *= size
            pooled = pooled.expand(wide).reshape(shape)
        return pooled

    def places(self):
        """For each place in a window: its index in arrays over the covered axes."""
        for place in shifts(self.pooled, self.ws, self.stride):
            yield (..., *place)

    def divided(self, sums, mode):
        """Averages from sums; integers round towards 0."""
        for d in range(len(self.ws)):
            axis = self.lengths[d], self.pooled[d], self.ws[d], self.stride[d], self.pad[d]
            n = window_counts(*axis, mode == "average_inc_pad")
            if min(n) < max(n):
                shape = [1] * sums.ndim
                shape[len(self.leading) + d] = len(n)
                n = torch.tensor(n, device=sums.device).reshape(shape)
            else:
                n = n[0]
            # Rounding towards 0 by each factor in turn is rounding by their product.
            if sums.is_floating_point():
                sums = sums / n
            else:
                sums = torch.div(sums, n, rounding_mode="trunc").to(sums.dtype)
        return sums


def _lowest(dtype):
    return -torch.inf if dtype.is_floating_point else torch.iinfo(dtype).min


def _integers(variable, value):
    """A window, stride or padding as integers of the host."""
    return tuple(int(n) for n in (variable.data if isinstance(variable, Constant) else value))


def _form(form):
    """Make a form (op, arrays..., windows) one that takes what PyTensor passes."""

    @functools.wraps(form)
    def funcify(op, node, **kwargs):
        known = [_integers(v, None) if isinstance(v, Constant) else None for v in node.inputs[-3:]]

        def run(*inputs):
            *arrays, ws, stride, pad = inputs
            windows = [
                values or tuple(int(n) for n in given)
                for values, given in zip(known, (ws, stride, pad), strict=True)
            ]
            return form(op, *arrays, windows)

        return run

    return funcify


@pytorch_funcify.register(Pool)
@_form
def pytorch_funcify_pool(op, x, windows):
    """(x, ws, stride, pad) -> z."""
    w = _Windows(op, x.shape, *windows)
    if w.nothing:
        return x.new_zeros((*w.leading, *w.pooled))
    if op.mode == "max":
        return w.maximum(x)
    return w.sum(x) if op.mode == "sum" else w.divided(w.sum(x), op.mode)


@pytorch_funcify.register(MaxPoolGrad)
@_form
def pytorch_funcify_max_pool_grad(op, x, maxout, gz, windows):
    """(x, maxout, gz, ws, stride, pad) -> gx."""
    w = _Windows(op, x.shape, *windows, pooled=(maxout, gz))
    if w.nothing:
        return torch.zeros_like(x)
    covered = w.cover(x, _lowest(x.dtype))
    if w.tiling:
        return w.uncover(torch.where(covered == w.spread(maxout), w.spread(gz), 0))
    gradient = torch.zeros_like(covered)
    for place in w.places():
        gradient[place] += torch.where(covered[place] == maxout, gz, 0)
    return w.uncover(gradient)


@pytorch_funcify.register(AveragePoolGrad)
@_form
def pytorch_funcify_average_pool_grad(op, x, gz, windows):
    """(x, gz, ws, stride, pad) -> gx."""
    w = _Windows(op, x.shape, *windows, pooled=(gz,))
    if w.nothing:
        return torch.zeros_like(x)
    gz = gz if op.mode == "sum" else w.divided(gz, op.mode)
    if w.tiling:
        return w.uncover(w.spread(gz))
    gradient = x.new_zeros((*w.leading, *w.covered))
    for place in w.places():
        gradient[place] += gz
    return w.uncover(gradient)


@pytorch_funcify.register(DownsampleFactorMaxGradGrad)
@_form
def pytorch_funcify_max_pool_grad_grad(op, x, maxout, ggx, windows):
    """(x, maxout, ggx, ws, stride, pad) -> ggz."""
    w = _Windows(op, x.shape, *windows, pooled=(maxout,))
    check_same_shape(ggx.shape, x.shape)
    adjoint = torch.zeros_like(maxout)
    if w.nothing:
        return adjoint
    covered, values = w.cover(x, _lowest(x.dtype)), w.cover(ggx, 0)
    for place in w.places():
        adjoint = adjoint + torch.where(covered[place] == maxout, values[place], 0)
    return adjoint
