"""Convolution and its two gradients as PyTensor Ops, over one, two or three spatial axes.

Each is a linear function of each of its two array inputs, and the gradients of any of the three are
the other two: transposed convolution and gradients of gradients need nothing else.
"""

from numbers import Integral

import numpy as np
import pytensor.tensor as pt
from numpy.lib.stride_tricks import sliding_window_view
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.link.c.params_type import ParamsType
from pytensor.tensor.basic import infer_static_shape
from pytensor.tensor.blas import blas_header_text, ldflags
from pytensor.tensor.type import TensorType

from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.ops.conv.c import HEADERS, VERSION, call_code, support_code
from symgen.ops.conv.geometry import (
    MODES,
    get_conv_shape_1axis,
    normalise_border_mode,
    normalise_ints,
    paddings,
)

DTYPES = ("float32", "float64")
TASKS = ("CONV", "GRAD_INPUTS", "GRAD_WEIGHTS")


class ConvOp(COp):
    """What the three Ops share: the properties of a convolution, and what follows from them.

    Parameters
    ----------
    ndim : {1, 2, 3}
        Number of spatial axes.
    border_mode : str, int, tuple of int, or tuple of pairs of int
        See :func:`symgen.ops.conv.geometry.normalise_border_mode`.
    subsample, filter_dilation : tuple of int
    filter_flip : bool
        True: a convolution; False: a correlation.
    num_groups : int
        Groups of channels, each with filters of its own.
    unshared : bool
        Filters differ by place: (filters, *output's spatial, channels, *taps).

    Raises
    ------
    RangeError
        For a property outside its range.
    """

    __props__ = (
        "ndim",
        "border_mode",
        "subsample",
        "filter_dilation",
        "filter_flip",
        "num_groups",
        "unshared",
    )
    params_type = ParamsType(geometry=TensorType("int64", shape=(None,)))

    def __init__(
        self,
        ndim,
        border_mode="valid",
        subsample=1,
        filter_dilation=1,
        filter_flip=True,
        num_groups=1,
        unshared=False,
    ):
        if ndim not in (1, 2, 3):
            raise RangeError("1, 2 or 3 spatial axes", repr(ndim), "Reshape the arrays to that.")
        if not isinstance(num_groups, Integral) or num_groups < 1:
            raise RangeError("num_groups of at least 1", repr(num_groups), "1 is one group of all.")
        self.ndim = ndim
        self.border_mode = normalise_border_mode(border_mode, ndim)
        self.subsample = normalise_ints(subsample, ndim, "subsample")
        self.filter_dilation = normalise_ints(filter_dilation, ndim, "filter_dilation")
        self.filter_flip, self.unshared = bool(filter_flip), bool(unshared)
        self.num_groups = int(num_groups)

    @property
    def geometry(self):
        """The properties as C reads them: a module then serves every convolution of its ndim.

        Groups, flip, unshared, border mode; then for each of three axes, of which the first are idle
        where ndim is less: stride, dilation, padding before and after; the task.
        """
        idle = 3 - self.ndim
        named = isinstance(self.border_mode, str)
        mode = 1 + MODES.index(self.border_mode) if named else 0
        pads = [(0, 0)] * self.ndim if named else self.border_mode
        axes = [(1, 1, 0, 0)] * idle
        for stride, dilation, pair in zip(self.subsample, self.filter_dilation, pads, strict=True):
            axes.append((stride, dilation, *pair))
        head = [self.num_groups, self.filter_flip, self.unshared, mode]
        return np.array([*head, *np.ravel(axes), TASKS.index(self.task)], dtype="int64")

    def relative(self, other):
        """The Op of the class `other` with the properties of this one."""
        return other(*(getattr(self, name) for name in self.__props__))

    def paddings(self, kernel):
        """Zeros (before, after) along each axis for filters of these taps."""
        return paddings(kernel, self.border_mode, self.filter_dilation)

    def output_sizes(self, image, kernel):
        """Sizes of a convolution's output along the spatial axes, None where unknown."""
        named = isinstance(self.border_mode, str)
        modes = (self.border_mode,) * self.ndim if named else self.border_mode
        axes = zip(image, kernel, modes, self.subsample, self.filter_dilation, strict=True)
        return tuple(get_conv_shape_1axis(*axis) for axis in axes)

    def check(self, image, filters, output=None):
        """Raise a ShapeError where the full shapes of the three cannot belong together.

        Parameters
        ----------
        image, filters : tuple of int or None
            None where not known yet.
        output : tuple of int or None, optional
        """
        nd, groups = self.ndim, self.num_groups
        sizes = self.output_sizes(image[2:], filters[-nd:])
        wanted = (image[0], filters[0], *sizes)
        if _clash(image[1], _times(filters[-nd - 1], groups)):
            raise ShapeError(
                f"filters with {image[1]} / {groups} channels, for an image with {image[1]} "
                f"channels in {groups} groups",
                f"filters of shape {filters}",
                "Filters have the axes (filters, channels / num_groups, *taps).",
            )
        if filters[0] is not None and filters[0] % groups:
            raise ShapeError(
                f"a number of filters that {groups} groups share out evenly",
                f"filters of shape {filters}",
                "Change the number of filters, or num_groups.",
            )
        places = filters[1 : 1 + nd] if self.unshared else sizes
        if any(map(_clash, sizes, places)):
            raise ShapeError(
                f"unshared filters for an output of spatial shape {sizes}",
                f"filters of shape {filters}",
                "Unshared filters have the axes (filters, *output's spatial, channels, *taps).",
            )
        if output is not None and any(map(_clash, wanted, output)):
            raise ShapeError(
                f"an output of shape {wanted}, as the image {image} and the filters {filters} give",
                f"one of shape {output}",
                "Pass the shape of the image or the filters that this output came from.",
            )

    def _arrays(self, first, second, dims):
        """Two array inputs of one dtype and the number of dimensions that they must have."""
        variables = [pt.as_tensor_variable(first), pt.as_tensor_variable(second)]
        for variable, (what, ndim) in zip(variables, dims, strict=True):
            if variable.type.ndim != ndim:
                raise ShapeError(
                    f"{what} with {ndim} axes",
                    f"{variable.type.ndim} axes ({variable.type})",
                    "The axes are (batch, channels, *spatial) and (filters, channels, *taps).",
                )
        dtypes = {variable.type.dtype for variable in variables}
        if not dtypes <= set(DTYPES):
            raise DtypeError(
                "float32 or float64", " and ".join(sorted(dtypes)), "Cast with .astype('float32')."
            )
        dtype = max(dtypes)  # float64 where the two differ
        return [v if v.type.dtype == dtype else pt.cast(v, dtype) for v in variables]

    @property
    def _filter_ndim(self):
        return 2 + self.ndim * (2 if self.unshared else 1)

    def c_support_code_apply(self, node, name):
        """The BLAS's declarations and the kernels."""
        return blas_header_text() + support_code(
            node.outputs[0].type.dtype, gradients=self.task != "CONV"
        )

    def c_headers(self, **kwargs):
        """What the kernels need."""
        return HEADERS

    def c_libraries(self, **kwargs):
        """The BLAS that PyTensor links."""
        return ldflags()

    def c_compile_args(self, **kwargs):
        """The BLAS's flags."""
        return ldflags(libs=False, flags=True)

    def c_lib_dirs(self, **kwargs):
        """Where the BLAS is."""
        return ldflags(libs=False, libs_dir=True)

    def c_header_dirs(self, **kwargs):
        """Where its headers are."""
        return ldflags(libs=False, include_dir=True)

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (VERSION,)

    def c_code(self, node, name, inames, onames, sub):
        """One call of the kernel that all convolutions of this ndim and dtype share."""
        return call_code(self.ndim, inames, onames[0], sub)


