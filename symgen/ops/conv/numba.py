"""Convolutions for Numba: patches and ``np.dot``; importing this file teaches them to PyTensor."""

from hashlib import sha256

import numpy as np
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.errors import ShapeError
from symgen.ops.conv.geometry import MODES
from symgen.ops.conv.op import Conv, ConvGradInputs, ConvGradWeights

# Everything below sees three spatial axes; the first ones are of size 1 where there are fewer.
# ``geometry`` is the array that ConvOp.geometry describes.


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
    return 0, 0


@numba_basic.numba_njit
def _check(geometry, image, filters, output):
    """Sizes of the output, after a look whether the shapes belong together.

    `image` (batch, channels, 3 sizes), `filters` (filters, 3 places, channels, 3 taps); places and
    output of -1 are not compared.
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
    return sizes[0], sizes[1], sizes[2]


@numba_basic.numba_njit
def _patches(geometry, image, taps, sizes, columns):
    """columns (channels * taps, places) from an image (channels, 3 sizes)."""
    d0, d1, d2 = geometry[5], geometry[9], geometry[13]
    s0, s1, s2 = geometry[4], geometry[8], geometry[12]
    p0 = _padding(geometry, 0, taps[0])[0]
    p1 = _padding(geometry, 1, taps[1])[0]
    p2 = _padding(geometry, 2, taps[2])[0]
    row = 0
    for c in range(image.shape[0]):
        for i in range(taps[0]):
            for j in range(taps[1]):
                for k in range(taps[2]):
                    place = 0
                    for a in range(sizes[0]):
                        x = a * s0 + i * d0 - p0
                        for b in range(sizes[1]):
                            y = b * s1 + j * d1 - p1
                            inside = 0 <= x < image.shape[1] and 0 <= y < image.shape[2]
                            for e in range(sizes[2]):
                                z = e * s2 + k * d2 - p2
                                if inside and 0 <= z < image.shape[3]:
                                    columns[row, place] = image[c, x, y, z]
                                else:
                                    columns[row, place] = 0
                                place += 1
                    row += 1


@numba_basic.numba_njit
def _add_patches(geometry, columns, taps, sizes, image):
    """The transpose of :func:`_patches`: columns added to where they came from."""
    d0, d1, d2 = geometry[5], geometry[9], geometry[13]
    s0, s1, s2 = geometry[4], geometry[8], geometry[12]
    p0 = _padding(geometry, 0, taps[0])[0]
    p1 = _padding(geometry, 1, taps[1])[0]
    p2 = _padding(geometry, 2, taps[2])[0]
    row = 0
    for c in range(image.shape[0]):
        for i in range(taps[0]):
            for j in range(taps[1]):
                for k in range(taps[2]):
                    place = 0
                    for a in range(sizes[0]):
                        x = a * s0 + i * d0 - p0
                        for b in range(sizes[1]):
                            y = b * s1 + j * d1 - p1
                            inside = 0 <= x < image.shape[1] and 0 <= y < image.shape[2]
                            for e in range(sizes[2]):
                                z = e * s2 + k * d2 - p2
                                if inside and 0 <= z < image.shape[3]:
                                    image[c, x, y, z] += columns[row, place]
                                place += 1
                    row += 1


@numba_basic.numba_njit
def _matrices(geometry, filters):
    """Filters (filters, 3 places, channels, 3 taps), flipped where asked: (filters, places, rest)."""
    f, a, b, e, c, i, j, k = filters.shape
    if geometry[1]:
        filters = filters[:, :, :, :, :, ::-1, ::-1, ::-1]
    return np.ascontiguousarray(filters).reshape(f, a * b * e, c * i * j * k)


@numba_basic.numba_njit
def _conv(geometry, image, filters):
    """Output (batch, filters, 3 sizes)."""
    unknown = (-1, -1, -1, -1, -1)
    sizes = _check(geometry, image.shape, _places(geometry, filters.shape), unknown)
    matrices = _matrices(geometry, filters)
    n, groups, places = image.shape[0], geometry[0], sizes[0] * sizes[1] * sizes[2]
    f, c = filters.shape[0] // groups, filters.shape[4]
    output = np.zeros((n, filters.shape[0], places), image.dtype)
    columns = np.empty((matrices.shape[2], places), image.dtype)
    for b in range(n):
        for g in range(groups):
            part = image[b, g * c : (g + 1) * c]
            _patches(geometry, part, filters.shape[5:], sizes, columns)
            if geometry[2]:
                for k in range(g * f, (g + 1) * f):
                    for p in range(places):
                        for r in range(columns.shape[0]):
                            output[b, k, p] += matrices[k, p, r] * columns[r, p]
            else:
                matrix = np.ascontiguousarray(matrices[g * f : (g + 1) * f, 0])
                output[b, g * f : (g + 1) * f] = np.dot(matrix, columns)
    return output.reshape(n, filters.shape[0], sizes[0], sizes[1], sizes[2])


@numba_basic.numba_njit
def _conv_grad_inputs(geometry, filters, output, spatial):
    """Image (batch, channels, 3 sizes)."""
    n, groups = output.shape[0], geometry[0]
    shape = (n, filters.shape[4] * groups, spatial[0], spatial[1], spatial[2])
    sizes = _check(geometry, shape, _places(geometry, filters.shape), output.shape)
    matrices = _matrices(geometry, filters)
    places = sizes[0] * sizes[1] * sizes[2]
    f, c = filters.shape[0] // groups, filters.shape[4]
    image = np.zeros(shape, output.dtype)
    columns = np.empty((matrices.shape[2], places), output.dtype)
    given = np.ascontiguousarray(output).reshape(n, output.shape[1], places)
    for b in range(n):
        for g in range(groups):
            if geometry[2]:
                columns[:] = 0
                for k in range(g * f, (g + 1) * f):
                    for p in range(places):
                        for r in range(columns.shape[0]):
                            columns[r, p] += matrices[k, p, r] * given[b, k, p]
            else:
                matrix = np.ascontiguousarray(matrices[g * f : (g + 1) * f, 0])
                columns[:] = np.dot(matrix.T, given[b, g * f : (g + 1) * f])
            part = image[b, g * c : (g + 1) * c]
            _add_patches(geometry, columns, filters.shape[5:], sizes, part)
    return image


@numba_basic.numba_njit
def _conv_grad_weights(geometry, image, output, taps):
    """Filters (filters, 3 places, channels, 3 taps)."""
    n, groups = image.shape[0], geometry[0]
    f, c = output.shape[1] // groups, image.shape[1] // groups
    shape = (output.shape[1], -1, -1, -1, c, taps[0], taps[1], taps[2])
    sizes = _check(geometry, image.shape, shape, output.shape)
    places = sizes[0] * sizes[1] * sizes[2]
    columns = np.empty((c * taps[0] * taps[1] * taps[2], places), image.dtype)
    kept = places if geometry[2] else 1
    matrices = np.zeros((output.shape[1], kept, columns.shape[0]), image.dtype)
    given = np.ascontiguousarray(output).reshape(n, output.shape[1], places)
    for b in range(n):
        for g in range(groups):
            _patches(geometry, image[b, g * c : (g + 1) * c], taps, sizes, columns)
            if geometry[2]:
                for k in range(g * f, (g + 1) * f):
                    for p in range(places):
                        for r in range(columns.shape[0]):
                            matrices[k, p, r] += columns[r, p] * given[b, k, p]
            else:
                matrices[g * f : (g + 1) * f, 0] += np.dot(given[b, g * f : (g + 1) * f], columns.T)
    a0, a1, a2 = sizes if geometry[2] else (1, 1, 1)
    filters = matrices.reshape(output.shape[1], a0, a1, a2, c, taps[0], taps[1], taps[2])
    if geometry[1]:
        filters = np.ascontiguousarray(filters[:, :, :, :, :, ::-1, ::-1, ::-1])
    return filters


@numba_basic.numba_njit
def _places(geometry, shape):
    """The filters' shape, its places -1 where they are shared."""
    if geometry[2]:
        return shape
    return (shape[0], -1, -1, -1, shape[4], shape[5], shape[6], shape[7])


