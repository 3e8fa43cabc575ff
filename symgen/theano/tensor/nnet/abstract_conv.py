"""``theano.tensor.nnet.abstract_conv``: convolutions over two and three axes, and their shapes.

The functions and the Ops' classes build :mod:`symgen.ops.conv`'s Ops, which every backend computes.
Shapes that are passed in (``input_shape``, ``filter_shape``, ``imshp``, ``kshp``) are checked when the
function runs, whether ``config.conv.assert_shape`` is set or not: Theano took them on trust without it.
"""

from numbers import Integral

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable
from pytensor.raise_op import Assert
from pytensor.tensor.exceptions import NotScalarConstantError

from symgen.errors import RangeError, SettingsError, ShapeError
from symgen.ops import conv as ops
from symgen.ops.conv.functions import _known as with_shape
from symgen.ops.conv.geometry import (
    get_conv_gradinputs_shape_1axis,
    get_conv_gradweights_shape_1axis,
    normalise_border_mode,
    normalise_ints,
    padding_1axis,
    paddings,
)
from symgen.ops.upsampling import (
    bilinear_kernel_1D,
    bilinear_kernel_2D,
    bilinear_upsampling,
    frac_bilinear_upsampling,
)
from symgen.theano._missing import attribute_lookup
from symgen.theano.configparser import config
from symgen.theano.tensor.nnet._stand_in import StandInOp

#: Whether Theano could use SciPy's convolutions; symgen needs none.
imported_scipy_signal = True

causal_conv1d = ops.causal_conv1d
conv3d = ops.conv3d
conv2d_grad_wrt_inputs = ops.conv2d_grad_wrt_inputs
conv2d_grad_wrt_weights = ops.conv2d_grad_wrt_weights
conv3d_grad_wrt_inputs = ops.conv3d_grad_wrt_inputs
conv3d_grad_wrt_weights = ops.conv3d_grad_wrt_weights
separable_conv2d = ops.separable_conv2d
separable_conv3d = ops.separable_conv3d
get_conv_gradinputs_shape = ops.get_conv_gradinputs_shape
get_conv_gradweights_shape = ops.get_conv_gradweights_shape

__all__ = [
    "AbstractConv",
    "AbstractConv2d",
    "AbstractConv2d_gradInputs",
    "AbstractConv2d_gradWeights",
    "AbstractConv3d",
    "AbstractConv3d_gradInputs",
    "AbstractConv3d_gradWeights",
    "AbstractConv_gradInputs",
    "AbstractConv_gradWeights",
    "BaseAbstractConv",
    "assert_conv_shape",
    "assert_shape",
    "bilinear_kernel_1D",
    "bilinear_kernel_2D",
    "bilinear_upsampling",
    "border_mode_to_pad",
    "causal_conv1d",
    "check_conv_gradinputs_shape",
    "conv2d",
    "conv2d_grad_wrt_inputs",
    "conv2d_grad_wrt_weights",
    "conv3d",
    "conv3d_grad_wrt_inputs",
    "conv3d_grad_wrt_weights",
    "frac_bilinear_upsampling",
    "get_conv_gradinputs_shape",
    "get_conv_gradinputs_shape_1axis",
    "get_conv_gradweights_shape",
    "get_conv_gradweights_shape_1axis",
    "get_conv_output_shape",
    "get_conv_shape_1axis",
    "separable_conv2d",
    "separable_conv3d",
]

__getattr__ = attribute_lookup(__name__)


def conv2d(
    input,
    filters,
    input_shape=None,
    filter_shape=None,
    border_mode="valid",
    subsample=(1, 1),
    filter_flip=True,
    filter_dilation=(1, 1),
    num_groups=1,
    unshared=False,
):
    """Convolve a batch of images with filters: :func:`symgen.ops.conv.conv2d`.

    Parameters
    ----------
    input : tensor, shape (batch, channels, rows, columns), float32 or float64
    filters : tensor, shape (filters, channels / num_groups, rows, columns)
        Unshared ones have the axes (filters, output rows, output columns, channels, rows, columns).
    input_shape, filter_shape : tuple of int, None or constant, optional
        What is known of the shapes; checked when the function runs.
    border_mode : {"valid", "full", "half"}, int, tuple of int or of pairs of int
    subsample, filter_dilation : tuple of int
    filter_flip : bool
        False for a correlation.
    num_groups : int
    unshared : bool

    Returns
    -------
    TensorVariable, shape (batch, filters, output rows, output columns)

    Raises
    ------
    ShapeError, RangeError, DtypeError
        For arguments that do not fit.
    """
    return ops.conv2d(
        input,
        filters,
        input_shape=input_shape,
        filter_shape=filter_shape,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
        unshared=unshared,
    )


