"""Pooling as PyTensor Ops: the forward Op, its gradients, and the gradients of these.

For windows w(o) over an image x:

- sum and averages are linear, ``z_o = sum_{i in w(o)} x_i / n_o``, and ``AveragePoolGrad`` is their
  adjoint, ``gx_i = sum_{o: i in w(o)} gz_o / n_o``;
- the maximum ``z_o = max_{i in w(o)} x_i`` has ``gx_i = sum_{o: i in w(o)} [x_i = z_o] gz_o``: every
  element that equals the maximum receives the gradient (``MaxPoolGrad``); this is linear in gz, with
  the adjoint ``ggz_o = sum_{i in w(o)} [x_i = z_o] ggx_i`` (``DownsampleFactorMaxGradGrad``).

Windows, strides and paddings are inputs of the Ops, int64 vectors, known when the graph is built
or not.
"""

from functools import reduce

import numpy as np
import pytensor.tensor as pt
from numpy.lib.stride_tricks import sliding_window_view
from pytensor import config
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Constant
from pytensor.link.c.op import COp

from symgen.errors import DtypeError, RangeError, SettingsError, ShapeError
from symgen.ops.pool.c import SUPPORT_CODE, call_code, has_c_dtype
from symgen.ops.pool.geometry import (
    TooFewAxesError,
    check_pooled,
    check_same_shape,
    check_windows,
    covered_lengths,
    output_length,
    pooled_shape,
    shifts,
    window_counts,
)

MODES = ("max", "sum", "average_inc_pad", "average_exc_pad")


class WindowsOp(COp):
    """What the Ops here share: an Op over arrays, then `ws`, `stride` and `pad`.

    Parameters
    ----------
    ignore_border : bool
        Whether windows that do not lie within the padded image are left out, or cut.
    mode : {"max", "sum", "average_inc_pad", "average_exc_pad"}
        ``"max_deterministic"`` is ``"max"``, as in Theano.
    ndim : int
        Number of axes, the last ones, that are pooled.
    """

    __props__ = ("ignore_border", "mode", "ndim")
    modes = MODES

    def __init__(self, ignore_border=False, mode="max", ndim=2):
        mode = "max" if mode == "max_deterministic" else mode
        if mode not in self.modes:
            raise RangeError(f"a mode out of {self.modes}", repr(mode), "Pass one of these.")
        if ndim < 1:
            raise RangeError("at least 1 pooled axis", f"ndim={ndim}", "Pass ndim=2 for images.")
        self.ignore_border, self.mode, self.ndim = bool(ignore_border), mode, ndim

    def _inputs(self, arrays, ws, stride, pad):
        """The node's inputs as variables: the arrays in the dtype of the first, then the windows."""
        first, *others = map(pt.as_tensor_variable, arrays)
        dtype = first.type.dtype
        if dtype == "bool" or dtype.startswith("complex"):
            raise DtypeError("a real dtype to pool", dtype, "Cast to a float or integer dtype.")
        for array in (first, *others):
            if array.type.ndim < self.ndim:
                raise TooFewAxesError(
                    f"an input with at least {self.ndim} axes to pool",
                    f"{array.type.ndim}",
                    "Add axes of length 1, or pool over fewer axes.",
                )
            if array.type.ndim != first.type.ndim:
                raise ShapeError(
                    f"arrays of {first.type.ndim} axes each, as the first has",
                    f"{array.type.ndim}",
                    "Pass the input, its pooled value and gradients of their shapes.",
                )
        arrays = [first, *(a if a.type.dtype == dtype else pt.cast(a, dtype) for a in others)]
        stride = ws if stride is None else stride
        pad = (0,) * self.ndim if pad is None else pad
        windows = [
            _integer_vector(name, value)
            for name, value in (("ws", ws), ("stride", stride), ("pad", pad))
        ]
        known = [_constant_values(vector) for vector in windows]
        check_windows(*known, self.ignore_border, self.ndim)
        return arrays, windows

    def _pooled_static_shape(self, x, windows):
        """The static shape of what comes of pooling `x`."""
        leading = x.type.ndim - self.ndim
        known = [_constant_values(vector) for vector in windows]
        lengths = x.type.shape[leading:]
        if None in known:
            return (*x.type.shape[:leading], *[None] * self.ndim)
        if None not in lengths:
            return (*x.type.shape[:leading], *pooled_shape(lengths, *known, self.ignore_border))
        pooled = [
            None if n is None else output_length(n, k, s, p, self.ignore_border)
            for n, k, s, p in zip(lengths, *known, strict=True)
        ]
        return (*x.type.shape[:leading], *pooled)

    def connection_pattern(self, node):
        """The output depends smoothly on the arrays, and not on the windows."""
        return [[True]] * (len(node.inputs) - 3) + [[False]] * 3

    def c_support_code(self, **kwargs):
        """The loops in C."""
        return SUPPORT_CODE

    def c_headers(self, **kwargs):
        """For the identity of the maximum, and copies."""
        return ["<limits>", "<cstring>"]

    def c_code(self, node, name, inames, onames, sub):
        """Call the loop of this Op for its dtype and number of axes."""
        dtype = node.inputs[0].type.dtype
        if not has_c_dtype(dtype):
            raise NotImplementedError(f"no C code for {dtype}")
        settings = self.c_function, self.mode, self.ndim, self.ignore_border, dtype
        return call_code(*settings, inames, onames[0], sub["fail"])

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (3,)


