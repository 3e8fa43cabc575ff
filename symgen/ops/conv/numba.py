"""Convolutions for Numba: patches and ``np.dot``; importing this file teaches them to PyTensor."""

from hashlib import sha256

import numpy as np
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.errors import ShapeError
from symgen.ops.conv.geometry import MODES
from symgen.ops.conv.op import Conv, ConvGradInputs, ConvGradWeights

# Everything below sees three spatial axes, of which the first are of size 1 where there are fewer, and
# flat arrays with their shapes in integer arrays: Numba compiles that in a fraction of the time that
# arrays of eight axes take, and once for all convolutions.
# ``geometry`` is the array that ConvOp.geometry describes; an image and an output have five sizes,
# filters eight: filters, 3 places, channels, 3 taps.


@numba_basic.numba_njit
def _padding(geometry, axis, taps):
    """Zeros before and after the image along an axis."""
    mode, dilation = geometry[3], geometry[4 + 4 * axis + 1]
    span = (taps - 1) * dilation + 1
    if mode == 0:
        return geometry[4 + 4 * axis + 2], geometry[4 + 4 * axis + 3]
    if mode == 2:
        return span - 1, span - 1
    if mode == 3:
        return span // 2, span // 2
    return np.int64(0), np.int64(0)


@numba_basic.numba_njit
def _check(geometry, image, filters, output):
    """Sizes of the output, after a look whether the shapes belong together.

    Places and output of -1 are not compared.
    """
    groups = geometry[0]
    if image[1] != filters[4] * groups or filters[0] % groups != 0:
        raise ShapeError(
            "channels and filters that the groups share out evenly, filters having the image's "
            "channels / num_groups",
            "other numbers of channels or filters",
            "Filters have the axes (filters, channels / num_groups, *taps).",
        )
    sizes = np.empty(3, np.int64)
    for axis in range(3):
        taps = filters[5 + axis]
        before, after = _padding(geometry, axis, taps)
        span = (taps - 1) * geometry[4 + 4 * axis + 1] + 1
        room = image[2 + axis] + before + after - span
        if room < 0 or taps < 1:
            raise ShapeError(
                "a filter of at least one tap that fits into the padded image",
                "a larger filter, or none",
                "Use a larger image, a smaller filter, or more padding.",
            )
        sizes[axis] = room // geometry[4 + 4 * axis] + 1
        place, given = filters[1 + axis], output[2 + axis]
        if (place != -1 and place != sizes[axis]) or (given != -1 and given != sizes[axis]):
            raise ShapeError(
                "an output, or unshared filters, of the size that image and filters give",
                "another size",
                "Pass the shape of the image or the filters that this output came from.",
            )
    if output[0] != -1 and (output[0] != image[0] or output[1] != filters[0]):
        raise ShapeError(
            "an output with the image's batch and the filters' channels",
            "another batch, or other channels",
            "Pass the output of this image and these filters.",
        )
    return sizes


@numba_basic.numba_njit
def _patches(geometry, image, start, shape, taps, sizes, channels, columns, back):
    """columns (channels * taps, places) of an image that starts at `start` in a flat array.

    With `back`, the transpose: columns are added to where they came from.
    """
    pads = np.empty(3, np.int64)
    for axis in range(3):
        pads[axis] = _padding(geometry, axis, taps[axis])[0]
    places = sizes[0] * sizes[1] * sizes[2]
    row = 0
    for c in range(channels):
        for t in range(taps[0] * taps[1] * taps[2]):
            i = t // (taps[1] * taps[2]) * geometry[5] - pads[0]
            j = t // taps[2] % taps[1] * geometry[9] - pads[1]
            k = t % taps[2] * geometry[13] - pads[2]
            at = row * places
            for line in range(sizes[0] * sizes[1]):
                a = line // sizes[1] * geometry[4] + i
                b = line % sizes[1] * geometry[8] + j
                inside = 0 <= a < shape[2] and 0 <= b < shape[3]
                base = start + ((c * shape[2] + a) * shape[3] + b) * shape[4]
                for e in range(sizes[2]):
                    z = e * geometry[12] + k
                    if inside and 0 <= z < shape[4]:
                        if back:
                            image[base + z] += columns[at]
                        else:
                            columns[at] = image[base + z]
                    elif not back:
                        columns[at] = 0
                    at += 1
            row += 1


