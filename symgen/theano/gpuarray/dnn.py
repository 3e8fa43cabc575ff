"""``theano.gpuarray.dnn``: what Theano computed with cuDNN, as symgen's own Ops on any device."""

from pytensor.tensor import as_tensor_variable
from pytensor.tensor.special import log_softmax, softmax

from symgen.errors import NotSupportedError, RangeError, ShapeError
from symgen.ops.conv import ConvGradInputs, ConvGradWeights
from symgen.ops.pool import Pool
from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray._convolution import (
    ConvByInputs,
    ConvByWeights,
    ConvDesc,
    ConvForward,
    convolve,
    gradient,
)
from symgen.theano.gpuarray._identity import GpuOnly
from symgen.theano.tensor.nnet._stand_in import StandInOp
from symgen.theano.tensor.nnet.bn import (
    batch_normalization_test,
    batch_normalization_train,
)

__all__ = [
    "GpuDnnBatchNorm",
    "GpuDnnBatchNormInference",
    "GpuDnnConv",
    "GpuDnnConvDesc",
    "GpuDnnConvGradI",
    "GpuDnnConvGradW",
    "GpuDnnPool",
    "GpuDnnPoolDesc",
    "GpuDnnSoftmax",
    "RNNBlock",
    "dnn_available",
    "dnn_batch_normalization_test",
    "dnn_batch_normalization_train",
    "dnn_conv",
    "dnn_conv3d",
    "dnn_gradinput",
    "dnn_gradinput3d",
    "dnn_gradweight",
    "dnn_gradweight3d",
    "dnn_pool",
    "dnn_present",
    "version",
]

__getattr__ = attribute_lookup(__name__)

MESSAGE = "symgen computes cuDNN's functions with Ops of its own, on the backend of the function."


def dnn_present():
    """Whether Theano's cuDNN Ops are here: False. The functions of this module work all the same."""
    return False


def dnn_available(context_name=None):
    """Whether Theano's cuDNN Ops can run: False. The functions of this module work all the same.

    Parameters
    ----------
    context_name : str, optional
        A GPU's; there is none.
    """
    return False


dnn_present.msg = dnn_available.msg = MESSAGE
dnn_present.avail = False


def version(raises=True):
    """Return cuDNN's version: there is none.

    Parameters
    ----------
    raises : bool
        Whether to raise rather than to return -1.

    Raises
    ------
    NotSupportedError
    """
    if raises:
        raise NotSupportedError("code that needs no cuDNN", "dnn.version()", MESSAGE)
    return -1


class GpuDnnConvDesc(ConvDesc):
    """See :class:`ConvDesc`."""


class GpuDnnConv(ConvForward):
    """``GpuDnnConv(algo)(img, kern, output, desc, alpha=1, beta=0)``: a convolution."""


class GpuDnnConvGradW(ConvByWeights):
    """``GpuDnnConvGradW()(img, topgrad, output, desc, …)``: the gradient by the filters."""


class GpuDnnConvGradI(ConvByInputs):
    """``GpuDnnConvGradI()(kern, topgrad, output, desc, …)``: the gradient by the images."""


def dnn_conv(
    img,
    kerns,
    border_mode="valid",
    subsample=(1, 1),
    dilation=(1, 1),
    conv_mode="conv",
    direction_hint=None,
    workmem=None,
    algo=None,
    precision=None,
    num_groups=1,
):
    """Convolve images with filters.

    Parameters
    ----------
    img : tensor, shape (batch, channels, rows, columns)
    kerns : tensor, shape (filters, channels / num_groups, rows, columns)
    border_mode : {"valid", "full", "half"}, int or pair of int
    subsample, dilation : pair of int
    conv_mode : {"conv", "cross"}
        ``"conv"`` flips filters.
    direction_hint, workmem, algo : str, optional
        Which of cuDNN's codes for the same sums to run: checked, and left to the backend.
    precision : str, optional
        ``"as_input"`` or the dtype of the images.
    num_groups : int

    Returns
    -------
    TensorVariable, shape (batch, filters, output rows, output columns)

    Raises
    ------
    ShapeError, RangeError, DtypeError, NotSupportedError
    """
    return convolve(
        2, img, kerns, border_mode, subsample, dilation, conv_mode, num_groups,
        direction_hint=direction_hint, workmem=workmem, algo=algo, precision=precision,
    )  # fmt: skip


