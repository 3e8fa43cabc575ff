"""``theano.misc.may_share_memory``: whether two values may lie in the same memory."""

import numpy as np
import scipy.sparse
from pytensor.sparse.type import SparseTensorType
from pytensor.tensor.type import TensorType

from symgen.errors import DtypeError
from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


def may_share_memory(a, b, raise_other_type=True):
    """Whether changing one value may change the other.

    Parameters
    ----------
    a, b : numpy.ndarray or scipy.sparse matrix
    raise_other_type : bool
        Whether a value of another type raises; otherwise the answer is ``False``.

    Raises
    ------
    DtypeError
        A ``TypeError``: see `raise_other_type`.
    """
    arrays = [isinstance(value, np.ndarray) for value in (a, b)]
    sparse = [scipy.sparse.issparse(value) for value in (a, b)]
    if all(arrays):
        return TensorType.may_share_memory(a, b)
    if all(x or y for x, y in zip(arrays, sparse, strict=True)):
        return SparseTensorType.may_share_memory(a, b)
    if raise_other_type:
        raise DtypeError(
            "NumPy arrays or SciPy sparse matrices",
            f"{type(a).__name__} and {type(b).__name__}",
            "Pass raise_other_type=False to hear False.",
        )
    return False
