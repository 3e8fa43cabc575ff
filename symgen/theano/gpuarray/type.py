"""``theano.gpuarray.type``: the types of arrays on a GPU, which here are those of all arrays."""

import numpy as np
from pytensor.compile.sharedvalue import shared
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorConstant, TensorVariable

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray._identity import no_gpu_array

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

GpuArrayConstant = TensorConstant
GpuArraySharedVariable = TensorSharedVariable
GpuArrayVariable = TensorVariable


class ContextNotDefined(ValueError):
    """A GPU that has no name here: none has."""


def GpuArrayType(dtype, broadcastable, context_name=None, name=None):
    """Return the type of arrays: ``TensorType`` of this dtype and these lengths of 1.

    Parameters
    ----------
    dtype : str
    broadcastable : sequence of bool
    context_name : None
        A GPU's name; there is none.
    name : str, optional
        Of the type.

    Raises
    ------
    ContextNotDefined
        For a GPU's name.
    """
    if context_name is not None:
        get_context(context_name)
    return TensorType(dtype, shape=tuple(1 if one else None for one in broadcastable), name=name)


def gpuarray_shared_constructor(
    value, name=None, strict=False, allow_downcast=None, borrow=False, broadcastable=None,
    target=None,
):  # fmt: skip
    """Return a shared variable: ``theano.shared`` of these arguments.

    Parameters
    ----------
    value : array
    name : str, optional
    strict, borrow : bool
    allow_downcast : bool, optional
    broadcastable : sequence of bool, optional
        Where lengths are 1 forever.
    target : None
        A GPU's name; there is none.
    """
    if target is not None:
        get_context(target)
    settings = {} if broadcastable is None else {
        "shape": tuple(1 if one else None for one in broadcastable)
    }
    return shared(
        np.asarray(value), name=name, strict=strict, allow_downcast=allow_downcast, borrow=borrow,
        **settings,
    )  # fmt: skip


def get_context(name):
    """Raise :class:`ContextNotDefined`: no GPU has a name here."""
    raise ContextNotDefined(
        f"expected no GPU's name; got {name!r}. Functions choose a backend by mode=, a GPU by "
        "symgen.backends.select(..., device=)."
    )


def list_contexts():
    """Names of GPUs that were registered: none."""
    return []


def reg_context(name, ctx):
    """Refuse to register a GPU."""
    raise no_gpu_array("reg_context")


def gpu_supported(data):
    """Whether Theano could hold `data` on a GPU: not complex numbers.

    Parameters
    ----------
    data : array or variable
    """
    return np.dtype(data.dtype).name in (
        "float16", "float32", "float64", "bool", "int8", "int16", "int32", "int64",
        "uint8", "uint16", "uint32", "uint64",
    )  # fmt: skip


def move_to_gpu(data):
    """Whether Theano would have moved `data` to a GPU by itself: where it holds numbers at all."""
    return gpu_supported(data) and data.ndim > 0
