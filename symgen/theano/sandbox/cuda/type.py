"""``theano.sandbox.cuda.type``: the type of float32 arrays on a GPU; here that of float32 arrays."""

import numpy as np
from pytensor.tensor.type import TensorType

from symgen.errors import DtypeError
from symgen.theano._missing import attribute_lookup

__all__ = ["CudaNdarray", "CudaNdarrayType"]

__getattr__ = attribute_lookup(__name__)


def CudaNdarrayType(broadcastable, name=None, dtype=None):
    """Return the type of float32 arrays with these lengths of 1.

    Parameters
    ----------
    broadcastable : sequence of bool
    name : str, optional
    dtype : {"float32"}, optional

    Raises
    ------
    DtypeError
        For another dtype.
    """
    if dtype not in (None, "float32"):
        raise DtypeError("float32, which CUDA arrays always were", repr(dtype), "Use TensorType.")
    return TensorType("float32", shape=tuple(1 if one else None for one in broadcastable), name=name)


class CudaNdarray:
    """``CudaNdarray(array)``: `array` in float32, a NumPy array. No object is of this class.

    Parameters
    ----------
    array : array
    """

    def __new__(cls, array):
        """Return the array."""
        return np.asarray(array, dtype="float32")

    @staticmethod
    def zeros(shape):
        """Return zeros, a float32 NumPy array."""
        return np.zeros(shape, dtype="float32")
