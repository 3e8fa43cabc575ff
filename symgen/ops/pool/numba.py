"""Pooling for Numba; importing this file teaches it to PyTensor's Numba backend.

As in C, an image is seen as rows along its last axis; the rows of a window are walked through by
an index over the other axes.
"""

from hashlib import sha256

import numpy as np
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.errors import ShapeError
from symgen.ops.pool.op import AveragePoolGrad, DownsampleFactorMaxGradGrad, MaxPoolGrad, Pool


@numba_basic.numba_njit
def _windows_fit(ws, stride, pad, ignore_border, ndim):
    if ws.size != ndim or stride.size != ndim or pad.size != ndim:
        return False
    for d in range(ndim):
        if ws[d] < 1 or stride[d] < 1 or pad[d] < 0 or pad[d] >= ws[d]:
            return False
        if pad[d] > 0 and not ignore_border:
            return False
    return True


@numba_basic.numba_njit
def _pooled_lengths(lengths, ws, stride, pad, ignore_border):
    if not _windows_fit(ws, stride, pad, ignore_border, lengths.size):
        raise ShapeError(
            "windows and strides of at least 1, one for each pooled axis, and a padding smaller "
            "than the window, with ignore_border=True where there is one",
            "ws, stride or pad that are not so",
            "Change ws, stride, pad or ignore_border.",
        )
    pooled = np.empty_like(lengths)
    nothing_in, nothing_out = False, False
    for d in range(lengths.size):
        padded = lengths[d] + 2 * pad[d]
        beyond = padded - ws[d]
        if ignore_border:
            pooled[d] = 0 if beyond < 0 else beyond // stride[d] + 1
        elif stride[d] >= ws[d]:
            pooled[d] = 0 if padded < 1 else (padded - 1) // stride[d] + 1
        else:
            pooled[d] = 1 if beyond <= 0 else (beyond - 1) // stride[d] + 2
        nothing_in = nothing_in or lengths[d] == 0
        nothing_out = nothing_out or pooled[d] == 0
    if nothing_in and (not ignore_border or not nothing_out):
        raise ShapeError(
            "an image with at least one element along each pooled axis",
            "an axis of length 0",
            "Give a larger input, or ignore_border=True without padding, which pools it to nothing.",
        )
    return pooled


@numba_basic.numba_njit
def _elements(o, length, size, stride, pad, with_padding):
    """Number of elements that window o along an axis divides by."""
    start = o * stride - pad
    stop = start + size
    if with_padding:
        return min(stop, length + pad) - start
    return min(stop, length) - max(start, 0)


@numba_basic.numba_njit
def _begin(o, lengths, pooled, ws, stride, pad, with_padding, low, high, at):
    """Set the rows of the windows of output row o; return their count, or that to divide by."""
    elements = 1
    for d in range(lengths.size - 2, -1, -1):
        i = o % pooled[d]
        o //= pooled[d]
        start = i * stride[d] - pad[d]
        low[d], high[d] = max(start, 0), min(start + ws[d], lengths[d])
        at[d] = low[d]
        elements *= _elements(i, lengths[d], ws[d], stride[d], pad[d], with_padding)
    return elements


@numba_basic.numba_njit
def _row(at, lengths):
    index = 0
    for d in range(lengths.size - 1):
        index = index * lengths[d] + at[d]
    return index


@numba_basic.numba_njit
def _next(low, high, at):
    """Go to the next row; False after the last one."""
    for d in range(at.size - 1, -1, -1):
        at[d] += 1
        if at[d] < high[d]:
            return True
        at[d] = low[d]
    return False


@numba_basic.numba_njit
def _max(x, z, lengths, pooled, ws, stride, pad, with_padding, divide):
    last = lengths.size - 1
    low, high, at = np.empty(last, np.int64), np.empty(last, np.int64), np.empty(last, np.int64)
    width, size, step, before = lengths[last], ws[last], stride[last], pad[last]
    for b in range(z.shape[0]):
        for o in range(z.shape[1]):
            _begin(o, lengths, pooled, ws, stride, pad, False, low, high, at)
            more, fresh = True, True
            while more:
                r = _row(at, lengths)
                for c in range(z.shape[2]):
                    start = max(c * step - before, 0)
                    top = x[b, r, start] if fresh else z[b, o, c]
                    for j in range(start, min(c * step - before + size, width)):
                        if x[b, r, j] > top or x[b, r, j] != x[b, r, j]:
                            top = x[b, r, j]
                    z[b, o, c] = top
                fresh = False
                more = _next(low, high, at)