def get_conv_shape_1axis(image_shape, kernel_shape, border_mode, subsample, dilation=1):
    """Size of a convolution's output along one axis.

    ``(image_shape + pads - (kernel_shape - 1) dilation - 1) // subsample + 1``, which is below 1 where
    the filter does not fit into the image.

    Parameters
    ----------
    image_shape, kernel_shape : int, integer variable, or None
    border_mode : {"valid", "full", "half"}, int or pair of int
    subsample, dilation : int or integer variable

    Returns
    -------
    int, integer variable, or None where an argument is None
    """
    if any(value is None for value in (image_shape, kernel_shape, border_mode, subsample, dilation)):
        return None
    before, after = padding_1axis(kernel_shape, border_mode, dilation)
    if min(p for p in (before, after, 0) if isinstance(p, Integral)) < 0:
        raise RangeError("a padding of at least 0", repr(border_mode), "Crop with a slice.")
    room = image_shape + before + after - ((kernel_shape - 1) * dilation + 1)
    return room + 1 if isinstance(subsample, Integral) and subsample == 1 else room // subsample + 1


def get_conv_output_shape(image_shape, kernel_shape, border_mode, subsample, filter_dilation=None):
    """Shape of a convolution's output, as its arguments' shapes give it.

    Parameters
    ----------
    image_shape : tuple of int, integer variable or None
        (batch, channels, *spatial).
    kernel_shape : tuple of int, integer variable or None
        (filters, channels, *taps); of unshared filters with the output's axes after the first.
    border_mode : {"valid", "full", "half"}, int or tuple
    subsample, filter_dilation : tuple of int

    Returns
    -------
    tuple
        (batch, filters, *spatial), None where unknown. Nothing is checked: see
        :func:`assert_conv_shape`.
    """
    ndim = len(image_shape) - 2
    dilation = (1,) * ndim if filter_dilation is None else filter_dilation
    modes = border_mode if isinstance(border_mode, tuple) else (border_mode,) * ndim
    axes = zip(image_shape[2:], kernel_shape[-ndim:], modes, subsample, dilation, strict=True)
    return (image_shape[0], kernel_shape[0], *(get_conv_shape_1axis(*axis) for axis in axes))


def check_conv_gradinputs_shape(
    image_shape, kernel_shape, output_shape, border_mode, subsample, filter_dilation=None
):
    """Whether a convolution of these shapes may have this output's shape.

    Parameters are those of :func:`get_conv_output_shape`, and the output's shape.

    Returns
    -------
    bool
        False where sizes that are known contradict it.
    """
    ndim = len(image_shape) - 2
    lengths = {len(image_shape), len(kernel_shape), len(output_shape)}
    dilation = (1,) * ndim if filter_dilation is None else filter_dilation
    if len(lengths) > 1 or len(subsample) != ndim or len(dilation) != ndim:
        return False
    computed = get_conv_output_shape(
        tuple(image_shape), tuple(kernel_shape), border_mode, subsample, dilation
    )
    known = ((_known_size(a), _known_size(b)) for a, b in zip(output_shape, computed, strict=True))
    return all(a is None or b is None or a == b for a, b in known)


def assert_conv_shape(shape):
    """Return `shape` with a check on each size: batch and channels from 0 on, others from 1 on.

    Parameters
    ----------
    shape : sequence of int or integer variable

    Returns
    -------
    tuple
        Sizes that are not known yet are checked when the function runs, and raise AssertionError.

    Raises
    ------
    ShapeError
        For a known size that cannot be.
    """
    checked = []
    for axis, size in enumerate(shape):
        least = 0 if axis < 2 else 1
        known = _known_size(size)
        message = f"The convolution would produce an invalid shape (dim[{axis}] < {least})."
        if known is None:
            size = Assert(message)(size, pt.ge(size, least))
        elif known < least:
            raise ShapeError(
                f"a convolution whose axis {axis} has a size of at least {least}",
                f"{known}",
                "Use a larger image, a smaller filter, or more padding.",
            )
        checked.append(size)
    return tuple(checked)


