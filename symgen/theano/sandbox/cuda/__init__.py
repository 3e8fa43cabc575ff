"""``theano.sandbox.cuda``: Theano's first GPU back end, as the same expressions on any device.

Its arrays were float32 only; variables here keep the dtype that they have. ``cuda_available`` and
``cuda_enabled`` are False, so that code which asks takes its way without a GPU; what code uses without
asking computes the same.
"""

from pytensor.graph.op import Op

from symgen.errors import NotSupportedError
from symgen.theano import gpuarray
from symgen.theano._missing import attribute_lookup
from symgen.theano.sandbox.cuda import basic_ops, dnn, type, var
from symgen.theano.sandbox.cuda.basic_ops import (
    as_cuda_ndarray_variable,
    ftensor3,
    ftensor4,
    gpu_alloc_empty,
    gpu_contiguous,
    gpu_from_host,
    host_from_gpu,
)
from symgen.theano.sandbox.cuda.type import CudaNdarray, CudaNdarrayType
from symgen.theano.sandbox.cuda.var import (
    CudaNdarrayConstant,
    CudaNdarraySharedVariable,
    CudaNdarrayVariable,
    float32_shared_constructor,
)

__all__ = [
    "CudaNdarray",
    "CudaNdarrayConstant",
    "CudaNdarraySharedVariable",
    "CudaNdarrayType",
    "CudaNdarrayVariable",
    "GpuOp",
    "as_cuda_ndarray_variable",
    "basic_ops",
    "cuda_available",
    "cuda_enabled",
    "dnn",
    "float32_shared_constructor",
    "ftensor3",
    "ftensor4",
    "gpu_alloc_empty",
    "gpu_contiguous",
    "gpu_from_host",
    "host_from_gpu",
    "shared_constructor",
    "type",
    "unuse",
    "use",
    "var",
]

__getattr__ = attribute_lookup(__name__)

#: Whether Theano's CUDA code could run.
cuda_available = False
#: Whether functions run on a GPU in Theano's way.
cuda_enabled = False
#: Whether Theano's second GPU back end was used.
pygpu_activated = False

shared_constructor = float32_shared_constructor


class GpuOp(Op):
    """Base of Ops with code in CUDA: they can be defined, not constructed."""

    def __new__(cls, *args, **kwargs):
        """Refuse."""
        raise NotSupportedError(
            "an Op that symgen can compute",
            f"{cls.__name__}, which has code of its own for Theano's CUDA arrays",
            "Write it as an expression of theano.tensor; a backend then compiles it for the GPU.",
        )


def use(
    device,
    force=False,
    default_to_move_computation_to_gpu=True,
    move_shared_float32_to_gpu=True,
    enable_cuda=True,
    test_driver=True,
):
    """Warn that functions go on to run on their backend; see :func:`theano.gpuarray.use`.

    Parameters
    ----------
    device : str or int
        ``"cpu"``, or a GPU: ``"gpu"``, ``"gpu0"``, a number …
    force : bool
        Whether to raise rather than to warn.
    default_to_move_computation_to_gpu, move_shared_float32_to_gpu, enable_cuda, test_driver : bool
        How Theano would have used the GPU.

    Raises
    ------
    NotSupportedError
        With `force`, for a GPU.
    """
    gpuarray.use(
        f"gpu{device}" if isinstance(device, int) else device,
        force,
        default_to_move_computation_to_gpu,
        move_shared_float32_to_gpu,
        enable_cuda,
        test_driver,
    )


def unuse():
    """Return to the host: where functions run unless a backend was chosen."""


def mem_info():
    """Refuse to say how much memory a GPU has."""
    raise gpuarray.no_gpu_array("mem_info")


def active_device_name():
    """Refuse to say which GPU is used."""
    raise gpuarray.no_gpu_array("active_device_name")


def active_device_number():
    """Refuse to say which GPU is used."""
    raise gpuarray.no_gpu_array("active_device_number")
