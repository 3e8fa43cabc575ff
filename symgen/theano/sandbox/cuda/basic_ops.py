"""``theano.sandbox.cuda.basic_ops``: arrays on a GPU; here they are arrays like all others."""

import functools

from pytensor.tensor import (
    as_tensor_variable,
    empty,
    matrix,
    row,
    scalar,
    tensor3,
    tensor4,
    vector,
)

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray._identity import Transfer
from symgen.theano.gpuarray.basic_ops import (
    GpuContiguous,
    GpuJoin,
    GpuReshape,
    HostFromGpu,
    gpu_contiguous,
    gpu_join,
    host_from_gpu,
)
from symgen.theano.tensor.nnet._stand_in import StandInOp

__all__ = [
    "GpuAllocEmpty",
    "GpuContiguous",
    "GpuFromHost",
    "GpuJoin",
    "GpuReshape",
    "HostFromGpu",
    "as_cuda_ndarray_variable",
    "fmatrix",
    "frow",
    "fscalar",
    "ftensor3",
    "ftensor4",
    "fvector",
    "gpu_alloc_empty",
    "gpu_contiguous",
    "gpu_from_host",
    "gpu_join",
    "host_from_gpu",
]

__getattr__ = attribute_lookup(__name__)

fscalar, fvector, fmatrix, frow, ftensor3, ftensor4 = (
    functools.partial(make, dtype="float32")
    for make in (scalar, vector, matrix, row, tensor3, tensor4)
)


class GpuFromHost(Transfer):
    """``gpu_from_host(x)`` is `x`."""


class GpuAllocEmpty(StandInOp):
    """``gpu_alloc_empty(*shape)``: a float32 array of any numbers, to be overwritten."""

    def make_graph(self, *shape):
        """Return the array."""
        return empty(shape, dtype="float32")


gpu_from_host = GpuFromHost()
gpu_alloc_empty = GpuAllocEmpty()


def as_cuda_ndarray_variable(x):
    """Return `x` as a variable."""
    return as_tensor_variable(x)
