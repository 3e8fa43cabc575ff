"""``theano.sandbox.gpuarray.basic_ops``: the older place of :mod:`theano.gpuarray.basic_ops`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray.basic_ops import (
    CGpuKernelBase,
    GpuAlloc,
    GpuAllocEmpty,
    GpuContiguous,
    GpuEye,
    GpuFromHost,
    GpuJoin,
    GpuKernelBase,
    GpuReshape,
    GpuSplit,
    GpuToGpu,
    GpuTri,
    HostFromGpu,
    Kernel,
    as_gpuarray_variable,
    empty_like,
    gpu_contiguous,
    gpu_join,
    host_from_gpu,
    infer_context_name,
)

__all__ = [
    "CGpuKernelBase",
    "GpuAlloc",
    "GpuAllocEmpty",
    "GpuContiguous",
    "GpuEye",
    "GpuFromHost",
    "GpuJoin",
    "GpuKernelBase",
    "GpuReshape",
    "GpuSplit",
    "GpuToGpu",
    "GpuTri",
    "HostFromGpu",
    "Kernel",
    "as_gpuarray_variable",
    "empty_like",
    "gpu_contiguous",
    "gpu_join",
    "host_from_gpu",
    "infer_context_name",
]

__getattr__ = attribute_lookup(__name__)