class Pool(WindowsOp):
    """Pool windows over the last axes into one number each: ``Pool(...)(x, ws, stride, pad)``.

    Parameters
    ----------
    ignore_border, mode, ndim
        As for :class:`WindowsOp`; see :func:`symgen.ops.pool.pool_2d`.
    """

    c_function = "pool_forward"

    @staticmethod
    def out_shape(
        imgshape,
        ws=None,
        ignore_border=False,
        stride=None,
        pad=None,
        ndim=2,
        ds=None,
        st=None,
        padding=None,
    ):
        """Shape of the output for an input of a shape; lengths may be symbolic.

        Parameters
        ----------
        imgshape : sequence of int or symbolic integer scalar
        ws, stride, pad : sequence of `ndim` int or symbolic integer scalar
            `stride` defaults to `ws`, `pad` to zeros; `ds`, `st` and `padding` are older names.
        ignore_border : bool
        ndim : int, optional
            ``None`` is 2.

        Returns
        -------
        list of int or symbolic integer scalar

        Raises
        ------
        ShapeError
            For fewer lengths than `ndim`.
        SettingsError
            Without a window, or with two names of one parameter given.
        """
        ndim = 2 if ndim is None else ndim
        for name, value, old_name, old in (
            ("ws", ws, "ds", ds),
            ("stride", stride, "st", st),
            ("pad", pad, "padding", padding),
        ):
            if value is not None and old is not None:
                raise SettingsError(f"one of {name} and {old_name}", "both", f"Pass {name} alone.")
        ws = ds if ws is None else ws
        if ws is None:
            raise SettingsError(f"a window of {ndim} integers", "None", "Pass ws.")
        stride = st if stride is None else stride
        pad = padding if pad is None else pad
        stride = ws if stride is None else stride
        pad = (0,) * ndim if pad is None else pad
        if len(imgshape) < ndim:
            raise OutOfAxesError(
                f"a shape of at least {ndim} lengths", f"{len(imgshape)}", "Pass the whole shape."
            )
        leading = len(imgshape) - ndim
        return list(imgshape[:leading]) + [
            output_length(imgshape[leading + d], ws[d], stride[d], pad[d], ignore_border)
            for d in range(ndim)
        ]

    def make_node(self, x, ws, stride=None, pad=None):
        """Inputs: the images (..., *lengths), and integer vectors of `ndim` each."""
        (x,), windows = self._inputs([x], ws, stride, pad)
        shape = self._pooled_static_shape(x, windows)
        return Apply(self, [x, *windows], [pt.tensor(dtype=x.type.dtype, shape=shape)])

    def infer_shape(self, *arguments):
        """Shape of the output from that of the input."""
        node, shapes = arguments[-2:]
        windows = [
            _constant_values(vector) or [vector[d] for d in range(self.ndim)]
            for vector in node.inputs[1:]
        ]
        return [
            tuple(
                Pool.out_shape(shapes[0], windows[0], self.ignore_border, *windows[1:], self.ndim)
            )
        ]

    def perform(self, node, inputs, outputs):
        """Pool in NumPy."""
        x, *windows = inputs
        outputs[0][0] = pool(x, *windows, self.mode, self.ignore_border, self.ndim)

    def pullback(self, inputs, outputs, cotangents):
        """Gradient with respect to the input."""
        x, *windows = inputs
        if x.type.dtype not in pt.type.float_dtypes:
            return [x.zeros_like(dtype=config.floatX), *_disconnected(3)]
        if self.mode == "max":
            gradient = MaxPoolGrad(self.ignore_border, self.ndim)(
                x, outputs[0], cotangents[0], *windows
            )
        else:
            gradient = AveragePoolGrad(self.ignore_border, self.mode, self.ndim)(
                x, cotangents[0], *windows
            )
        return [gradient, *_disconnected(3)]

    def pushforward(self, inputs, outputs, tangents):
        """Directional derivative; at a tie, the sum over all maxima."""
        x, *windows = inputs
        if isinstance(tangents[0].type, DisconnectedType):
            return [DisconnectedType()()]
        if self.mode != "max":
            return [self(tangents[0], *windows)]
        derivative = DownsampleFactorMaxGradGrad(self.ignore_border, ndim=self.ndim)
        return [derivative(x, outputs[0], tangents[0], *windows)]