@numba_basic.numba_njit
def _sum(x, z, lengths, pooled, ws, stride, pad, with_padding, divide):
    last = lengths.size - 1
    low, high, at = np.empty(last, np.int64), np.empty(last, np.int64), np.empty(last, np.int64)
    width, size, step, before = lengths[last], ws[last], stride[last], pad[last]
    z[...] = 0
    for b in range(z.shape[0]):
        for o in range(z.shape[1]):
            outer = _begin(o, lengths, pooled, ws, stride, pad, with_padding, low, high, at)
            more = True
            while more:
                r = _row(at, lengths)
                for c in range(z.shape[2]):
                    start = c * step - before
                    for j in range(max(start, 0), min(start + size, width)):
                        z[b, o, c] += x[b, r, j]
                more = _next(low, high, at)
            if divide:
                for c in range(z.shape[2]):
                    n = outer * _elements(c, width, size, step, before, with_padding)
                    z[b, o, c] = z[b, o, c] / n  # an integer array takes it without its fraction


@numba_basic.numba_njit
def _max_grad(x, z, gz, gx, lengths, pooled, ws, stride, pad, with_padding, divide):
    last = lengths.size - 1
    low, high, at = np.empty(last, np.int64), np.empty(last, np.int64), np.empty(last, np.int64)
    width, size, step, before = lengths[last], ws[last], stride[last], pad[last]
    gx[...] = 0
    for b in range(z.shape[0]):
        for o in range(z.shape[1]):
            _begin(o, lengths, pooled, ws, stride, pad, False, low, high, at)
            more = True
            while more:
                r = _row(at, lengths)
                for c in range(z.shape[2]):
                    start = c * step - before
                    for j in range(max(start, 0), min(start + size, width)):
                        if x[b, r, j] == z[b, o, c]:
                            gx[b, r, j] += gz[b, o, c]
                more = _next(low, high, at)


@numba_basic.numba_njit
def _max_grad_grad(x, z, ggx, ggz, lengths, pooled, ws, stride, pad, with_padding, divide):
    last = lengths.size - 1
    low, high, at = np.empty(last, np.int64), np.empty(last, np.int64), np.empty(last, np.int64)
    width, size, step, before = lengths[last], ws[last], stride[last], pad[last]
    ggz[...] = 0
    for b in range(z.shape[0]):
        for o in range(z.shape[1]):
            _begin(o, lengths, pooled, ws, stride, pad, False, low, high, at)
            more = True
            while more:
                r = _row(at, lengths)
                for c in range(z.shape[2]):
                    start = c * step - before
                    for j in range(max(start, 0), min(start + size, width)):
                        if x[b, r, j] == z[b, o, c]:
                            ggz[b, o, c] += ggx[b, r, j]
                more = _next(low, high, at)


@numba_basic.numba_njit
def _sum_grad(gz, gx, lengths, pooled, ws, stride, pad, with_padding, divide):
    last = lengths.size - 1
    low, high, at = np.empty(last, np.int64), np.empty(last, np.int64), np.empty(last, np.int64)
    share = np.empty(1, gz.dtype)
    width, size, step, before = lengths[last], ws[last], stride[last], pad[last]
    gx[...] = 0
    for b in range(gz.shape[0]):
        for o in range(gz.shape[1]):
            outer = _begin(o, lengths, pooled, ws, stride, pad, with_padding, low, high, at)
            more = True
            while more:
                r = _row(at, lengths)
                for c in range(gz.shape[2]):
                    start = c * step - before
                    share[0] = gz[b, o, c]
                    if divide:
                        n = outer * _elements(c, width, size, step, before, with_padding)
                        share[0] = share[0] / n
                    for j in range(max(start, 0), min(start + size, width)):
                        gx[b, r, j] += share[0]
                more = _next(low, high, at)


