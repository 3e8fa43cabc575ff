"""NumPy's dtypes and PyTorch's, and which of them PyTorch can compute with."""

import numpy as np
import torch

from symgen.errors import BackendError

DTYPES = {
    name: getattr(torch, name)
    for name in (
        *("bool", "uint8", "int8", "int16", "int32", "int64"),
        *("float16", "float32", "float64"),
        *("uint16", "uint32", "uint64"),
    )
}
# PyTorch stores them, but has neither sums nor comparisons of them.
STORED_ONLY = ("uint16", "uint32", "uint64")


def torch_dtype(name, where):
    """The ``torch.dtype`` of a NumPy dtype's name.

    Parameters
    ----------
    name : str
    where : str
        What needs it, for the error.

    Raises
    ------
    BackendError
        For complex numbers.
    """
    if name not in DTYPES:
        raise BackendError(
            "a dtype that the torch backend has (" + ", ".join(DTYPES) + ")",
            f"{name} in {where}",
            "Compute real and imaginary parts apart, or use backend 'c' or 'py'.",
        )
    return DTYPES[name]


def check_arithmetic(variables, where):
    """Refuse dtypes that PyTorch stores but does not compute with."""
    for variable in variables:
        name = getattr(variable.type, "dtype", "")
        torch_dtype(name, where) if name else None
        if name in STORED_ONLY:
            raise BackendError(
                "arithmetic in a dtype that PyTorch computes with",
                f"{name} in {where}",
                "Cast to int64 before, for example x.astype('int64'), or use backend 'c' or 'py'.",
            )


def common_dtype(variables):
    """Name of the dtype that NumPy gives to an operation over all of `variables`."""
    return np.result_type(*(np.dtype(variable.type.dtype) for variable in variables)).name


def is_float(name):
    """Whether a dtype's name is that of a floating type."""
    return name.startswith("float")