class MaxPoolGrad(WindowsOp):
    """Gradient of max pooling: ``MaxPoolGrad(...)(x, maxout, gz, ws, stride, pad)``.

    ``gx_i = sum_{o: i in w(o)} [x_i = maxout_o] gz_o``
    """

    c_function = "pool_max_gradient"
    modes = ("max",)

    def __init__(self, ignore_border, ndim=2):
        super().__init__(ignore_border, "max", ndim)

    def make_node(self, x, maxout, gz, ws, stride=None, pad=None):
        """Inputs: the input of the pooling, its output, and a gradient of that one's shape."""
        arrays, windows = self._inputs([x, maxout, gz], ws, stride, pad)
        return Apply(self, [*arrays, *windows], [_like(arrays[0])])

    def infer_shape(self, *arguments):
        """The shape of the input of the pooling."""
        return [arguments[-1][0]]

    def perform(self, node, inputs, outputs):
        """Compute in NumPy."""
        x, maxout, gz, *windows = inputs
        outputs[0][0] = max_gradient(x, maxout, gz, *windows, self.ignore_border, self.ndim)

    def pullback(self, inputs, outputs, cotangents):
        """Gradient with respect to gz; where x or maxout move a little, nothing changes."""
        x, maxout, _, *windows = inputs
        adjoint = DownsampleFactorMaxGradGrad(self.ignore_border, ndim=self.ndim)
        return [
            x.zeros_like(),
            maxout.zeros_like(),
            adjoint(x, maxout, cotangents[0], *windows),
            *_disconnected(3),
        ]

    def pushforward(self, inputs, outputs, tangents):
        """Directional derivative."""
        x, maxout, _, *windows = inputs
        if isinstance(tangents[2].type, DisconnectedType):
            return [x.zeros_like()]
        return [self(x, maxout, tangents[2], *windows)]


class AveragePoolGrad(WindowsOp):
    """Gradient of a sum or average: ``AveragePoolGrad(...)(x, gz, ws, stride, pad)``.

    ``gx_i = sum_{o: i in w(o)} gz_o / n_o``; of `x` only the shape matters. Padding is fine in
    every mode; Theano refused it in ``"average_exc_pad"``.
    """

    c_function = "pool_sum_gradient"
    modes = MODES[1:]

    def __init__(self, ignore_border, mode="average_inc_pad", ndim=2):
        super().__init__(ignore_border, mode, ndim)

    def make_node(self, x, gz, ws, stride=None, pad=None, dummy=None):
        """Inputs: the input of the pooling, and a gradient of the shape of its output.

        `dummy` takes nothing but ``None``: Theano's signature has it.
        """
        if dummy is not None:
            raise SettingsError("no sixth input", repr(dummy), "Leave it out.")
        arrays, windows = self._inputs([x, gz], ws, stride, pad)
        return Apply(self, [*arrays, *windows], [_like(arrays[0])])

    def infer_shape(self, *arguments):
        """The shape of the input of the pooling."""
        return [arguments[-1][0]]

    def perform(self, node, inputs, outputs):
        """Compute in NumPy."""
        x, gz, *windows = inputs
        outputs[0][0] = sum_gradient(x, gz, *windows, self.mode, self.ignore_border, self.ndim)

    def pullback(self, inputs, outputs, cotangents):
        """Gradient with respect to gz: the pooling itself."""
        x, _, *windows = inputs
        pooling = Pool(self.ignore_border, self.mode, self.ndim)
        return [x.zeros_like(), pooling(cotangents[0], *windows), *_disconnected(3)]

    def pushforward(self, inputs, outputs, tangents):
        """Directional derivative."""
        x, _, *windows = inputs
        if isinstance(tangents[1].type, DisconnectedType):
            return [x.zeros_like()]
        return [self(x, tangents[1], *windows)]


