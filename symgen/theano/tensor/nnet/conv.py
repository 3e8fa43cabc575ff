"""``theano.tensor.nnet.conv``: the older convolution over two axes, valid or full.

``theano.tensor.nnet.conv2d`` does more; both are :mod:`symgen.ops.conv`'s.
"""

import warnings

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.exceptions import NotScalarConstantError

from symgen.errors import NotSupportedError, RangeError, SettingsError, ShapeError
from symgen.ops import conv as ops
from symgen.ops.conv.functions import _known as with_shape
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet._stand_in import StandInOp
from symgen.theano.tensor.nnet.abstract_conv import _known_size, get_conv_shape_1axis

#: Whether Theano could use SciPy's convolutions; symgen needs none.
imported_scipy_signal = True

__all__ = ["ConvOp", "conv2d", "imported_scipy_signal"]

__getattr__ = attribute_lookup(__name__)


class ChannelsError(ShapeError, AssertionError):
    """Filters for another number of channels than the images have; Theano raised AssertionError."""


def conv2d(
    input,
    filters,
    image_shape=None,
    filter_shape=None,
    border_mode="valid",
    subsample=(1, 1),
    **kargs,
):
    """Convolve a batch of images with filters, in the older form.

    Parameters
    ----------
    input : tensor, shape (batch, channels, rows, columns)
    filters : tensor, shape (filters, channels, rows, columns)
    image_shape, filter_shape : sequence of four int, None or constant, optional
        What is known of the shapes; checked when the function runs.
    border_mode : {"valid", "full"}
    subsample : pair of int
    **kargs
        As for :class:`ConvOp`: ``unroll_batch``, ``unroll_kern``, ``unroll_patch``, ``openmp`` …

    Returns
    -------
    TensorVariable, shape (batch, filters, output rows, output columns)

    Raises
    ------
    ShapeError
        For shapes that do not fit; also when the function runs.
    NotScalarConstantError
        For a symbolic size that is not a constant.
    RangeError
        For another border mode.
    """
    warnings.warn(
        "theano.tensor.nnet.conv.conv2d is deprecated: use theano.tensor.nnet.conv2d.", stacklevel=2
    )
    image_shape = _constants(image_shape, "image_shape")
    filter_shape = _constants(filter_shape, "filter_shape")
    if image_shape and filter_shape:
        channels, wanted = filter_shape[1], image_shape[1]
        if None not in (channels, wanted) and channels != wanted:
            raise ChannelsError(
                f"filters for {wanted} channels, as image_shape={tuple(image_shape)} says",
                f"filter_shape={tuple(filter_shape)}",
                "The axes are (batch, channels, rows, columns) and (filters, channels, …).",
            )
    op = ConvOp(
        imshp=image_shape and image_shape[1:],
        kshp=filter_shape and filter_shape[2:],
        nkern=filter_shape and filter_shape[0],
        bsize=image_shape and image_shape[0],
        dx=subsample[0],
        dy=subsample[1],
        output_mode=border_mode,
        **kargs,
    )
    return op(input, filters)


