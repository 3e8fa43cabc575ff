"""Checks of model sizes and inputs that all models share."""

import numbers

from symgen.errors import RangeError, ShapeError


def positive_int(value, name):
    """Return `value` as an int, or raise :class:`RangeError` unless it is a whole number >= 1."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < 1:
        raise RangeError(f"{name} to be a whole number of at least 1", repr(value), "Choose a size.")
    return int(value)


def positive_ints(values, name):
    """Return `values` as a tuple of ints >= 1 (it may be empty)."""
    if isinstance(values, numbers.Integral):
        values = (values,)
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
