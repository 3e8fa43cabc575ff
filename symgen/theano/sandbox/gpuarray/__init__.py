"""``theano.sandbox.gpuarray``: the older place of :mod:`theano.gpuarray`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray import (
    GpuArrayConstant,
    GpuArraySharedVariable,
    GpuArrayType,
    GpuArrayVariable,
    as_gpuarray_variable,
    get_context,
    gpu_contiguous,
    gpuarray_shared_constructor,
    host_from_gpu,
    init_dev,
    pygpu,
    pygpu_activated,
    reg_context,
)

__all__ = [
    "GpuArrayConstant",
    "GpuArraySharedVariable",
    "GpuArrayType",
    "GpuArrayVariable",
    "as_gpuarray_variable",
    "get_context",
    "gpu_contiguous",
    "gpuarray_shared_constructor",
    "host_from_gpu",
    "init_dev",
    "pygpu",
    "pygpu_activated",
    "reg_context",
]

__getattr__ = attribute_lookup(__name__)