def assert_shape(x, expected_shape, msg="Unexpected shape."):
    """Return `x`, its shape checked when the function runs if ``config.conv.assert_shape`` is set.

    Parameters
    ----------
    x : tensor
    expected_shape : sequence of int, integer variable or None, or None
        None where nothing is expected.
    msg : str
        The message of the AssertionError.
    """
    if expected_shape is None or not config.conv.assert_shape:
        return x
    wanted = [(axis, size) for axis, size in enumerate(expected_shape) if size is not None]
    tests = [pt.eq(x.shape[axis], size) for axis, size in wanted]
    return Assert(msg)(x, *tests) if tests else x


def border_mode_to_pad(mode, convdim, kshp):
    """Return the zeros before and after each axis that a border mode means.

    Parameters
    ----------
    mode : {"valid", "full", "half"}, int, tuple of int or of pairs of int
    convdim : int
        Number of spatial axes.
    kshp : sequence of int
        Taps along each, dilated.

    Returns
    -------
    tuple of pairs of int

    Raises
    ------
    RangeError
        For another mode.
    """
    mode = normalise_border_mode(mode, convdim)
    return tuple(map(tuple, paddings(tuple(kshp), mode, (1,) * convdim)))


class BaseAbstractConv(StandInOp):
    """The properties that convolution Ops share.

    Parameters
    ----------
    convdim : {2, 3}
        Number of spatial axes.
    imshp, kshp : tuple of int or None, optional
        Shapes of the images and filters.
    border_mode : {"valid", "full", "half"}, int, tuple of int or of pairs of int
    subsample, filter_dilation : tuple of int, optional
    filter_flip : bool
    num_groups : int
    unshared : bool
        With two axes only.
    """

    __props__ = (
        "convdim",
        "border_mode",
        "subsample",
        "filter_flip",
        "imshp",
        "kshp",
        "filter_dilation",
        "num_groups",
        "unshared",
    )
    symgen_op = ops.Conv

    def __init__(
        self,
        convdim,
        imshp=None,
        kshp=None,
        border_mode="valid",
        subsample=None,
        filter_flip=True,
        filter_dilation=None,
        num_groups=1,
        unshared=False,
    ):
        if convdim not in (2, 3):
            raise RangeError("convdim of 2 or 3", repr(convdim), "Reshape to two axes.")
        if unshared and convdim != 2:
            raise SettingsError(
                "shared filters over three axes", "unshared=True", "Use two spatial axes."
            )
        self.convdim = convdim
        self.imshp, self.kshp = _sizes_or_none(imshp), _sizes_or_none(kshp)
        self.op = self.symgen_op(
            convdim,
            border_mode,
            _ints(subsample, convdim, "subsample"),
            _ints(filter_dilation, convdim, "filter_dilation"),
            filter_flip,
            num_groups,
            unshared,
        )

    @classmethod
    def recognises(cls, op):
        """symgen's Op over as many axes."""
        ndim = cls.ndim
        return isinstance(op, cls.symgen_op) and (op.ndim == ndim if ndim else op.ndim > 1)

    ndim = None

    border_mode = property(lambda self: self.op.border_mode)
    subsample = property(lambda self: self.op.subsample)
    filter_dilation = property(lambda self: self.op.filter_dilation)
    filter_flip = property(lambda self: self.op.filter_flip)
    num_groups = property(lambda self: self.op.num_groups)
    unshared = property(lambda self: self.op.unshared)

    def _with_shape(self, variable, shape, what):
        return with_shape(variable, shape, what)


class AbstractConv(BaseAbstractConv):
    """``AbstractConv(convdim, …)(img, kern)``: a convolution. Parameters: :class:`BaseAbstractConv`."""

    def make_graph(self, img, kern):
        """Return the convolution of `img` with `kern`."""
        img, kern = self._with_shape(img, self.imshp, "imshp"), self._with_shape(
            kern, self.kshp, "kshp"
        )
        return self.op(img, kern)


class AbstractConv_gradWeights(BaseAbstractConv):
    """``AbstractConv_gradWeights(convdim, …)(img, topgrad, shape)``: the filters' gradient.

    `shape` holds the filters' taps. Parameters: :class:`BaseAbstractConv`.
    """

    symgen_op = ops.ConvGradWeights

    def make_graph(self, img, topgrad, shape, add_assert_shape=True):
        """Return the gradient for images and the gradient by the output."""
        img = self._with_shape(img, self.imshp, "imshp")
        filters = self.op(img, topgrad, *_spatial(shape, self.convdim))
        return self._with_shape(filters, self.kshp, "kshp") if add_assert_shape else filters