def dnn_conv3d(
    img,
    kerns,
    border_mode="valid",
    subsample=(1, 1, 1),
    dilation=(1, 1, 1),
    conv_mode="conv",
    direction_hint=None,
    algo=None,
    precision=None,
    num_groups=1,
):
    """:func:`dnn_conv` over three axes."""
    return convolve(
        3, img, kerns, border_mode, subsample, dilation, conv_mode, num_groups,
        direction_hint=direction_hint, algo=algo, precision=precision,
    )  # fmt: skip


def dnn_gradweight(
    img,
    topgrad,
    kerns_shp,
    border_mode="valid",
    subsample=(1, 1),
    dilation=(1, 1),
    conv_mode="conv",
    precision=None,
    algo=None,
    num_groups=1,
):
    """Return the gradient of :func:`dnn_conv` by its filters, of the shape `kerns_shp`."""
    return gradient(
        ConvGradWeights, 2, img, topgrad, kerns_shp, border_mode, subsample, dilation, conv_mode,
        num_groups, precision=precision, algo=algo,
    )  # fmt: skip


def dnn_gradweight3d(
    img,
    topgrad,
    kerns_shp,
    border_mode="valid",
    subsample=(1, 1, 1),
    dilation=(1, 1, 1),
    conv_mode="conv",
    precision=None,
    algo=None,
    num_groups=1,
):
    """:func:`dnn_gradweight` over three axes."""
    return gradient(
        ConvGradWeights, 3, img, topgrad, kerns_shp, border_mode, subsample, dilation, conv_mode,
        num_groups, precision=precision, algo=algo,
    )  # fmt: skip


def dnn_gradinput(
    kerns,
    topgrad,
    img_shp,
    border_mode="valid",
    subsample=(1, 1),
    dilation=(1, 1),
    conv_mode="conv",
    precision=None,
    algo=None,
    num_groups=1,
):
    """Return the gradient of :func:`dnn_conv` by its images, of the shape `img_shp`."""
    return gradient(
        ConvGradInputs, 2, kerns, topgrad, img_shp, border_mode, subsample, dilation, conv_mode,
        num_groups, precision=precision, algo=algo,
    )  # fmt: skip


def dnn_gradinput3d(
    kerns,
    topgrad,
    img_shp,
    border_mode="valid",
    subsample=(1, 1, 1),
    dilation=(1, 1, 1),
    conv_mode="conv",
    precision=None,
    algo=None,
    num_groups=1,
):
    """:func:`dnn_gradinput` over three axes."""
    return gradient(
        ConvGradInputs, 3, kerns, topgrad, img_shp, border_mode, subsample, dilation, conv_mode,
        num_groups, precision=precision, algo=algo,
    )  # fmt: skip


def dnn_pool(img, ws, stride=None, mode="max", pad=None):
    """Pool whole windows over the last axes.

    Parameters
    ----------
    img : tensor, shape (batch, channels, *spatial)
    ws : tuple of two or three int
        Window.
    stride : tuple of int, optional
        Distance between windows; 1 by default.
    mode : {"max", "sum", "average_inc_pad", "average_exc_pad"}
    pad : tuple of int, optional
        Zeros on both sides; 0 by default.

    Returns
    -------
    TensorVariable
        Every element equal to its window's maximum receives the gradient; cuDNN picked one of them.
    """
    ndim = len(ws)
    stride = (1,) * ndim if stride is None else stride
    return Pool(True, mode, ndim)(img, ws, stride, (0,) * ndim if pad is None else pad)


class GpuDnnPoolDesc:
    """The properties of a pooling: ``GpuDnnPoolDesc(ws, stride, mode, pad)()``.

    Parameters are those of :func:`dnn_pool`.
    """

    def __init__(self, ws=(1, 1), stride=None, mode="max", pad=None):
        self.ws, self.mode = tuple(ws), "average_inc_pad" if mode == "average" else mode
        self.stride = (1,) * len(self.ws) if stride is None else tuple(stride)
        self.pad = (0,) * len(self.ws) if pad is None else tuple(pad)

    def __call__(self):
        """Return the descriptor itself."""
        return self


