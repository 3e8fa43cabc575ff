"""What layers share: shared variables with first values, checked sizes and inputs, names in ``repr``."""

from functools import partial
from numbers import Integral

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen.errors import DtypeError, RangeError, ShapeError, look_up
from symgen.initializers import INITIALIZERS


def parameter(name, initializer, shape, rng, dtype):
    """A shared variable of that name and static shape, with first values from an initializer."""
    value = resolve("initializer", initializer, INITIALIZERS)(shape, rng, dtype)
    if np.shape(value) != shape:
        raise ShapeError(
            expected=f"first values of shape {shape} for {name}",
            got=f"{np.shape(value)}",
            remedy="The initializer must return an array of the shape it is given.",
        )
    return pytensor.shared(np.asarray(value, dtype=dtype), name=name, shape=shape)


def resolve(kind, function, table):
    """The function itself, or the one of that name in the table."""
    return function if callable(function) else look_up(kind, function, table)


def dimension(value, name):
    """Return `value` as an int, or raise unless it is a whole number of at least 1."""
    if not isinstance(value, Integral):
        raise DtypeError(
            expected=f"{name} to be an integer", got=f"{value!r}", remedy="Pass an int."
        )
    if value < 1:
        raise RangeError(
            expected=f"{name} >= 1", got=f"{value}", remedy="A layer has at least one unit."
        )
    return int(value)


def dimensions(values, name, length=None):
    """Return `values` as a tuple of ints of at least 1; one int stands for `length` of them."""
    if isinstance(values, Integral) and length is not None:
        values = (values,) * length
    if not isinstance(values, tuple | list) or length not in (None, len(values)):
        count = "a sequence of" if length is None else f"{length}"
        raise ShapeError(f"{name}: {count} integers", f"{values!r}", "Write it as a tuple.")
    return tuple(dimension(value, f"each of {name}") for value in values)


def checked_input(x, shape, layer, dtype, remedy):
    """`x` in the dtype of a layer's parameters.

    Parameters
    ----------
    x : variable or array
    shape : tuple
        An int for a size that is known, a word for each that is not, such as ``("batch", 784)``.
    layer
        For the message.
    dtype : str
    remedy : str
        What to do about a wrong shape.

    Raises
    ------
    ShapeError
        When the number of dimensions or a known size differs.
    DtypeError
        When ``x`` would turn float32 into float64.
    """
    x = pt.as_tensor_variable(x)
    fits = x.ndim == len(shape) and all(
        isinstance(wanted, str) or size in (None, wanted)
        for size, wanted in zip(x.type.shape, shape, strict=True)
    )
    if not fits:
        words = ", ".join(str(size) for size in shape)
        raise ShapeError(f"an input of shape ({words}) for {layer!r}", f"{x.type}", remedy)
    if np.result_type(x.dtype, dtype) != np.dtype(dtype):
        raise DtypeError(
            expected=f"an input whose dtype {dtype} can hold, for {layer!r}",
            got=f"{x.dtype}",
            remedy=f"Cast it with x.astype('{dtype}'), or give the layer another dtype.",
        )
    return x.astype(dtype)


def function_name(function):
    """An activation's name, with its settings where it is a ``functools.partial``."""
    if isinstance(function, partial):
        settings = ", ".join(f"{key}={value!r}" for key, value in function.keywords.items())
        return f"{function_name(function.func)}({settings})"
    return getattr(function, "__name__", repr(function))