_ERROR = (
    '"a pooled array, and gradients, of the shapes that belong to the input", '
    '"another shape", "Take the output of the pooling of this very input, or its gradient."'
)

_POOL = """
def pool({arrays}, ws, stride, pad):
    lengths = np.array([{lengths}], np.int64)
    pooled = _pooled_lengths(lengths, ws, stride, pad, {ignore_border})
    z_shape = ({leading}{pooled})
    for shape in ({shapes_of_z}):
        if shape != z_shape:
            raise ShapeError({error})
    for shape in ({shapes_of_x}):
        if shape != x.shape:
            raise ShapeError({error})
    leading, rows, windows = 1, 1, 1
    for d in range(x.ndim - {ndim}):
        leading *= x.shape[d]
    for d in range({ndim} - 1):
        rows *= lengths[d]
        windows *= pooled[d]
    x_lines, z_lines = (leading, rows, lengths[-1]), (leading, windows, pooled[-1])
    out = np.empty({out}_shape, x.dtype)
    if x.size == 0 or windows * pooled[-1] == 0:
        out[...] = 0
        return out
    {fill}({lines}, out.reshape({out}_lines), lengths, pooled, ws, stride, pad, {with_padding}, {divide})
    return out
"""

# For each Op: its inputs, x or z for the shape of each; the shape of its output; and what fills it.
_OPS = {
    Pool: (("x",), "x", "z"),
    MaxPoolGrad: (("x", "maxout", "gz"), "xzz", "x"),
    DownsampleFactorMaxGradGrad: (("x", "maxout", "ggx"), "xzx", "z"),
    AveragePoolGrad: (("x", "gz"), "xz", "x"),
}
_FILLS = {
    Pool: {"max": _max, "sum": _sum},
    MaxPoolGrad: {"max": _max_grad},
    DownsampleFactorMaxGradGrad: {"max": _max_grad_grad},
    AveragePoolGrad: {"sum": _sum_grad},
}


@register_funcify_and_cache_key(Pool)
@register_funcify_and_cache_key(MaxPoolGrad)
@register_funcify_and_cache_key(DownsampleFactorMaxGradGrad)
@register_funcify_and_cache_key(AveragePoolGrad)
def numba_funcify_pool(op, node, **kwargs):
    """A compiled function of the Op's inputs, and the key of its cache."""
    arrays, kinds, out = _OPS[type(op)]
    fill = _FILLS[type(op)]["max" if op.mode == "max" else "sum"]
    leading = node.inputs[0].type.ndim - op.ndim
    read = arrays[1:] if fill is _sum_grad else arrays
    source = _POOL.format(
        arrays=", ".join(arrays),
        lengths=", ".join(f"x.shape[{leading + d}]" for d in range(op.ndim)),
        leading="".join(f"x.shape[{d}], " for d in range(leading)),
        pooled="".join(f"pooled[{d}], " for d in range(op.ndim)),
        ignore_border=op.ignore_border,
        ndim=op.ndim,
        **{
            f"shapes_of_{kind}": "".join(
                f"{name}.shape, " for name, k in zip(arrays, kinds, strict=True) if k == kind
            )
            or f"{kind}_shape, "
            for kind in "xz"
        },
        error=_ERROR,
        out=out,
        fill=fill.__name__,
        lines=", ".join(
            f"np.ascontiguousarray({name}).reshape({kinds[arrays.index(name)]}_lines)"
            for name in read
        ),
        with_padding=op.mode == "average_inc_pad",
        divide=op.mode.startswith("average"),
    ).replace("x_shape", "x.shape")
    names = {
        "np": np,
        "ShapeError": ShapeError,
        "_pooled_lengths": _pooled_lengths,
        fill.__name__: fill,
    }
    pool = compile_numba_function_src(source, "pool", names, write_to_disk=True)
    key = sha256(str((type(op), op._props(), node.inputs[0].type.ndim, 1)).encode()).hexdigest()
    return numba_basic.numba_njit(pool), key
