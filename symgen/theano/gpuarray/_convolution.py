"""Convolutions in the forms of Theano's cuDNN Ops: a descriptor, then arrays, then where to put it."""

import pytensor.tensor as pt

from symgen.errors import NotSupportedError, RangeError, SettingsError
from symgen.ops.conv import Conv, ConvGradInputs, ConvGradWeights
from symgen.theano.tensor.nnet._stand_in import StandInOp
from symgen.theano.tensor.nnet.abstract_conv import _spatial

CONV_MODES = ("conv", "cross")
PRECISIONS = ("as_input", "as_input_f32", "float16", "float32", "float64")
ALGORITHMS = (
    "none", "small", "large", "fft", "fft_tiling", "winograd", "winograd_non_fused", "time",
    "deterministic", "guess_once", "guess_on_shape_change", "time_once", "time_on_shape_change",
)  # fmt: skip
DIRECTIONS = ("forward", "forward!", "bprop weights", "bprop inputs")


def check_choices(dtype, algo=None, precision=None, direction_hint=None, workmem=None):
    """Refuse what cuDNN did not have, or what would change the result.

    Parameters
    ----------
    dtype : str
        Of the arrays.
    algo, workmem, direction_hint : str or None
        Which of cuDNN's codes for the same sums to run: the backend chooses here.
    precision : str or None
        In what dtype to add; has to be that of the arrays.

    Raises
    ------
    RangeError, NotSupportedError
    """
    for name, value, known in (
        ("algo", algo, ALGORITHMS),
        ("workmem", workmem, ALGORITHMS),
        ("direction_hint", direction_hint, DIRECTIONS),
        ("precision", precision, PRECISIONS),
    ):
        if value is not None and value not in known:
            raise RangeError(f"{name} out of {known}", repr(value), f"Leave {name}= out.")
    if precision is not None and not precision.startswith("as_input") and precision != dtype:
        raise NotSupportedError(
            f"precision={dtype!r}, the dtype of the arrays", repr(precision), "Cast the arrays."
        )


class ConvDesc:
    """The properties of a convolution: ``GpuDnnConvDesc(border_mode, …)(kern_shape)``.

    Parameters
    ----------
    border_mode : {"valid", "full", "half"}, int or tuple of int
    subsample, dilation : tuple of int
    conv_mode : {"conv", "cross"}
        Whether filters are flipped.
    precision : str
        The dtype of the arrays, or ``"as_input"``.
    num_groups : int

    Raises
    ------
    RangeError
    """

    def __init__(
        self,
        border_mode,
        subsample=(1, 1),
        dilation=None,
        conv_mode="conv",
        precision=None,
        num_groups=1,
    ):
        if conv_mode not in CONV_MODES:
            raise RangeError(f"conv_mode out of {CONV_MODES}", repr(conv_mode), "Pass one of these.")
        subsample = tuple(subsample)
        dilation = (1,) * len(subsample) if dilation is None else tuple(dilation)
        self.precision = precision
        flip = conv_mode == "conv"
        self.op = Conv(len(subsample), border_mode, subsample, dilation, flip, num_groups)

    border_mode = property(lambda self: self.op.border_mode)
    subsample = property(lambda self: self.op.subsample)
    dilation = property(lambda self: self.op.filter_dilation)
    num_groups = property(lambda self: self.op.num_groups)
    conv_mode = property(lambda self: "conv" if self.op.filter_flip else "cross")

    def __call__(self, *shapes):
        """Return the descriptor itself.

        Parameters
        ----------
        *shapes : tuple or vector
            Shapes of the images (before Theano 0.8) and filters. The Ops that get the descriptor
            see the arrays themselves, so that these say nothing more.
        """
        if len(shapes) not in (1, 2):
            raise TypeError(f"expected the filters' shape, or the images' before it; got {shapes}")
        return self