class GpuDnnPool(StandInOp):
    """``GpuDnnPool(mode)(img, ws, stride, pad)``, or ``GpuDnnPool()(img, desc)``: a pooling."""

    __props__ = ("mode",)

    def __init__(self, mode="max"):
        self.mode = mode

    @classmethod
    def recognises(cls, op):
        """symgen's pooling."""
        return isinstance(op, Pool)

    def make_graph(self, img, ws, stride=None, pad=None):
        """Return the pooled images."""
        if isinstance(ws, GpuDnnPoolDesc):
            if stride is not None or pad is not None:
                raise TypeError("expected a descriptor alone; got stride or pad besides it")
            return dnn_pool(img, ws.ws, ws.stride, ws.mode, ws.pad)
        return dnn_pool(img, ws, stride, self.mode, pad)


class GpuDnnSoftmax(StandInOp):
    """``GpuDnnSoftmax(algo, mode)(x)``: a softmax of tensors (batch, channels, rows, columns).

    Parameters
    ----------
    *settings : str
        `algo` and `mode`; before Theano 0.9 the format ``"bc01"`` in front of them. `algo`:
        ``"fast"`` and ``"accurate"`` are the softmax, ``"log"`` its logarithm. `mode`: over the
        channels at each place (``"channel"``), or over all three axes of an image
        (``"instance"``).

    Raises
    ------
    RangeError
        For other settings.
    """

    __props__ = ("algo", "mode")

    def __init__(self, *settings):
        if len(settings) == 3 and settings[0] == "bc01":
            settings = settings[1:]
        if (
            len(settings) != 2
            or settings[0] not in ("fast", "accurate", "log")
            or settings[1] not in ("channel", "instance")
        ):
            raise RangeError(
                "algo 'fast', 'accurate' or 'log', then mode 'channel' or 'instance'",
                repr(settings),
                "GpuDnnSoftmax('accurate', 'channel') is a softmax over the channels.",
            )
        self.algo, self.mode = settings

    def make_graph(self, x):
        """Return the softmax, of the shape of `x`."""
        x = as_tensor_variable(x)
        if x.type.ndim != 4:
            raise ShapeError("a tensor of 4 axes", f"{x.type}", "Add axes of length 1.")
        axes = 1 if self.mode == "channel" else (1, 2, 3)
        return (log_softmax if self.algo == "log" else softmax)(x, axis=axes)


def dnn_batch_normalization_train(
    inputs,
    gamma,
    beta,
    mode="per-activation",
    epsilon=1e-4,
    running_average_factor=0.1,
    running_mean=None,
    running_var=None,
):
    """:func:`theano.tensor.nnet.bn.batch_normalization_train`, with `mode` for its axes."""
    return batch_normalization_train(
        inputs, gamma, beta, _axes(mode), epsilon, running_average_factor, running_mean, running_var
    )


def dnn_batch_normalization_test(
    inputs, gamma, beta, mean, var, mode="per-activation", epsilon=1e-4
):
    """:func:`theano.tensor.nnet.bn.batch_normalization_test`, with `mode` for its axes."""
    return batch_normalization_test(inputs, gamma, beta, mean, var, _axes(mode), epsilon)


def _axes(mode):
    if mode not in ("per-activation", "spatial"):
        raise RangeError(
            "a mode out of ('per-activation', 'spatial')", repr(mode), "nnet.bn takes any axes."
        )
    return mode


class GpuDnnBatchNorm(GpuOnly):
    """cuDNN's Op; :func:`dnn_batch_normalization_train` computes the same."""


class GpuDnnBatchNormInference(GpuOnly):
    """cuDNN's Op; :func:`dnn_batch_normalization_test` computes the same."""


class RNNBlock(GpuOnly):
    """cuDNN's recurrent networks; ``theano.scan`` computes such."""
