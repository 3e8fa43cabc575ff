"""``theano.sandbox.gpuarray.type``: the older place of :mod:`theano.gpuarray.type`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray.type import (
    ContextNotDefined,
    GpuArrayConstant,
    GpuArraySharedVariable,
    GpuArrayType,
    GpuArrayVariable,
    get_context,
    gpu_supported,
    gpuarray_shared_constructor,
    list_contexts,
    move_to_gpu,
    reg_context,
)

__all__ = [
    "ContextNotDefined",
    "GpuArrayConstant",
    "GpuArraySharedVariable",
    "GpuArrayType",
    "GpuArrayVariable",
    "get_context",
    "gpu_supported",
    "gpuarray_shared_constructor",
    "list_contexts",
    "move_to_gpu",
    "reg_context",
]

__getattr__ = attribute_lookup(__name__)
