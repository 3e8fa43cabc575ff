"""``join``, ``split`` and ``concatenate``, also along an axis that only the values say."""

import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.basic import Join, as_tensor_variable
from pytensor.tensor.type import integer_dtypes

from symgen.theano.tensor._ops import UnknownShape

try:  # newer versions of PyTensor have moved it
    from pytensor.conditional.op import ifelse
except ImportError:
    from pytensor.ifelse import ifelse

# Whether PyTensor's Op takes the axis with the tensors, as Theano's did.
_AXIS_MAY_VARY = "axis" not in Join.__props__


def join(axis, *tensors_list):
    """Return the tensors one after the other along `axis`.

    Parameters
    ----------
    axis : int or integer scalar
        Negative ones count from the last.
    *tensors_list : tensors
        Of one number of dimensions, and of one shape but for `axis`.

    Raises
    ------
    IndexError
        When the function runs, for an axis that is not there.
    """
    if _AXIS_MAY_VARY or not _varies(axis) or len(tensors_list) < 2:
        return pt.join(axis, *tensors_list)
    tensors = [as_tensor_variable(tensor) for tensor in tensors_list]
    return _by_axis(axis, tensors[0].ndim, tensors, lambda k, tensors: pt.join(k, *tensors))


def concatenate(tensor_list, axis=0):
    """Return the tensors of a list one after the other along `axis`; see :func:`join`."""
    if not isinstance(tensor_list, list | tuple):
        raise TypeError(f"expected a list or tuple of tensors; got {tensor_list}")
    return join(axis, *tensor_list)


def split(x, splits_size, n_splits, axis=0):
    """Return `x` cut along `axis` into `n_splits` parts of the lengths `splits_size`.

    Parameters
    ----------
    x : tensor
    splits_size : sequence or vector of int
        They sum to the length of `x`.
    n_splits : int
        How many there are.
    axis : int or integer scalar

    Returns
    -------
    list of TensorVariable
    """
    if _AXIS_MAY_VARY or not _varies(axis):
        return pt.split(x, splits_size, n_splits=n_splits, axis=axis)
    x = as_tensor_variable(x)

    def at(k, operands):
        return pt.split(operands[0], splits_size, n_splits=n_splits, axis=k)

    return _by_axis(axis, x.ndim, [x], at)


def _varies(axis):
    return isinstance(axis, Variable) and not isinstance(axis, Constant)


def _by_axis(axis, ndim, operands, at):
    """``at(k, operands)`` for the value k of `axis`; only that one is computed."""
    if axis.ndim or axis.dtype not in integer_dtypes:
        raise TypeError(f"expected an integer scalar as the axis; got {axis.type}")
    check = CheckAndRaise(IndexError, f"axis out of range for {ndim} dimensions")
    axis = check(axis, pt.and_(pt.ge(axis, -ndim), pt.lt(axis, ndim)))
    axis = pt.switch(pt.lt(axis, 0), axis + ndim, axis)
    operands = [UnknownShape()(operand) for operand in operands]
    result = at(ndim - 1, operands)
    for k in reversed(range(ndim - 1)):
        result = ifelse(pt.eq(axis, k), at(k, operands), result)
    return result