class ConvOp(StandInOp):
    """``ConvOp(output_mode=…, …)(images, filters)``: the convolution behind :func:`conv2d`.

    Parameters
    ----------
    imshp : tuple of 2 or 3 int or None, optional
        ([channels,] rows, columns) of the images, checked when the function runs.
    kshp : pair of int or None, optional
        Rows and columns of the filters, likewise.
    nkern, bsize : int, optional
        Numbers of filters and images, likewise.
    dx, dy : int
        Strides along rows and columns.
    output_mode : {"valid", "full"}
    unroll_batch, unroll_kern : int, optional
        How Theano's C code unrolled its loops. They have to divide `bsize` and `nkern` where these
        are known, and change nothing else: symgen's Op chooses its loops by itself.
    unroll_patch, openmp : bool, optional
        Likewise a choice between codes that compute the same.
    verbose, version
        Only their defaults.
    direction_hint : {None, "forward", "bprop weights", "bprop inputs"}
        A hint to Theano's GPU code; the result is the same for each.
    imshp_logical, kshp_logical, kshp_logical_top_aligned
        Only their defaults; ``nnet.conv2d(input_dilation=…)`` and ``filter_dilation`` replace them.

    Raises
    ------
    RangeError, SettingsError, NotSupportedError
    """

    __props__ = ("imshp", "kshp", "nkern", "bsize", "dx", "dy", "out_mode")

    def __init__(
        self,
        imshp=None,
        kshp=None,
        nkern=None,
        bsize=None,
        dx=1,
        dy=1,
        output_mode="valid",
        unroll_batch=None,
        unroll_kern=None,
        unroll_patch=None,
        imshp_logical=None,
        kshp_logical=None,
        kshp_logical_top_aligned=True,
        verbose=0,
        version=-1,
        direction_hint="forward",
        openmp=None,
    ):
        if output_mode not in ("valid", "full"):
            raise RangeError(
                "an output_mode (border_mode) out of ('valid', 'full')",
                repr(output_mode),
                "theano.tensor.nnet.conv2d has 'half' and explicit paddings.",
            )
        for name, value, default in (
            ("imshp_logical", imshp_logical, None),
            ("kshp_logical", kshp_logical, None),
            ("kshp_logical_top_aligned", kshp_logical_top_aligned, True),
            ("verbose", verbose, 0),
            ("version", version, -1),
        ):
            if value != default and not (name == "version" and value == "no_fft"):
                raise NotSupportedError(
                    f"{name}={default!r}, the default",
                    repr(value),
                    "conv2d_transpose and conv2d(filter_dilation=) insert zeros.",
                )
        for name, factor, whole in (
            ("unroll_batch", unroll_batch, bsize),
            ("unroll_kern", unroll_kern, nkern),
        ):
            if factor is not None and (factor < 0 or whole and factor and whole % factor):
                raise SettingsError(
                    f"{name} that divides {whole}",
                    f"{factor}",
                    "Leave it out: it changes nothing but Theano's own C code.",
                )
        hints = (None, "forward", "bprop weights", "bprop inputs", "valid", "full")
        if direction_hint not in hints:
            raise RangeError(f"a direction_hint out of {hints}", repr(direction_hint), "Leave it out.")
        for name, value in (("unroll_patch", unroll_patch), ("openmp", openmp)):
            if value not in (None, False, True):
                raise RangeError(f"{name} of None, False or True", repr(value), "Leave it out.")
        self.imshp = None if imshp is None else tuple(imshp)
        self.kshp = None if kshp is None else tuple(kshp)
        if self.imshp is not None and len(self.imshp) == 2:
            self.imshp = (1, *self.imshp)
        self.nkern, self.bsize, self.dx, self.dy = nkern, bsize, dx, dy
        self.out_mode = output_mode
        self.op = ops.Conv(2, output_mode, (dx, dy))

    @classmethod
    def recognises(cls, op):
        """symgen's convolution over two axes with what this Op could do."""
        return (
            isinstance(op, ops.Conv)
            and op.ndim == 2
            and op.filter_flip
            and op.border_mode in ("valid", "full")
        )

    @staticmethod
    def getOutputShape(inshp, kshp, stride=(1, 1), mode="valid"):
        """Rows and columns of the output.

        Parameters
        ----------
        inshp, kshp : pair of int
            Rows and columns of the images and of the filters.
        stride : pair of int
        mode : {"valid", "full"}

        Returns
        -------
        tuple of int
        """
        if mode not in ("valid", "full"):
            raise RangeError("a mode out of ('valid', 'full')", repr(mode), "Pass one of them.")
        axes = zip(inshp, kshp, stride, strict=True)
        return tuple(get_conv_shape_1axis(n, k, mode, s) for n, k, s in axes)

    def make_graph(self, inputs, kerns):
        """Return the convolution, its arguments' shapes checked."""
        inputs, kerns = pt.as_tensor_variable(inputs), pt.as_tensor_variable(kerns)
        images = (self.bsize, *(self.imshp or (None,) * 3))
        channels = None if self.imshp is None else self.imshp[0]
        filters = (self.nkern, channels, *(self.kshp or (None, None)))
        return self.op(_checked(inputs, images, "images"), _checked(kerns, filters, "filters"))


def _checked(variable, shape, what):
    """`variable`, its shape known, and a ShapeError when the function runs with another."""
    if variable.type.ndim != len(shape) or all(size is None for size in shape):
        return variable  # the Op refuses another number of axes
    unknown = [
        axis
        for axis, (size, static) in enumerate(zip(shape, variable.type.shape, strict=True))
        if size is not None and static is None
    ]
    if unknown:
        message = f"expected {what} of the shape {shape} that was passed to conv2d"
        same = [pt.eq(variable.shape[axis], shape[axis]) for axis in unknown]
        variable = CheckAndRaise(ShapeError, message)(variable, *same)
    return with_shape(variable, shape, what)


def _constants(shape, name):
    """A list of int and None from a shape that may hold constants."""
    if shape is None:
        return None
    sizes = []
    for size in _entries(shape):
        if isinstance(size, Variable):
            known = _known_size(size) if size.dtype.startswith(("int", "uint")) else None
            if known is None:
                raise NotScalarConstantError(f"{name} has to consist of constants; got {size}")
            size = known
        elif size is not None and np.asarray(size).dtype.kind not in "iu":
            raise ShapeError(f"{name} of integers and None", repr(shape), "Cast it to int.")
        sizes.append(size if size is None else int(size))
    return sizes


def _entries(shape):
    if isinstance(shape, Variable):
        return [shape[axis] for axis in range(pt.get_vector_length(shape))]
    return list(shape)
