"""``theano.sandbox.gpuarray.dnn``: the older place of :mod:`theano.gpuarray.dnn`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray.dnn import (
    GpuDnnBatchNorm,
    GpuDnnBatchNormInference,
    GpuDnnConv,
    GpuDnnConvDesc,
    GpuDnnConvGradI,
    GpuDnnConvGradW,
    GpuDnnPool,
    GpuDnnPoolDesc,
    GpuDnnSoftmax,
    RNNBlock,
    dnn_available,
    dnn_batch_normalization_test,
    dnn_batch_normalization_train,
    dnn_conv,
    dnn_conv3d,
    dnn_gradinput,
    dnn_gradinput3d,
    dnn_gradweight,
    dnn_gradweight3d,
    dnn_pool,
    dnn_present,
    version,
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