class _WithDescriptor(StandInOp):
    """What the three share: ``op(first, second, output, desc, alpha=1, beta=0)``.

    The result is ``alpha * convolution + beta * output``.

    Parameters
    ----------
    algo : str, optional
        One of cuDNN's codes for the same sums: the backend chooses.
    inplace : bool
        Whether Theano's Op wrote into `output`: the backend decides.
    num_groups : int
        Has to be that of the descriptor, where it is not 1.
    """

    __props__ = ("algo", "inplace", "num_groups")

    def __init__(self, algo=None, inplace=False, num_groups=1, workmem=None):
        check_choices("float32", algo, workmem=workmem)
        self.algo, self.inplace, self.num_groups = algo, bool(inplace), num_groups

    def make_graph(self, first, second, output, desc, alpha=1.0, beta=0.0):
        """Return the result, of the shape of `output`."""
        first, second, output = map(pt.as_tensor_variable, (first, second, output))
        if self.num_groups not in (1, desc.num_groups):
            raise SettingsError(
                f"num_groups={desc.num_groups}, as the descriptor says",
                f"{self.num_groups}",
                "Set it in both.",
            )
        check_choices(first.dtype, precision=desc.precision)
        op = desc.op.relative(self.symgen_op)
        result = op(first, second, *self._sizes(output, desc.op.ndim))
        alpha, beta = (None if _is_number(v, n) else v for v, n in ((alpha, 1), (beta, 0)))
        if alpha is not None:
            result = result * pt.cast(alpha, result.dtype)
        if beta is not None:
            result = result + pt.cast(beta, result.dtype) * pt.cast(output, result.dtype)
        return result

    def _sizes(self, output, ndim):
        return [output.shape[2 + k] for k in range(ndim)]

    @classmethod
    def recognises(cls, op):
        """symgen's Op of the same task."""
        return isinstance(op, getattr(cls, "symgen_op", ()))


class ConvForward(_WithDescriptor):
    """``GpuDnnConv(algo)(img, kern, output, desc, alpha, beta)``: a convolution."""

    symgen_op = Conv

    def _sizes(self, output, ndim):
        return []

    @staticmethod
    def get_out_shape(ishape, kshape, border_mode, subsample, dilation=None):
        """Shape of the output: (batch, filters, *spatial).

        Parameters
        ----------
        ishape, kshape : tuple of int or integer scalar
        border_mode, subsample, dilation
            As for the descriptor.
        """
        from symgen.theano.tensor.nnet.abstract_conv import get_conv_output_shape

        return get_conv_output_shape(ishape, kshape, border_mode, subsample, dilation)


class ConvByWeights(_WithDescriptor):
    """``GpuDnnConvGradW()(img, topgrad, output, desc, …)``: the gradient by the filters."""

    symgen_op = ConvGradWeights

    def __init__(self, inplace=False, algo=None, num_groups=1, workmem=None):
        super().__init__(algo, inplace, num_groups, workmem)


class ConvByInputs(_WithDescriptor):
    """``GpuDnnConvGradI()(kern, topgrad, output, desc, …)``: the gradient by the images."""

    symgen_op = ConvGradInputs

    def __init__(self, inplace=False, algo=None, num_groups=1, workmem=None):
        super().__init__(algo, inplace, num_groups, workmem)


def convolve(ndim, img, kerns, border_mode, subsample, dilation, conv_mode, num_groups, **choices):
    """Convolve over `ndim` axes; see ``dnn_conv``."""
    desc = ConvDesc(
        border_mode, _by_axis(subsample, ndim), _by_axis(dilation, ndim), conv_mode, None, num_groups
    )
    img, kerns = pt.as_tensor_variable(img), pt.as_tensor_variable(kerns)
    check_choices(img.dtype, **choices)
    return desc.op(img, kerns)


def gradient(
    task, ndim, first, second, shape, border_mode, subsample, dilation, conv_mode, num_groups,
    **choices,
):  # fmt: skip
    """The gradient by the filters or the images, whose whole shape is given."""
    desc = ConvDesc(
        border_mode, _by_axis(subsample, ndim), _by_axis(dilation, ndim), conv_mode, None, num_groups
    )
    first, second = pt.as_tensor_variable(first), pt.as_tensor_variable(second)
    check_choices(first.dtype, **choices)
    sizes = shape[-ndim:] if isinstance(shape, tuple | list) else shape[2:]
    return desc.op.relative(task)(first, second, *_spatial(sizes, ndim))


def _by_axis(value, ndim):
    return (value,) * ndim if isinstance(value, int) else value


def _is_number(value, number):
    return value is None or isinstance(value, int | float) and value == number