@numba_basic.numba_njit
def _turned(geometry, filters, taps):
    """The filters as a correlation has them: their taps reversed where the geometry says flip."""
    if not geometry[1]:
        return filters
    turned = np.empty_like(filters)
    for first in range(0, filters.size, taps):
        for t in range(taps):
            turned[first + t] = filters[first + taps - 1 - t]
    return turned


@numba_basic.numba_njit
def _run(geometry, image, image_shape, filters, filter_shape, output, output_shape):
    """Fill what the geometry's task asks for: the others of the three are given."""
    task, unshared, groups = geometry[16], geometry[2], geometry[0]
    sizes = output_shape[2:]
    taps, count = filter_shape[5:], filter_shape[5] * filter_shape[6] * filter_shape[7]
    places = sizes[0] * sizes[1] * sizes[2]
    pixels = image_shape[2] * image_shape[3] * image_shape[4]
    f, c = filter_shape[0] // groups, filter_shape[4]
    rows = c * count
    fields = places if unshared else 1
    columns = np.zeros(rows * places, image.dtype)
    matrix = columns.reshape((rows, places))
    w = filters if task == 2 else _turned(geometry, filters, count)
    for n in range(image_shape[0]):
        for g in range(groups):
            start = (n * groups + g) * c * pixels
            y = (n * groups + g) * f * places
            of_group = g * f * fields * rows
            if task != 1:
                _patches(geometry, image, start, image_shape, taps, sizes, c, columns, False)
            if unshared:
                if task == 1:
                    columns[:] = 0
                for k in range(f):
                    for p in range(places):
                        field = of_group + (k * places + p) * rows
                        for r in range(rows):
                            if task == 0:
                                output[y + k * places + p] += w[field + r] * columns[r * places + p]
                            elif task == 1:
                                columns[r * places + p] += w[field + r] * output[y + k * places + p]
                            else:
                                w[field + r] += columns[r * places + p] * output[y + k * places + p]
            else:
                of_filters = w[of_group : of_group + f * rows].reshape((f, rows))
                given = output[y : y + f * places].reshape((f, places))
                if task == 0:
                    given[:] = np.dot(of_filters, matrix)
                elif task == 1:
                    matrix[:] = np.dot(of_filters.T, given)
                else:
                    of_filters += np.dot(given, matrix.T)
            if task == 1:
                _patches(geometry, image, start, image_shape, taps, sizes, c, columns, True)
    if task == 2:
        filters[:] = _turned(geometry, w, count)


@numba_basic.numba_njit
def _product(shape):
    size = 1
    for n in shape:
        size *= n
    return size


@numba_basic.numba_njit
def _places(geometry, shape):
    """The filters' shape, its places -1 where they are shared."""
    shape = shape.copy()
    if not geometry[2]:
        shape[1:4] = -1
    return shape


@numba_basic.numba_njit
def _conv(geometry, image, image_shape, filters, filter_shape):
    """The output, flat, and its shape."""
    output_shape = np.full(5, -1, np.int64)
    sizes = _check(geometry, image_shape, _places(geometry, filter_shape), output_shape)
    output_shape[0], output_shape[1], output_shape[2:] = image_shape[0], filter_shape[0], sizes
    output = np.zeros(_product(output_shape), image.dtype)
    _run(geometry, image, image_shape, filters, filter_shape, output, output_shape)
    return output, output_shape