_CALLS = {
    Conv: (
        _conv,
        """
def convolution(image, filters):
    x, w = np.ascontiguousarray(image), np.ascontiguousarray(filters)
    out = _conv(geometry, x.reshape({image}), w.reshape({filters}))
    return out.reshape({output})
""",
    ),
    ConvGradInputs: (
        _conv_grad_inputs,
        """
def convolution(filters, output, {names}):
    w, y = np.ascontiguousarray(filters), np.ascontiguousarray(output)
    out = _conv_grad_inputs(
        geometry, w.reshape({filters}), y.reshape({image}), ({ones}{sizes})
    )
    return out.reshape({output})
""",
    ),
    ConvGradWeights: (
        _conv_grad_weights,
        """
def convolution(image, output, {names}):
    x, y = np.ascontiguousarray(image), np.ascontiguousarray(output)
    out = _conv_grad_weights(
        geometry, x.reshape({image}), y.reshape({image2}), ({ones}{sizes})
    )
    return out.reshape({output})
""",
    ),
}


def _axes(name, first, count):
    return "".join(f"{name}.shape[{first + k}], " for k in range(count))


@register_funcify_and_cache_key(Conv)
@register_funcify_and_cache_key(ConvGradInputs)
@register_funcify_and_cache_key(ConvGradWeights)
def numba_funcify_conv(op, node, **kwargs):
    """A compiled function of the Op's inputs, and the key of its cache."""
    assert MODES == ("valid", "full", "half")  # the order that _padding writes out
    nd, idle = op.ndim, 3 - op.ndim
    ones = "1, " * idle
    names = [f"n{k}" for k in range(nd)]

    def image(name):
        return f"({_axes(name, 0, 2)}{ones}{_axes(name, 2, nd)})"

    def filters(name):
        places = f"{ones}{_axes(name, 1, nd)}" if op.unshared else "1, 1, 1, "
        last = 1 + (nd if op.unshared else 0)
        return (
            f"({_axes(name, 0, 1)}{places}{_axes(name, last, 1)}{ones}{_axes(name, last + 1, nd)})"
        )

    if isinstance(op, Conv):
        fields = {"image": image("x"), "filters": filters("w")}
        output = f"({_axes('out', 0, 2)}{_axes('out', 2 + idle, nd)})"
    elif isinstance(op, ConvGradInputs):
        fields = {"filters": filters("w"), "image": image("y")}
        output = f"({_axes('out', 0, 2)}{_axes('out', 2 + idle, nd)})"
    else:
        fields = {"image": image("x"), "image2": image("y")}
        places = _axes("out", 1 + idle, nd) if op.unshared else ""
        output = f"({_axes('out', 0, 1)}{places}{_axes('out', 4, 1)}{_axes('out', 5 + idle, nd)})"
    function, source = _CALLS[type(op)]
    source = source.format(
        output=output,
        ones=ones,
        names=", ".join(names),
        sizes="".join(f"{name}.item(), " for name in names),
        **fields,
    )
    # An array, since Numba would compile everything again for the constants of another tuple.
    scope = {"np": np, "geometry": op.geometry, function.__name__: function}
    compiled = compile_numba_function_src(source, "convolution", scope, write_to_disk=True)
    key = sha256(str((type(op), op.geometry.tolist(), nd, 1)).encode()).hexdigest()
    return numba_basic.numba_njit(compiled), key
