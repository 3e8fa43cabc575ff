"""Checks of model sizes and inputs that all models share."""

import math
import numbers
from collections.abc import Iterable

from symgen import config
from symgen.errors import DtypeError, RangeError, SettingsError, ShapeError


def float_dtype(dtype):
    """Return the dtype of parameters, :func:`symgen.config.floatx` for None, or raise :class:`DtypeError`."""
    dtype = config.floatx() if dtype is None else dtype
    if dtype not in ("float32", "float64"):
        raise DtypeError(
            "dtype to be 'float32' or 'float64'",
            repr(dtype),
            "Leave it out for the default, SYMGEN_FLOATX, or write one of these.",
        )
    return dtype


def positive_int(value, name):
    """Return `value` as an int, or raise :class:`RangeError` unless it is a whole number >= 1."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < 1:
        raise RangeError(f"{name} to be a whole number of at least 1", repr(value), "Choose a size.")
    return int(value)


def not_negative_int(value, name):
    """Return `value` as an int, or raise :class:`RangeError` unless it is a whole number >= 0."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < 0:
        raise RangeError(f"{name} to be a whole number of at least 0", repr(value), "Leave it out for 0.")
    return int(value)


def positive_ints(values, name):
    """Return `values` as a tuple of ints >= 1 (it may be empty); one number is a tuple of one."""
    if isinstance(values, numbers.Real):
        values = (values,)
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise RangeError(f"{name} to be whole numbers of at least 1", repr(values), "Write (256, 128), say.")
    return tuple(positive_int(value, f"each of {name}") for value in values)


def check_matrix(x, dim, who):
    """Raise :class:`ShapeError` unless symbolic `x` is a matrix whose rows can have `dim` numbers."""
    columns = x.type.shape[1] if x.type.ndim == 2 else None
    if x.type.ndim != 2 or columns not in (None, dim):
        raise ShapeError(
            f"{who} to be given a matrix of shape (batch, {dim})",
            f"{x.type}",
            "Flatten each example to a row, or build the model with another size.",
        )


def check_context_matrix(context, context_dim, examples, who):
    """Raise unless `context` can have `context_dim` numbers for each example, or is None where that is 0.

    Parameters
    ----------
    context : variable or None
    context_dim : int
    examples : int or None
        As many rows it must have; None where that is not known yet.
    who : str
        What is given the context.

    Raises
    ------
    SettingsError
        For a context that is missing, or that `who` has no use for.
    ShapeError
        For other rows or columns.
    """
    if context is None and context_dim:
        raise SettingsError(
            f"context= of shape (batch, {context_dim}) for {who}",
            "none",
            "Give a row of context for each example, or draw.",
        )
    if context is not None and not context_dim:
        raise SettingsError(
            f"no context: {who} has none",
            f"{context.type}",
            "Build it with context_dim=, or leave context= away.",
        )
    if context is None:
        return
    check_matrix(context, context_dim, f"the context of {who}")
    rows = context.type.shape[0]
    if None not in (rows, examples) and rows != examples:
        raise ShapeError(
            f"the context of {who} to have a row for each of {examples} examples",
            f"{rows} rows",
            "Give as many rows of context as there are examples, or draws.",
        )


def image_shape_of(image_shape, input_dim):
    """Rows and columns of an image of `input_dim` pixels; of a square one where it is None.

    Raises
    ------
    ShapeError
        When rows times columns is not `input_dim`, or there is no square of so many pixels.
    RangeError
        For a size below 1.
    """
    if image_shape is None:
        side = math.isqrt(input_dim)
        if side * side != input_dim:
            raise ShapeError(
                f"image_shape for {input_dim} pixels, which are no square",
                "None",
                "Say rows and columns: image_shape=(rows, columns).",
            )
        return side, side
    shape = positive_ints(image_shape, "image_shape")
    if len(shape) != 2 or shape[0] * shape[1] != input_dim:
        raise ShapeError(
            f"image_shape=(rows, columns) with {input_dim} pixels in all",
            repr(image_shape),
            "Each example is an image flattened to a row of input_dim numbers.",
        )
    return shape
