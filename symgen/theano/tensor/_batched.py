"""``batched_dot`` and ``batched_tensordot``, which only older versions of PyTensor have."""

from pytensor.tensor import as_tensor_variable, matmul, prod

from symgen.errors import RangeError, ShapeError


def batched_dot(a, b):
    """Return ``dot(a[i], b[i])`` for every `i`, stacked.

    Parameters
    ----------
    a : tensor, shape (n, ...)
    b : tensor, shape (n, ...)
        The last axis of ``a[i]`` meets the second last of ``b[i]`` (its only one if a vector).

    Returns
    -------
    TensorVariable, shape (n, ...)

    Raises
    ------
    ShapeError
        For a scalar.
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    for operand in (a, b):
        if operand.ndim == 0:
            raise ShapeError("at least one axis, the batch", "a scalar", "Give (n, ...) arrays.")
    if a.ndim == 1:
        return a.dimshuffle(0, *["x"] * (b.ndim - 1)) * b
    if b.ndim == 1:
        return a * b.dimshuffle(0, *["x"] * (a.ndim - 1))
    return batched_tensordot(a, b, [[a.ndim - 1], [max(1, b.ndim - 2)]])


def batched_tensordot(x, y, axes=2):
    """Return ``tensordot(x[i], y[i])`` for every `i`, stacked.

    Parameters
    ----------
    x : tensor, shape (n, ...)
    y : tensor, shape (n, ...)
    axes : int or pair of lists of int
        The number of axes to sum over (the last of `x` with the first after the batch of `y`), or
        the axes of each, counted with the batch as axis 0.

    Returns
    -------
    TensorVariable, shape (n, free axes of x, free axes of y)

    Raises
    ------
    RangeError
        When the batch axis is summed over, or the lists differ in length.
    """
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    if isinstance(axes, int):
        x_axes, y_axes = list(range(x.ndim - axes, x.ndim)), list(range(1, axes + 1))
    else:
        x_axes, y_axes = ([axis] if isinstance(axis, int) else list(axis) for axis in axes)
    x_axes, y_axes = [a % x.ndim for a in x_axes], [a % y.ndim for a in y_axes]
    if 0 in x_axes + y_axes or len(x_axes) != len(y_axes):
        raise RangeError(
            "as many axes of x as of y, none of them the batch axis 0",
            f"axes={axes!r}",
            "Count axes with the batch as axis 0.",
        )
    x_free = [axis for axis in range(1, x.ndim) if axis not in x_axes]
    y_free = [axis for axis in range(1, y.ndim) if axis not in y_axes]
    n = x.shape[0]
    summed = prod([x.shape[axis] for axis in x_axes], dtype="int64") if x_axes else 1
    left = x.dimshuffle(0, *x_free, *x_axes).reshape((n, -1, summed), ndim=3)
    right = y.dimshuffle(0, *y_axes, *y_free).reshape((n, summed, -1), ndim=3)
    shape = [n, *(x.shape[axis] for axis in x_free), *(y.shape[axis] for axis in y_free)]
    product = matmul(left, right)
    return product.reshape(tuple(shape), ndim=len(shape))
