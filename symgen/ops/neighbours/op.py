"""Neighbourhoods of images as PyTensor Ops: cutting them out, and its adjoint, adding them up.

Both are linear and each is the other's gradient. Neighbourhoods, steps and the shape of the images
are inputs, int64 vectors, known when the graph is built or not.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor import config
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Constant
from pytensor.link.c.op import COp

from symgen.errors import DtypeError, NotSupportedError, ShapeError
from symgen.ops.neighbours.c import SUPPORT_CODE, call_code, has_c_dtype
from symgen.ops.neighbours.geometry import (
    MODES,
    begin,
    check_neibs,
    check_pair,
    grid,
    grid_length,
)


class NeighbourhoodOp(COp):
    """What both Ops here share.

    Parameters
    ----------
    mode : {"valid", "ignore_borders", "wrap_centered", "half", "full"}
        See :func:`symgen.ops.neighbours.images2neibs`.
    """

    __props__ = ("mode",)

    def __init__(self, mode="valid"):
        if mode not in MODES:
            raise NotSupportedError(f"a mode out of {MODES}", repr(mode), "Pass one of these.")
        self.mode = mode

    def _inputs(self, array, ndim, neib_shape, neib_step):
        array = pt.as_tensor_variable(array)
        if array.type.ndim != ndim:
            raise ShapeError(
                "images of shape (batch, channels, rows, columns)"
                if ndim == 4
                else "a matrix with a neighbourhood in each row",
                f"{array.type.ndim} axes",
                f"Reshape it to {ndim} axes.",
            )
        if array.type.dtype.startswith("complex"):
            raise DtypeError("a real dtype", array.type.dtype, "Cut real and imaginary part.")
        neib_shape = _integer_vector("neib_shape", neib_shape)
        neib_step = neib_shape if neib_step is None else _integer_vector("neib_step", neib_step)
        for name, vector in (("neib_shape", neib_shape), ("neib_step", neib_step)):
            if isinstance(vector, Constant):
                check_pair(name, vector.data)
        return array, neib_shape, neib_step

    def c_support_code(self, **kwargs):
        """The loops in C."""
        return SUPPORT_CODE

    def c_headers(self, **kwargs):
        """For copies."""
        return ["<cstring>"]

    def c_code(self, node, name, inames, onames, sub):
        """Call the loop of this Op for its dtype."""
        dtype = node.inputs[0].type.dtype
        if not has_c_dtype(dtype):
            raise NotImplementedError(f"no C code for {dtype}")
        return call_code(self.c_function, self.mode, dtype, inames, onames[0], sub["fail"])

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (1,)


class Images2Neibs(NeighbourhoodOp):
    """Neighbourhoods as rows: ``Images2Neibs(mode)(ten4, neib_shape, neib_step)``."""

    c_function = "neibs_cut"

    def make_node(self, ten4, neib_shape, neib_step=None):
        """Inputs: the images, and two integer vectors of 2."""
        inputs = self._inputs(ten4, 4, neib_shape, neib_step)
        shape = [None, None]
        images, *windows = inputs
        if isinstance(windows[0], Constant):
            shape[1] = int(np.prod(windows[0].data))
            if isinstance(windows[1], Constant) and None not in images.type.shape:
                batch, channels, *lengths = images.type.shape
                down, across = grid(lengths, *(w.data for w in windows), self.mode)
                shape[0] = batch * channels * down * across
        return Apply(self, inputs, [pt.tensor(dtype=images.type.dtype, shape=shape)])

    def infer_shape(self, *arguments):
        """Shape of the matrix from that of the images."""
        node, shapes = arguments[-2:]
        batch, channels, *lengths = shapes[0]
        (rows, columns), steps = (_elements(vector, 2) for vector in node.inputs[1:])
        down = grid_length(lengths[0], rows, steps[0], self.mode)
        across = grid_length(lengths[1], columns, steps[1], self.mode)
        return [(batch * channels * down * across, pt.as_tensor_variable(rows * columns))]

    def connection_pattern(self, node):
        """The matrix depends smoothly on the images alone."""
        return [[True], [False], [False]]

    def perform(self, node, inputs, outputs):
        """Cut in NumPy."""
        outputs[0][0] = cut(*inputs, self.mode)

    def pullback(self, inputs, outputs, cotangents):
        """Gradient with respect to the images."""
        images, *windows = inputs
        if images.type.dtype not in pt.type.float_dtypes:
            gradient = images.zeros_like(dtype=config.floatX)
        else:
            gradient = Images2NeibsGrad(self.mode)(cotangents[0], *windows, images.shape)
        return [gradient, DisconnectedType()(), DisconnectedType()()]

    def pushforward(self, inputs, outputs, tangents):
        """Directional derivative."""
        if isinstance(tangents[0].type, DisconnectedType):
            return [DisconnectedType()()]
        return [self(tangents[0], *inputs[1:])]


class Images2NeibsGrad(NeighbourhoodOp):
    """Neighbourhoods added up where they were cut out: the gradient of :class:`Images2Neibs`.

    ``Images2NeibsGrad(mode)(neibs, neib_shape, neib_step, image_shape)``; without overlap it puts
    them back.
    """

    c_function = "neibs_add"

    def make_node(self, neibs, neib_shape, neib_step, image_shape):
        """Inputs: the matrix, two integer vectors of 2 and one of 4."""
        neibs, *windows = self._inputs(neibs, 2, neib_shape, neib_step)
        image_shape = _integer_vector("the shape of the images", image_shape)
        shape = (None,) * 4
        if isinstance(image_shape, Constant):
            shape = tuple(int(n) for n in image_shape.data)
            if all(isinstance(w, Constant) for w in windows):
                rows, columns = neibs.type.shape
                expected = rows, columns
                if None not in expected:
                    check_neibs(expected, shape, *(w.data for w in windows), self.mode)
            if len(shape) != 4 or min(shape) < 0:
                check_neibs((0, 0), shape, (1, 1), (1, 1), self.mode)
        elif image_shape.type.shape[0] not in (None, 4):
            raise ShapeError(
                "four lengths (batch, channels, rows, columns)",
                f"{image_shape.type.shape[0]}",
                "Pass the shape that the images had.",
            )
        output = pt.tensor(dtype=neibs.type.dtype, shape=shape)
        return Apply(self, [neibs, *windows, image_shape], [output])

    def infer_shape(self, *arguments):
        """The shape that is given."""
        node, _ = arguments[-2:]
        return [tuple(map(pt.as_tensor_variable, _elements(node.inputs[3], 4)))]

    def connection_pattern(self, node):
        """The images depend smoothly on the matrix alone."""
        return [[True], [False], [False], [False]]

    def perform(self, node, inputs, outputs):
        """Add up in NumPy."""
        outputs[0][0] = add(*inputs, self.mode)

    def pullback(self, inputs, outputs, cotangents):
        """Gradient with respect to the matrix: cutting out."""
        neibs, *windows, _ = inputs
        if neibs.type.dtype not in pt.type.float_dtypes:
            gradient = neibs.zeros_like(dtype=config.floatX)
        else:
            gradient = Images2Neibs(self.mode)(cotangents[0], *windows)
        return [gradient, *(DisconnectedType()() for _ in range(3))]

    def pushforward(self, inputs, outputs, tangents):
        """Directional derivative."""
        if isinstance(tangents[0].type, DisconnectedType):
            return [DisconnectedType()()]
        return [self(tangents[0], *inputs[1:])]


def _integer_vector(name, value):
    """A neighbourhood, step or shape as an int64 vector."""
    if isinstance(value, (tuple, list)) and all(isinstance(n, int) for n in value):
        return pt.constant(np.array(value, "int64"))
    vector = pt.as_tensor_variable(value)
    if vector.type.dtype not in pt.type.integer_dtypes:
        raise DtypeError(f"integers for {name}", vector.type.dtype, "Pass integers.")
    if vector.type.ndim != 1:
        raise ShapeError(f"a vector for {name}", f"{vector.type.ndim} axes", "Pass a vector.")
    if isinstance(vector, Constant):
        return pt.constant(vector.data.astype("int64"))
    return vector if vector.type.dtype == "int64" else pt.cast(vector, "int64")


def _elements(vector, count):
    """Elements of a vector: integers where they are known."""
    if isinstance(vector, Constant):
        return [int(n) for n in vector.data]
    return [vector[k] for k in range(count)]


def _places(length, count, size, step, mode):
    """(rows of the image in each neighbourhood, which of them lie in the image): (count, size)."""
    places = np.arange(count)[:, None] * step + np.arange(size) - begin(size, mode)
    if mode == "wrap_centered":
        places %= length
    return places, (places >= 0) & (places < length)


def cut(images, neib_shape, neib_step, mode):
    """Neighbourhoods in NumPy: what every backend has to give."""
    batch, channels, *lengths = images.shape
    counts = grid(lengths, neib_shape, neib_step, mode)
    (rows, has_row), (columns, has_column) = (
        _places(*axis, mode) for axis in zip(lengths, counts, neib_shape, neib_step, strict=True)
    )
    shape = (batch * channels * counts[0] * counts[1], int(np.prod(neib_shape)))
    if 0 in shape:
        return np.zeros(shape, images.dtype)
    rows, columns = np.where(has_row, rows, 0), np.where(has_column, columns, 0)
    neibs = images[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    inside = has_row[:, None, :, None] & has_column[None, :, None, :]
    return np.where(inside, neibs, images.dtype.type(0)).reshape(shape)


def add(neibs, neib_shape, neib_step, image_shape, mode):
    """Neighbourhoods added up in NumPy."""
    counts = check_neibs(neibs.shape, image_shape, neib_shape, neib_step, mode)
    batch, channels, *lengths = (int(n) for n in image_shape)
    (rows, has_row), (columns, has_column) = (
        _places(*axis, mode) for axis in zip(lengths, counts, neib_shape, neib_step, strict=True)
    )
    images = np.zeros((batch, channels, *lengths), neibs.dtype)
    parts = neibs.reshape(batch, channels, *counts, *(int(n) for n in neib_shape))
    for i, j in np.ndindex(*parts.shape[4:]):
        down, across = has_row[:, i], has_column[:, j]
        # No two neighbourhoods have the same pixel at one place, so that none is added to twice.
        at = np.ix_(range(batch), range(channels), rows[down, i], columns[across, j])
        images[at] += parts[:, :, down][:, :, :, across][..., i, j]
    return images
