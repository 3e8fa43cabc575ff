"""``theano.sandbox.cuda.dnn``: what Theano computed with cuDNN, as symgen's own Ops on any device.

As :mod:`theano.gpuarray.dnn`, with the arguments in the order that they had here.
"""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray._convolution import ConvDesc, convolve, gradient
from symgen.theano.gpuarray.dnn import (
    ConvGradInputs,
    ConvGradWeights,
    GpuDnnConv,
    GpuDnnConvGradI,
    GpuDnnConvGradW,
    GpuDnnPool,
    GpuDnnPoolDesc,
    GpuDnnSoftmax,
    dnn_available,
    dnn_batch_normalization_test,
    dnn_batch_normalization_train,
    dnn_pool,
    dnn_present,
    version,
)

__all__ = [
    "GpuDnnConv",
    "GpuDnnConv3d",
    "GpuDnnConv3dGradI",
    "GpuDnnConv3dGradW",
    "GpuDnnConvDesc",
    "GpuDnnConvGradI",
    "GpuDnnConvGradW",
    "GpuDnnPool",
    "GpuDnnPoolDesc",
    "GpuDnnSoftmax",
    "dnn_available",
    "dnn_batch_normalization_test",
    "dnn_batch_normalization_train",
    "dnn_conv",
    "dnn_conv3d",
    "dnn_gradinput",
    "dnn_gradweight",
    "dnn_pool",
    "dnn_present",
    "version",
]

__getattr__ = attribute_lookup(__name__)

GpuDnnConv3d, GpuDnnConv3dGradI, GpuDnnConv3dGradW = GpuDnnConv, GpuDnnConvGradI, GpuDnnConvGradW


class GpuDnnConvDesc(ConvDesc):
    """``GpuDnnConvDesc(border_mode, subsample=(1, 1), conv_mode="conv", precision="as_input")``.

    ``(img_shape, kern_shape)`` or ``(kern_shape)`` then gives the descriptor; see :class:`ConvDesc`.
    """

    def __init__(self, border_mode, subsample=(1, 1), conv_mode="conv", precision=None):
        super().__init__(border_mode, subsample, None, conv_mode, precision)


def dnn_conv(
    img,
    kerns,
    border_mode="valid",
    subsample=(1, 1),
    conv_mode="conv",
    direction_hint=None,
    workmem=None,
    algo=None,
    precision=None,
):
    """Convolve images with filters; see :func:`theano.gpuarray.dnn.dnn_conv`."""
    return convolve(
        2, img, kerns, border_mode, subsample, 1, conv_mode, 1,
        direction_hint=direction_hint, workmem=workmem, algo=algo, precision=precision,
    )  # fmt: skip


def dnn_conv3d(
    img,
    kerns,
    border_mode="valid",
    subsample=(1, 1, 1),
    conv_mode="conv",
    direction_hint=None,
    workmem=None,
    algo=None,
    precision=None,
):
    """:func:`dnn_conv` over three axes."""
    return convolve(
        3, img, kerns, border_mode, subsample, 1, conv_mode, 1,
        direction_hint=direction_hint, workmem=workmem, algo=algo, precision=precision,
    )  # fmt: skip


def dnn_gradweight(
    img, topgrad, kerns_shp, border_mode="valid", subsample=(1, 1), conv_mode="conv"
):
    """Return the gradient of :func:`dnn_conv` by its filters, of the shape `kerns_shp`."""
    return gradient(
        ConvGradWeights, 2, img, topgrad, kerns_shp, border_mode, subsample, 1, conv_mode, 1
    )


def dnn_gradinput(kerns, topgrad, img_shp, border_mode="valid", subsample=(1, 1), conv_mode="conv"):
    """Return the gradient of :func:`dnn_conv` by its images, of the shape `img_shp`."""
    return gradient(
        ConvGradInputs, 2, kerns, topgrad, img_shp, border_mode, subsample, 1, conv_mode, 1
    )