class Conv(ConvOp):
    """``output = Conv(ndim, ...)(image, filters)``.

    With stride s, dilation d and padding l before, without flip and groups,
    ``output[b, f, y] = sum over c, i of image[b, c, s y + d i - l] filters[f, c, i]``,
    y and i running over all spatial axes; flip exchanges i with k - 1 - i.

    Inputs: image (batch, channels, *spatial) and filters (filters, channels / num_groups, *taps),
    float32 or float64; where they differ, both become float64. Output: (batch, filters, *spatial).
    """

    task = "CONV"

    def make_node(self, image, filters):
        """Check what is known of the shapes."""
        dims = [("an image", 2 + self.ndim), ("filters", self._filter_ndim)]
        image, filters = self._arrays(image, filters, dims)
        image_shape, filter_shape = image.type.shape, filters.type.shape
        self.check(image_shape, filter_shape)
        sizes = self.output_sizes(image_shape[2:], filter_shape[-self.ndim :])
        if self.unshared:
            sizes = [n if m is None else m for n, m in zip(sizes, filter_shape[1:], strict=False)]
        shape = (image_shape[0], filter_shape[0], *sizes)
        return Apply(self, [image, filters], [pt.tensor(dtype=image.type.dtype, shape=shape)])

    def infer_shape(self, *arguments):
        """PyTensor 3.0 passes (fgraph, node, shapes), 3.3 drops fgraph."""
        image, filters = arguments[-1]
        return [(image[0], filters[0], *self.output_sizes(image[2:], filters[-self.ndim :]))]

    def perform(self, node, inputs, outputs):
        """In NumPy: all windows of the image, times the filters."""
        image, filters = inputs
        self.check(image.shape, filters.shape)
        windows = _windows(self, image, filters.shape[-self.ndim :])
        filters = _grouped_filters(self, filters)
        places, taps = "xyz"[: self.ndim], "ijk"[: self.ndim]
        of_filter = f"gf{places}c{taps}" if self.unshared else f"gfc{taps}"
        result = np.einsum(
            f"ngc{places}{taps},{of_filter}->ngf{places}", windows, filters, optimize=True
        )
        n, _, _, *sizes = result.shape
        outputs[0][0] = (
            np.ascontiguousarray(result.reshape(n, -1, *sizes))
            if result.size
            else (np.zeros((n, inputs[1].shape[0], *sizes), image.dtype))
        )

    def pullback(self, inputs, outputs, cotangents):
        """The two gradient Ops."""
        image, filters = inputs
        (cotangent,) = cotangents
        nd = self.ndim
        return [
            self.relative(ConvGradInputs)(filters, cotangent, *sizes(image)[2:]),
            self.relative(ConvGradWeights)(image, cotangent, *sizes(filters)[-nd:]),
        ]

    def pushforward(self, inputs, outputs, tangents):
        """Linear in each input."""
        image, filters = inputs
        return _pushed(tangents, lambda d: self(d, filters), lambda d: self(image, d))


