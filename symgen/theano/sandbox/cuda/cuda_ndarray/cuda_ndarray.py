"""``theano.sandbox.cuda.cuda_ndarray.cuda_ndarray``: arrays on a GPU; here NumPy's."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray._identity import no_gpu_array
from symgen.theano.sandbox.cuda.type import CudaNdarray

__all__ = ["CudaNdarray", "mem_info"]

__getattr__ = attribute_lookup(__name__)


def mem_info():
    """Refuse to say how much memory a GPU has."""
    raise no_gpu_array("mem_info")


def device_properties(device):
    """Refuse to describe a GPU."""
    raise no_gpu_array(f"device_properties({device!r})")