class AbstractConv_gradInputs(BaseAbstractConv):
    """``AbstractConv_gradInputs(convdim, …)(kern, topgrad, shape)``: the images' gradient.

    `shape` holds the images' sizes along the spatial axes. Parameters: :class:`BaseAbstractConv`.
    """

    symgen_op = ops.ConvGradInputs

    def make_graph(self, kern, topgrad, shape, add_assert_shape=True):
        """Return the gradient for filters and the gradient by the output."""
        kern = self._with_shape(kern, self.kshp, "kshp")
        images = self.op(kern, topgrad, *_spatial(shape, self.convdim))
        return self._with_shape(images, self.imshp, "imshp") if add_assert_shape else images


class _TwoAxes:
    ndim = 2

    def __init__(
        self,
        imshp=None,
        kshp=None,
        border_mode="valid",
        subsample=(1, 1),
        filter_flip=True,
        filter_dilation=(1, 1),
        num_groups=1,
        unshared=False,
    ):
        super().__init__(
            2,
            imshp,
            kshp,
            border_mode,
            subsample,
            filter_flip,
            filter_dilation,
            num_groups,
            unshared,
        )


class _ThreeAxes:
    ndim = 3

    def __init__(
        self,
        imshp=None,
        kshp=None,
        border_mode="valid",
        subsample=(1, 1, 1),
        filter_flip=True,
        filter_dilation=(1, 1, 1),
        num_groups=1,
    ):
        super().__init__(
            3, imshp, kshp, border_mode, subsample, filter_flip, filter_dilation, num_groups
        )


class AbstractConv2d(_TwoAxes, AbstractConv):
    """``AbstractConv2d(imshp=None, kshp=None, …)(img, kern)``: see :class:`BaseAbstractConv`."""


class AbstractConv2d_gradWeights(_TwoAxes, AbstractConv_gradWeights):
    """``AbstractConv2d_gradWeights(…)(img, topgrad, shape)``: see :class:`BaseAbstractConv`."""


class AbstractConv2d_gradInputs(_TwoAxes, AbstractConv_gradInputs):
    """``AbstractConv2d_gradInputs(…)(kern, topgrad, shape)``: see :class:`BaseAbstractConv`."""


class AbstractConv3d(_ThreeAxes, AbstractConv):
    """``AbstractConv3d(imshp=None, kshp=None, …)(img, kern)``: see :class:`BaseAbstractConv`."""


class AbstractConv3d_gradWeights(_ThreeAxes, AbstractConv_gradWeights):
    """``AbstractConv3d_gradWeights(…)(img, topgrad, shape)``: see :class:`BaseAbstractConv`."""


class AbstractConv3d_gradInputs(_ThreeAxes, AbstractConv_gradInputs):
    """``AbstractConv3d_gradInputs(…)(kern, topgrad, shape)``: see :class:`BaseAbstractConv`."""


def _spatial(shape, ndim):
    """The `ndim` sizes of a tuple or of a vector that holds them."""
    if isinstance(shape, Variable):
        return [shape[axis] for axis in range(ndim)]
    shape = list(shape)
    if len(shape) != ndim:
        raise ShapeError(
            f"the {ndim} sizes along the spatial axes", repr(shape), "Leave batch and channels out."
        )
    return shape


def _ints(value, ndim, name):
    return (1,) * ndim if value is None else normalise_ints(tuple(value), ndim, name)


def _sizes_or_none(shape):
    """A tuple of int and None for what is not known; a variable in it has to be a constant."""
    if shape is None:
        return None
    given = list(shape) if isinstance(shape, tuple | list) else [shape]
    sizes = [_known_size(size) for size in given]
    if not isinstance(shape, tuple | list) or any(
        size is None and value is not None for size, value in zip(sizes, given, strict=True)
    ):
        raise ShapeError(
            "a tuple of integers, constants and None",
            repr(shape),
            "Write None for a size that is known only when the function runs.",
        )
    return tuple(sizes)


def _known_size(size):
    """The value of a size as an int, or None."""
    if isinstance(size, Constant):
        return int(size.data) if np.ndim(size.data) == 0 else None
    if isinstance(size, Variable):
        try:
            return int(pt.get_underlying_scalar_constant_value(size))
        except NotScalarConstantError:
            return None
    return int(size) if isinstance(size, Integral) else None
