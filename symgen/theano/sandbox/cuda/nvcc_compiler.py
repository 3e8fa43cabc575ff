"""``theano.sandbox.cuda.nvcc_compiler``: the compiler of Theano's CUDA code, which nothing here has."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray._identity import GpuOnly, no_gpu_array

__all__ = ["NVCC_compiler", "add_standard_rpath", "is_nvcc_available", "rpath_defaults"]

__getattr__ = attribute_lookup(__name__)

#: Folders that compiled CUDA code was to find its libraries in: none.
rpath_defaults = []


def is_nvcc_available():
    """Whether CUDA code can be compiled: no."""
    return False


def add_standard_rpath(rpath):
    """Refuse to add a folder for CUDA code."""
    raise no_gpu_array("add_standard_rpath")


class NVCC_compiler(GpuOnly):
    """The compiler of CUDA code."""
