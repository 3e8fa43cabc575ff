"""Checks of arrays that a caller gives as data; every failure has its named error."""

import numpy as np

from symgen import config
from symgen.errors import (
    DtypeError,
    EmptyDataError,
    NonFiniteError,
    RangeError,
    ShapeError,
)


def as_numbers(x, name):
    """Return ``x`` as a NumPy array of booleans, integers or floats of any shape.

    Parameters
    ----------
    x : array_like
    name : str
        What to call it in an error.

    Raises
    ------
    ShapeError
        When the rows have different lengths.
    DtypeError
        When it holds complex numbers, strings, dates or objects, or hides
        entries under a mask.
    """
    if np.ma.is_masked(x):
        raise DtypeError(
            expected=f"{name} to be an array without masked entries",
            got=f"a masked array that hides {int(np.ma.count_masked(x))} of {x.size} entries",
            remedy="Drop these examples or fill in the entries, say with x.filled(0).",
        )
    try:
        x = np.asarray(x)
    except ValueError as error:
        raise ShapeError(
            expected=f"{name} to be an array whose rows have one length",
            got=str(error),
            remedy="Bring all examples to one length.",
        ) from error
    if x.dtype.kind not in "biuf":
        raise DtypeError(
            expected=f"{name} to hold booleans, integers or floats",
            got=f"dtype {x.dtype}",
            remedy="Convert it to numbers first, say with x.astype('float32').",
        )
    return x


def check_finite(x, name):
    """Raise :class:`~symgen.errors.NonFiniteError` unless all numbers of ``x`` are finite.

    Parameters
    ----------
    x : ndarray of booleans, integers or floats
    name : str
        What to call it in the error.
    """
    if x.dtype.kind != "f":
        return
    finite = np.isfinite(x)
    if finite.all():
        return
    bad = np.argwhere(~finite)
    first = tuple(int(i) for i in bad[0])
    raise NonFiniteError(
        expected=f"{name} to hold finite numbers only",
        got=f"{len(bad)} of {x.size} NaN or infinite, the first at index {first}: {x[first]}",
        remedy="Drop these examples or fill in the values.",
    )


def check_array(x, name, dim=None, value_range=None, dtype=None):
    """Return examples as a C-contiguous matrix of floats, or say what is wrong.

    Parameters
    ----------
    x : array_like, shape (n, dim)
        Examples in rows; booleans, integers or floats. It is copied only
        where its dtype or its layout makes that necessary.
    name : str
        What to call it in an error: ``"the training data"``.
    dim : int, optional
        Required number of columns.
    value_range : pair of float, optional
        Lowest and highest value allowed, after conversion to `dtype`.
    dtype : {"float32", "float64"}, optional
        The default is ``config.floatx()``.

    Returns
    -------
    ndarray, shape (n, dim), n >= 1, of `dtype`

    Raises
    ------
    DtypeError
        When it does not hold real numbers.
    ShapeError
        When it is not a matrix, or has not ``dim`` columns.
    EmptyDataError
        When it has no rows or no columns.
    NonFiniteError
        When it holds NaN or infinity; says how many and where the first is.
    RangeError
        When a value lies outside ``value_range`` or is too large for the dtype.

    Examples
    --------
    >>> check_array([[0, 1], [1, 1]], "x", dim=2, value_range=(0, 1)).shape
    (2, 2)
    """
    x = as_numbers(x, name)
    if x.ndim != 2:
        remedy = (
            "Reshape it with x.reshape(len(x), -1)."
            if x.ndim > 2
            else "Give one example a row; one example alone is x.reshape(1, -1)."
        )
        raise ShapeError(
            expected=f"{name} to have 2 dimensions, (examples, {dim or 'features'})",
            got=f"shape {x.shape}",
            remedy=remedy,
        )
    if x.size == 0:
        raise EmptyDataError(
            expected=f"{name} to hold at least one example with at least one feature",
            got=f"shape {x.shape}",
            remedy="Check how it was selected or read.",
        )
    if dim is not None and x.shape[1] != dim:
        raise ShapeError(
            expected=f"{name} to have {dim} features an example",
            got=f"shape {x.shape}",
            remedy="Give data of that width, or build the model for this one.",
        )
    check_finite(x, name)
    dtype = np.dtype(dtype or config.floatx())
    with np.errstate(over="ignore"):  # said below, with its remedy
        y = np.ascontiguousarray(x, dtype=dtype)
    if x.dtype.kind == "f" and x.dtype.itemsize > dtype.itemsize and not np.isfinite(y).all():
        raise RangeError(
            expected=f"{name} to hold values that {dtype} can hold",
            got=f"a minimum of {x.min()} and a maximum of {x.max()}",
            remedy="Rescale the data, or set SYMGEN_FLOATX=float64.",
        )
    if value_range is not None:
        low, high = value_range
        least, most = y.min(), y.max()
        if least < low or most > high:
            raise RangeError(
                expected=f"{name} to lie in [{low:g}, {high:g}]",
                got=f"a minimum of {least:g} and a maximum of {most:g}",
                remedy=f"Rescale it: x = {low:g} + {high - low:g} * (x - x.min()) / "
                "(x.max() - x.min()); or use a model for real values and value_range=None.",
            )
    return y


def check_labels(labels, name, n):
    """Return class labels as an int64 vector of length ``n``, or say what is wrong.

    Parameters
    ----------
    labels : array_like, shape (n,) or (n, 1)
        Integers or booleans.
    name : str
        What to call them in an error.
    n : int
        Number of examples that they belong to.

    Raises
    ------
    DtypeError
        When they are not integers.
    ShapeError
        When there are more or fewer than ``n``.
    RangeError
        When one is too large for int64.
    """
    labels = as_numbers(labels, name)
    if labels.dtype.kind == "f":
        raise DtypeError(
            expected=f"{name} to be integers",
            got=f"dtype {labels.dtype}",
            remedy="Number the classes: 0, 1, 2, ...",
        )
    if labels.shape not in ((n,), (n, 1)):
        raise ShapeError(
            expected=f"{name} to have shape ({n},), one for each example",
            got=f"shape {labels.shape}",
            remedy="Give one integer an example, in the order of the examples.",
        )
    if labels.dtype == np.uint64 and n and labels.max() > np.iinfo(np.int64).max:
        raise RangeError(
            expected=f"{name} to fit int64",
            got=f"a maximum of {labels.max()}",
            remedy="Number the classes: 0, 1, 2, ...",
        )
    return np.ascontiguousarray(labels.reshape(n), dtype=np.int64)
