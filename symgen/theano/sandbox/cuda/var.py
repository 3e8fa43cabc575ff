"""``theano.sandbox.cuda.var``: variables of float32 arrays on a GPU; here variables like all others."""

import numpy as np
from pytensor.compile.sharedvalue import shared
from pytensor.tensor.sharedvar import TensorSharedVariable as CudaNdarraySharedVariable
from pytensor.tensor.variable import TensorConstant as CudaNdarrayConstant
from pytensor.tensor.variable import TensorVariable as CudaNdarrayVariable

from symgen.errors import DtypeError
from symgen.theano._missing import attribute_lookup

__all__ = [
    "CudaNdarrayConstant",
    "CudaNdarraySharedVariable",
    "CudaNdarrayVariable",
    "float32_shared_constructor",
]

__getattr__ = attribute_lookup(__name__)


def float32_shared_constructor(
    value,
    name=None,
    strict=False,
    allow_downcast=None,
    borrow=False,
    broadcastable=None,
    target="gpu",
):
    """Return a shared variable of a float32 array: ``theano.shared`` of these arguments.

    Parameters
    ----------
    value : float32 array
    name : str, optional
    strict, borrow : bool
    allow_downcast : bool, optional
    broadcastable : sequence of bool, optional
        Where lengths are 1 forever.
    target : {"gpu"}
        As Theano's protocol of constructors has it.

    Raises
    ------
    DtypeError
        For what is no float32 array, or for another target.
    """
    if target != "gpu" or not isinstance(value, np.ndarray) or value.dtype != np.float32:
        raise DtypeError(
            "a float32 array, and target='gpu'",
            f"{getattr(value, 'dtype', value)}, {target!r}",
            "Use theano.shared.",
        )
    settings = {} if broadcastable is None else {
        "shape": tuple(1 if one else None for one in broadcastable)
    }
    return shared(
        value, name=name, strict=strict, allow_downcast=allow_downcast, borrow=borrow, **settings
    )
