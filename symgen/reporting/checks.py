"""Checks of the arrays that are to be drawn."""

import numpy as np

from symgen.errors import DtypeError, EmptyDataError, NonFiniteError, SettingsError, ShapeError


def as_rows(x, name, dim=None):
    """Return examples as a matrix of floats that can be drawn, or say what is wrong.

    Parameters
    ----------
    x : array_like, shape (n, ...)
        One example a row; further axes are flattened.
    name : str
        What to call it in an error.
    dim : int, optional
        Required number of values of an example.

    Returns
    -------
    ndarray, shape (n, dim), n >= 1, float64 or float32

    Raises
    ------
    DtypeError, ShapeError, EmptyDataError, NonFiniteError
    """
    x = np.asarray(x)
    if x.dtype.kind not in "biuf":
        raise DtypeError(
            expected=f"{name} to hold real numbers",
            got=f"dtype {x.dtype}",
            remedy="Convert them first.",
        )
    if x.ndim < 2:
        raise ShapeError(
            expected=f"{name} to have shape (examples, {dim or 'features'})",
            got=f"shape {x.shape}",
            remedy="Give one example a row.",
        )
    if x.size == 0:
        raise EmptyDataError(
            expected=f"at least one example of {name} to draw",
            got=f"shape {x.shape}",
            remedy="Check how they were made or selected.",
        )
    x = x.reshape(len(x), -1)
    if dim is not None and x.shape[1] != dim:
        raise ShapeError(
            expected=f"{name} to have {dim} values an example",
            got=f"{x.shape[1]}",
            remedy="Check the image shape, or the array.",
        )
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    bad = ~np.isfinite(x)
    if bad.any():
        raise NonFiniteError(
            expected=f"{name} to be finite, to draw them",
            got=f"{int(bad.sum())} of {x.size} values NaN or infinite",
            remedy="Find where they come from: a model that diverged draws nothing.",
        )
    return x


def check_image_shape(image_shape):
    """Return (rows, columns) as two integers, or raise :class:`~symgen.errors.ShapeError`."""
    shape = tuple(image_shape) if np.iterable(image_shape) else (image_shape,)
    if len(shape) != 2 or not all(isinstance(v, (int, np.integer)) and v > 0 for v in shape):
        raise ShapeError(
            expected="an image shape of two positive integers, (rows, columns)",
            got=repr(image_shape),
            remedy="Give the shape of one image, say (28, 28).",
        )
    return int(shape[0]), int(shape[1])


def check_count(value, name):
    """Return ``value`` if it is a positive integer; raise ``SettingsError`` otherwise."""
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise SettingsError(
            expected=f"{name} to be a positive integer", got=repr(value), remedy="Give 1 or more."
        )
    return int(value)