class ConvGradInputs(ConvOp):
    """``image = ConvGradInputs(ndim, ...)(filters, output, *spatial)``: a transposed convolution.

    The gradient by the image of ``(Conv(ndim, ...)(image, filters) * output).sum()``. `spatial` are the
    image's sizes, integers: with strides, images of several sizes have the same output.
    """

    task = "GRAD_INPUTS"

    def make_node(self, filters, output, *spatial):
        """Check what is known of the shapes."""
        dims = [("filters", self._filter_ndim), ("an output", 2 + self.ndim)]
        filters, output = self._arrays(filters, output, dims)
        spatial, static = _sizes(spatial, self.ndim)
        channels = _times(filters.type.shape[-self.ndim - 1], self.num_groups)
        shape = (output.type.shape[0], channels, *static)
        self.check(shape, filters.type.shape, output.type.shape)
        image = pt.tensor(dtype=output.type.dtype, shape=shape)
        return Apply(self, [filters, output, *spatial], [image])

    def infer_shape(self, *arguments):
        """PyTensor 3.0 passes (fgraph, node, shapes), 3.3 drops fgraph."""
        node, (filters, output, *_) = arguments[-2:]
        return [(output[0], filters[-self.ndim - 1] * self.num_groups, *node.inputs[2:])]

    def connection_pattern(self, node):
        """No gradient flows to the sizes."""
        return [[True], [True], *([False] for _ in node.inputs[2:])]

    def perform(self, node, inputs, outputs):
        """In NumPy: one tap after the other, added to where it looked."""
        filters, output, *spatial = inputs
        spatial = tuple(int(n) for n in spatial)
        nd, groups = self.ndim, self.num_groups
        shape = (output.shape[0], filters.shape[-nd - 1] * groups, *spatial)
        self.check(shape, filters.shape, output.shape)
        taps = filters.shape[-nd:]
        pads = self.paddings(taps)
        padded = np.zeros(
            (
                shape[0],
                groups,
                shape[1] // groups,
                *(n + sum(p) for n, p in zip(spatial, pads, strict=True)),
            ),
            output.dtype,
        )
        given = output.reshape(shape[0], groups, output.shape[1] // groups, *output.shape[2:])
        filters = _grouped_filters(self, filters)
        places = "xyz"[:nd]
        of_filter = f"gf{places}c" if self.unshared else "gfc"
        for tap in np.ndindex(*taps):
            here = np.einsum(
                f"ngf{places},{of_filter}->ngc{places}", given, filters[(..., *tap)], optimize=True
            )
            where = [
                slice(i * d, i * d + (n - 1) * s + 1, s)
                for i, d, s, n in zip(
                    tap, self.filter_dilation, self.subsample, output.shape[2:], strict=True
                )
            ]
            padded[(..., *where)] += here
        inner = [slice(p[0], p[0] + n) for p, n in zip(pads, spatial, strict=True)]
        outputs[0][0] = np.ascontiguousarray(padded[(..., *inner)]).reshape(shape)

    def pullback(self, inputs, outputs, cotangents):
        """The two other Ops."""
        filters, output, *spatial = inputs
        (cotangent,) = cotangents
        return [
            self.relative(ConvGradWeights)(cotangent, output, *sizes(filters)[-self.ndim :]),
            self.relative(Conv)(cotangent, filters),
            *(DisconnectedType()() for _ in spatial),
        ]

    def pushforward(self, inputs, outputs, tangents):
        """Linear in each array."""
        filters, output, *spatial = inputs
        return _pushed(
            tangents[:2],
            lambda d: self(d, output, *spatial),
            lambda d: self(filters, d, *spatial),
        )


class ConvGradWeights(ConvOp):
    """``filters = ConvGradWeights(ndim, ...)(image, output, *taps)``.

    The gradient by the filters of ``(Conv(ndim, ...)(image, filters) * output).sum()``. `taps` are the
    filters' sizes, integers.
    """

    task = "GRAD_WEIGHTS"

    def make_node(self, image, output, *taps):
        """Check what is known of the shapes."""
        dims = [("an image", 2 + self.ndim), ("an output", 2 + self.ndim)]
        image, output = self._arrays(image, output, dims)
        taps, static = _sizes(taps, self.ndim)
        shape = self.filter_shape(image.type.shape, output.type.shape, static)
        self.check(image.type.shape, shape, output.type.shape)
        filters = pt.tensor(dtype=image.type.dtype, shape=shape)
        return Apply(self, [image, output, *taps], [filters])

    def filter_shape(self, image, output, taps):
        """Shape of the filters, from those of image and output.

        Raises
        ------
        ShapeError
            Where the groups do not share out the channels evenly.
        """
        if image[1] is not None and image[1] % self.num_groups:
            raise ShapeError(
                f"a number of channels that {self.num_groups} groups share out evenly",
                f"an image of shape {image}",
                "Change the number of channels, or num_groups.",
            )
        channels = None if image[1] is None else image[1] // self.num_groups
        places = output[2:] if self.unshared else ()
        return (output[1], *places, channels, *taps)

    def infer_shape(self, *arguments):
        """PyTensor 3.0 passes (fgraph, node, shapes), 3.3 drops fgraph."""
        node, (image, output, *_) = arguments[-2:]
        places = output[2:] if self.unshared else ()
        return [(output[1], *places, image[1] // self.num_groups, *node.inputs[2:])]

    def connection_pattern(self, node):
        """No gradient flows to the sizes."""
        return [[True], [True], *([False] for _ in node.inputs[2:])]

    def perform(self, node, inputs, outputs):
        """In NumPy: all windows of the image, times the output."""
        image, output, *taps = inputs
        taps = tuple(int(n) for n in taps)
        groups = self.num_groups
        shape = self.filter_shape(image.shape, output.shape, taps)
        self.check(image.shape, shape, output.shape)
        windows = _windows(self, image, taps)
        given = output.reshape(
            output.shape[0], groups, output.shape[1] // groups, *output.shape[2:]
        )
        places, letters = "xyz"[: self.ndim], "ijk"[: self.ndim]
        of_filter = f"gf{places}c{letters}" if self.unshared else f"gfc{letters}"
        result = np.einsum(
            f"ngc{places}{letters},ngf{places}->{of_filter}", windows, given, optimize=True
        ).reshape(shape)
        if self.filter_flip:
            result = np.flip(result, axis=tuple(range(-self.ndim, 0)))
        outputs[0][0] = np.ascontiguousarray(result)

    def pullback(self, inputs, outputs, cotangents):
        """The two other Ops."""
        image, output, *taps = inputs
        (cotangent,) = cotangents
        return [
            self.relative(ConvGradInputs)(cotangent, output, *sizes(image)[2:]),
            self.relative(Conv)(image, cotangent),
            *(DisconnectedType()() for _ in taps),
        ]

    def pushforward(self, inputs, outputs, tangents):
        """Linear in each array."""
        image, output, *taps = inputs
        return _pushed(
            tangents[:2], lambda d: self(d, output, *taps), lambda d: self(image, d, *taps)
        )


def sizes(variable):
    """The sizes of a variable along its axes: ints where its type knows them."""
    return [
        variable.shape[axis] if size is None else size
        for axis, size in enumerate(variable.type.shape)
    ]


def concrete_sizes(numbers):
    """Ints from what a backend's form is given as sizes."""
    return tuple(int(n) for n in numbers)


def _clash(size, other):
    return size is not None and other is not None and size != other


def _times(size, factor):
    return None if size is None else size * factor


def _sizes(given, ndim):
    """Sizes as int64 scalars, and what is known of them."""
    if len(given) != ndim:
        raise ShapeError(f"{ndim} spatial sizes", f"{len(given)}", "Pass one for each axis.")
    variables = []
    for size in given:
        variable = pt.as_tensor_variable(size)
        if variable.type.ndim != 0 or variable.type.dtype not in pt.type.integer_dtypes:
            raise DtypeError("integer spatial sizes", f"{variable.type}", "Cast them to int64.")
        variables.append(pt.cast(variable, "int64"))
    return infer_static_shape(variables)


def _pushed(tangents, *functions):
    """The sum of what each connected tangent becomes."""
    parts = [
        function(tangent)
        for tangent, function in zip(tangents, functions, strict=True)
        if not isinstance(tangent.type, DisconnectedType)
    ]
    return [sum(parts[1:], parts[0]) if parts else DisconnectedType()()]


def _windows(op, image, taps):
    """View of the padded image, grouped: (batch, groups, channels, *places, *taps)."""
    batch, channels = image.shape[:2]
    pads = op.paddings(taps)
    padded = np.pad(image, [(0, 0), (0, 0), *pads])
    groups = op.num_groups
    padded = padded.reshape(batch, groups, channels // groups, *padded.shape[2:])
    spans = tuple((k - 1) * d + 1 for k, d in zip(taps, op.filter_dilation, strict=True))
    axes = tuple(range(3, 3 + op.ndim))
    windows = sliding_window_view(padded, spans, axis=axes)
    steps = [slice(None, None, step) for step in (*op.subsample, *op.filter_dilation)]
    return windows[(slice(None),) * 3 + tuple(steps)]


def _grouped_filters(op, filters):
    """Filters as a correlation has them, with their groups in front."""
    if op.filter_flip:
        filters = np.flip(filters, axis=tuple(range(-op.ndim, 0)))
    return filters.reshape(op.num_groups, filters.shape[0] // op.num_groups, *filters.shape[1:])
