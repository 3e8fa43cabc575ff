"""``theano.gpuarray.basic_ops``: arrays on a GPU; here they are arrays like all others."""

from pytensor.tensor import alloc, as_tensor_variable, empty, eye, join, split, tri

from symgen.errors import RangeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray._identity import GpuOnly, Transfer
from symgen.theano.gpuarray.type import get_context
from symgen.theano.tensor.nnet._stand_in import StandInOp

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


class HostFromGpu(Transfer):
    """``HostFromGpu()(x)`` is `x`."""


class GpuContiguous(Transfer):
    """``GpuContiguous()(x)`` is `x`: symgen's Ops take any strides."""


class _ToContext(Transfer):
    __props__ = ("context_name",)

    def __init__(self, context_name=None):
        if context_name is not None:
            get_context(context_name)
        self.context_name = None


class GpuFromHost(_ToContext):
    """``GpuFromHost(None)(x)`` is `x`; a GPU's name is refused."""


class GpuToGpu(_ToContext):
    """``GpuToGpu(None)(x)`` is `x`; a GPU's name is refused."""


host_from_gpu = HostFromGpu()
gpu_contiguous = GpuContiguous()


def as_gpuarray_variable(x, context_name=None):
    """Return `x` as a variable.

    Parameters
    ----------
    x : variable or array
    context_name : None
        A GPU's name; there is none.
    """
    if context_name is not None:
        get_context(context_name)
    return as_tensor_variable(x)


def infer_context_name(*variables):
    """Name of the GPU that variables are on: None, the name of where all are."""
    return


class GpuAllocEmpty(StandInOp):
    """``GpuAllocEmpty(dtype)(*shape)``: an array of any numbers, to be overwritten.

    Parameters
    ----------
    dtype : str
    context_name : None
    """

    __props__ = ("dtype",)

    def __init__(self, dtype="float32", context_name=None):
        if context_name is not None:
            get_context(context_name)
        self.dtype = dtype

    def make_graph(self, *shape):
        """Return the array."""
        return empty(shape, dtype=self.dtype)


class GpuAlloc(StandInOp):
    """``GpuAlloc(None)(value, *shape)``: `value` broadcast to a shape.

    Parameters
    ----------
    context_name : None
    memset_0 : bool
        Whether Theano filled it with zeros at once: the backend decides.
    """

    def __init__(self, context_name=None, memset_0=False):
        if context_name is not None:
            get_context(context_name)
        if memset_0 not in (False, True):
            raise RangeError("memset_0 of True or False", repr(memset_0), "Leave it out.")

    def make_graph(self, value, *shape):
        """Return the array."""
        return alloc(value, *shape)


class GpuJoin(StandInOp):
    """``gpu_join(axis, *tensors)``: ``theano.tensor.join``."""

    def make_graph(self, axis, *tensors):
        """Return the tensors side by side."""
        return join(axis, *tensors)


gpu_join = GpuJoin()


class GpuSplit(StandInOp):
    """``GpuSplit(n)(x, axis, sizes)``: ``theano.tensor.split`` into n pieces.

    Parameters
    ----------
    len_splits : int
    """

    __props__ = ("len_splits",)

    def __init__(self, len_splits):
        self.len_splits = len_splits

    def make_graph(self, x, axis, sizes):
        """Return the list of pieces."""
        return split(x, sizes, n_splits=self.len_splits, axis=axis)


class GpuReshape(StandInOp):
    """``GpuReshape(ndim)(x, shape)``: `x` in another shape.

    Parameters
    ----------
    ndim : int
    name : str, optional
    """

    __props__ = ("ndim",)

    def __init__(self, ndim, name=None):
        self.ndim, self.name = ndim, name

    def make_graph(self, x, shape):
        """Return the array."""
        return as_tensor_variable(x).reshape(shape, ndim=self.ndim)


class _Made(StandInOp):
    __props__ = ("dtype",)

    def __init__(self, dtype=None, context_name=None):
        if context_name is not None:
            get_context(context_name)
        self.dtype = dtype

    def make_graph(self, n, m, k):
        """Return the matrix with n rows and m columns, its diagonal k."""
        return self.function(n, m, k, dtype=self.dtype)


class GpuEye(_Made):
    """``GpuEye(dtype)(n, m, k)``: ``theano.tensor.eye``."""

    function = staticmethod(eye)


class GpuTri(_Made):
    """``GpuTri(dtype)(n, m, k)``: ``theano.tensor.tri``."""

    function = staticmethod(tri)


def empty_like(var):
    """Return an array of any numbers, of the shape and dtype of `var`."""
    return empty(tuple(var.shape), dtype=var.dtype)


class GpuKernelBase(GpuOnly):
    """Base of Ops with kernels in CUDA."""


class CGpuKernelBase(GpuKernelBase):
    """Base of Ops with kernels in files."""


class Kernel(GpuOnly):
    """A kernel in CUDA."""