class DownsampleFactorMaxGradGrad(WindowsOp):
    """Adjoint of :class:`MaxPoolGrad` in its gradient input; also the derivative of max pooling.

    ``DownsampleFactorMaxGradGrad(...)(x, maxout, ggx, ws, stride, pad)`` is
    ``ggz_o = sum_{i in w(o)} [x_i = maxout_o] ggx_i``, of the shape of `maxout`.
    """

    c_function = "pool_max_gradient_adjoint"
    modes = ("max",)

    def __init__(self, ignore_border, mode="max", ndim=2):
        super().__init__(ignore_border, mode, ndim)

    def make_node(self, x, maxout, ggx, ws, stride=None, pad=None):
        """Inputs: the input of the pooling, its output, and an array of the input's shape."""
        arrays, windows = self._inputs([x, maxout, ggx], ws, stride, pad)
        shape = tuple(
            inferred if known is None else known
            for known, inferred in zip(
                arrays[1].type.shape, self._pooled_static_shape(arrays[0], windows), strict=True
            )
        )
        output = pt.tensor(dtype=arrays[0].type.dtype, shape=shape)
        return Apply(self, [*arrays, *windows], [output])

    def infer_shape(self, *arguments):
        """The shape of the output of the pooling."""
        return [arguments[-1][1]]

    def perform(self, node, inputs, outputs):
        """Compute in NumPy."""
        x, maxout, ggx, *windows = inputs
        outputs[0][0] = max_gradient_adjoint(
            x, maxout, ggx, *windows, self.ignore_border, self.ndim
        )

    def pullback(self, inputs, outputs, cotangents):
        """Gradient with respect to ggx."""
        x, maxout, _, *windows = inputs
        gradient = MaxPoolGrad(self.ignore_border, self.ndim)
        return [
            x.zeros_like(),
            maxout.zeros_like(),
            gradient(x, maxout, cotangents[0], *windows),
            *_disconnected(3),
        ]

    def pushforward(self, inputs, outputs, tangents):
        """Directional derivative."""
        x, maxout, _, *windows = inputs
        if isinstance(tangents[2].type, DisconnectedType):
            return [outputs[0].zeros_like()]
        return [self(x, maxout, tangents[2], *windows)]


class OutOfAxesError(ShapeError, TypeError):
    """A shape with fewer lengths than are pooled, for which Theano raised TypeError."""


def _like(x):
    return pt.tensor(dtype=x.type.dtype, shape=x.type.shape)


def _disconnected(count):
    return [DisconnectedType()() for _ in range(count)]


def _integer_vector(name, value):
    """A window, stride or padding as an int64 vector."""
    if isinstance(value, (tuple, list)) and all(isinstance(n, int) for n in value):
        return pt.constant(np.array(value, "int64").reshape(-1))
    vector = pt.as_tensor_variable(value)
    if vector.type.dtype not in pt.type.integer_dtypes:
        raise DtypeError(f"integers for {name}", f"{vector.type.dtype}", "Pass integers.")
    if vector.type.ndim != 1:
        raise ShapeError(
            f"a vector for {name}",
            f"{vector.type.ndim} axes",
            "Pass one integer for each pooled axis.",
        )
    if isinstance(vector, Constant):
        return pt.constant(vector.data.astype("int64"))
    return vector if vector.type.dtype == "int64" else pt.cast(vector, "int64")


def _constant_values(vector):
    """The values of a vector that is known when the graph is built, else ``None``."""
    return tuple(int(n) for n in vector.data) if isinstance(vector, Constant) else None


def _lowest(dtype):
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def counts(lengths, pooled, ws, stride, pad, mode):
    """Number that each window's sum is divided by: int64, of the shape `pooled`."""
    along_axes = [
        np.array(window_counts(n, m, k, s, p, mode == "average_inc_pad"), "int64")
        for n, m, k, s, p in zip(lengths, pooled, ws, stride, pad, strict=True)
    ]
    return reduce(np.multiply.outer, along_axes)


def _divided(sums, n):
    if sums.dtype.kind == "f":
        return sums / n.astype(sums.dtype)
    return np.trunc(sums / n).astype(sums.dtype)


