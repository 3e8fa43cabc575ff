"""``topk``, ``argtopk`` and ``topk_and_argtopk``, with Theano's signatures."""

import pytensor.tensor as pt

from symgen.ops.topk.op import TopK


def topk_and_argtopk(x, kth, axis=-1, sorted=True, idx_dtype="int64"):
    """Return the k largest elements along an axis, and their indices.

    Parameters
    ----------
    x : tensor
    kth : int or symbolic integer scalar
        k, not 0; below 0 it asks for the ``-kth`` smallest.
    axis : int or None
        ``None`` flattens `x`.
    sorted : bool
        Whether they come in descending order. Otherwise their order is not specified, and it
        differs between backends.
    idx_dtype : str
        Integer dtype of the indices.

    Returns
    -------
    values, indices : tensors
        Of the shape of `x`, with ``abs(kth)`` along `axis`. Which of equal elements is taken is
        not specified.

    Raises
    ------
    RangeError
        A ``ValueError``: k is 0, or more than there are.
    ShapeError, DtypeError, AxisRangeError
        For a scalar `x`; an axis, k or `idx_dtype` that is not integer; an axis out of range.

    Notes
    -----
    The gradient of the values reaches those elements of `x` that were taken. Theano refused
    ``sorted=True``, its default; here it sorts. JAX needs `kth` as a constant.

    Examples
    --------
    >>> from symgen.ops.topk import topk
    >>> topk([3.0, 1.0, 2.0], 2).eval()
    array([3., 2.])
    """
    x = pt.as_tensor_variable(x)
    if axis is None:
        x, axis = x.flatten(), 0
    return TopK(axis, sorted, idx_dtype)(x, kth)


def topk(x, kth, axis=-1, sorted=True, idx_dtype="int64"):
    """Return the k largest elements along an axis; see :func:`topk_and_argtopk`.

    `idx_dtype` is the dtype of the indices that the gradient needs.
    """
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[0]


def argtopk(x, kth, axis=-1, sorted=True, idx_dtype="int64"):
    """Return the indices of the k largest elements along an axis; see :func:`topk_and_argtopk`."""
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[1]