@numba_basic.numba_njit
def _conv_grad_inputs(geometry, filters, filter_shape, output, output_shape, spatial):
    """The image, flat, and its shape."""
    image_shape = np.empty(5, np.int64)
    image_shape[0], image_shape[1] = output_shape[0], filter_shape[4] * geometry[0]
    image_shape[2:] = spatial
    _check(geometry, image_shape, _places(geometry, filter_shape), output_shape)
    image = np.zeros(_product(image_shape), output.dtype)
    _run(geometry, image, image_shape, filters, filter_shape, output, output_shape)
    return image, image_shape


@numba_basic.numba_njit
def _conv_grad_weights(geometry, image, image_shape, output, output_shape, taps):
    """The filters, flat, and their shape."""
    filter_shape = np.full(8, -1, np.int64)
    filter_shape[0], filter_shape[4] = output_shape[1], image_shape[1] // geometry[0]
    filter_shape[5:] = taps
    sizes = _check(geometry, image_shape, filter_shape, output_shape)
    if geometry[2]:
        filter_shape[1:4] = sizes
    else:
        filter_shape[1:4] = 1
    filters = np.zeros(_product(filter_shape), image.dtype)
    _run(geometry, image, image_shape, filters, filter_shape, output, output_shape)
    return filters, filter_shape


_SOURCE = """
def convolution({arguments}):
    first_shape, second_shape = np.ones({first_axes}, np.int64), np.ones({second_axes}, np.int64)
    sizes = np.ones(3, np.int64)
    {lines}
    first_flat = np.ascontiguousarray(first).reshape(first.size)
    second_flat = np.ascontiguousarray(second).reshape(second.size)
    out, shape = {function}(geometry, first_flat, first_shape, second_flat, second_shape{last})
    return out.reshape(({shape}))
"""

_FUNCTIONS = {
    Conv: (_conv, ("image", "filters"), "image"),
    ConvGradInputs: (_conv_grad_inputs, ("filters", "image"), "image"),
    ConvGradWeights: (_conv_grad_weights, ("image", "image"), "filters"),
}


def _axes(op, kind):
    """Where the axes of an image, or of filters, stand among five, or eight."""
    idle = 3 - op.ndim
    if kind == "image":
        return [0, 1, *range(2 + idle, 5)]
    places = range(1 + idle, 4) if op.unshared else ()
    return [0, *places, 4, *range(5 + idle, 8)]


@register_funcify_and_cache_key(Conv)
@register_funcify_and_cache_key(ConvGradInputs)
@register_funcify_and_cache_key(ConvGradWeights)
def numba_funcify_conv(op, node, **kwargs):
    """A compiled function of the Op's inputs, and the key of its cache."""
    assert MODES == ("valid", "full", "half")  # the order that _padding writes out
    function, kinds, result = _FUNCTIONS[type(op)]
    names = [f"n{k}" for k in range(len(node.inputs) - 2)]
    lines = [
        f"{name}_shape[{axis}] = {name}.shape[{k}]"
        for name, kind in zip(("first", "second"), kinds, strict=True)
        for k, axis in enumerate(_axes(op, kind))
    ]
    lines += [f"sizes[{3 - op.ndim + k}] = {name}.item()" for k, name in enumerate(names)]
    source = _SOURCE.format(
        arguments=", ".join(["first", "second", *names]),
        first_axes={"image": 5, "filters": 8}[kinds[0]],
        second_axes={"image": 5, "filters": 8}[kinds[1]],
        lines="\n    ".join(lines),
        function=function.__name__,
        last=", sizes" if names else "",
        shape="".join(f"shape[{axis}], " for axis in _axes(op, result)),
    )
    scope = {"np": np, "geometry": op.geometry, function.__name__: function}
    compiled = compile_numba_function_src(source, "convolution", scope, write_to_disk=True)
    key = sha256(str((type(op), op.geometry.tolist(), op.ndim, 2)).encode()).hexdigest()
    return numba_basic.numba_njit(compiled), key