class _Windows:
    """The windows of one call, over arrays of known shapes."""

    def __init__(self, shape, ws, stride, pad, ignore_border, ndim, pooled=()):
        for array in pooled:
            check_pooled(array.shape, shape, ws, stride, pad, ignore_border)
        self.leading, self.lengths = shape[:-ndim], shape[-ndim:]
        self.pooled = pooled_shape(self.lengths, ws, stride, pad, ignore_border)
        self.ws, self.stride, self.pad = ([int(n) for n in v] for v in (ws, stride, pad))
        self.covered = covered_lengths(self.pooled, self.ws, self.stride)
        self.axes = tuple(range(-ndim, 0))
        self.nothing = 0 in self.pooled

    def places(self):
        """Index of an array over the covered axes, for each place in a window."""
        for place in shifts(self.pooled, self.ws, self.stride):
            yield (..., *place)

    def _on_the_image(self):
        """Slices of the covered axes, and of the image's, that both have."""
        stops = [
            min(c, p + n) for c, p, n in zip(self.covered, self.pad, self.lengths, strict=True)
        ]
        covered = [slice(p, stop) for p, stop in zip(self.pad, stops, strict=True)]
        image = [slice(0, stop - p) for p, stop in zip(self.pad, stops, strict=True)]
        return (..., *covered), (..., *image)

    def cover(self, x, fill):
        """`x` over the covered axes, with `fill` where there is padding."""
        covered, image = self._on_the_image()
        out = np.full((*self.leading, *self.covered), fill, x.dtype)
        out[covered] = x[image]
        return out

    def uncover(self, array):
        """The image's part of an array over the covered axes; 0 where no window was."""
        covered, image = self._on_the_image()
        out = np.zeros((*self.leading, *self.lengths), array.dtype)
        out[image] = array[covered]
        return out

    def divided(self, sums, mode):
        """Averages from sums."""
        n = counts(self.lengths, self.pooled, self.ws, self.stride, self.pad, mode)
        return _divided(sums, n)


def pool(x, ws, stride, pad, mode, ignore_border, ndim):
    """Pooling in NumPy: what every backend has to give."""
    w = _Windows(x.shape, ws, stride, pad, ignore_border, ndim)
    if w.nothing:
        return np.empty((*w.leading, *w.pooled), x.dtype)
    covered = w.cover(x, _lowest(x.dtype) if mode == "max" else 0)
    windows = sliding_window_view(covered, tuple(w.ws), w.axes)
    every = tuple(slice(None, None, s) for s in w.stride)
    windows = windows[(..., *every, *(slice(None),) * ndim)]
    if mode == "max":
        return windows.max(axis=w.axes)
    sums = windows.sum(axis=w.axes, dtype=x.dtype)
    return sums if mode == "sum" else w.divided(sums, mode)


def max_gradient(x, maxout, gz, ws, stride, pad, ignore_border, ndim):
    """Gradient of max pooling in NumPy."""
    w = _Windows(x.shape, ws, stride, pad, ignore_border, ndim, (maxout, gz))
    if w.nothing:
        return np.zeros_like(x)
    covered = w.cover(x, _lowest(x.dtype))
    gradient = np.zeros_like(covered)
    for place in w.places():
        gradient[place] += np.where(covered[place] == maxout, gz, gz.dtype.type(0))
    return w.uncover(gradient)


def sum_gradient(x, gz, ws, stride, pad, mode, ignore_border, ndim):
    """Gradient of sum and average pooling in NumPy."""
    w = _Windows(x.shape, ws, stride, pad, ignore_border, ndim, (gz,))
    if w.nothing:
        return np.zeros_like(x)
    gz = gz if mode == "sum" else w.divided(gz, mode)
    gradient = np.zeros((*w.leading, *w.covered), x.dtype)
    for place in w.places():
        gradient[place] += gz
    return w.uncover(gradient)


def max_gradient_adjoint(x, maxout, ggx, ws, stride, pad, ignore_border, ndim):
    """Adjoint of the gradient of max pooling in NumPy."""
    w = _Windows(x.shape, ws, stride, pad, ignore_border, ndim, (maxout,))
    check_same_shape(ggx.shape, x.shape)
    adjoint = np.zeros_like(maxout)
    if w.nothing:
        return adjoint
    covered, values = w.cover(x, _lowest(x.dtype)), w.cover(ggx, 0)
    for place in w.places():
        adjoint += np.where(covered[place] == maxout, values[place], ggx.dtype.type(0))
    return adjoint
