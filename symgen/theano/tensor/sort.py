"""``theano.tensor.sort``: sorted arrays, and the largest or smallest elements."""

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable
from pytensor.ifelse import ifelse
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor import sort as _sort_function
from pytensor.tensor.sort import ArgSortOp as _ArgSortOp
from pytensor.tensor.sort import SortOp as _SortOp
from pytensor.tensor.sort import argsort as _argsort_function

from symgen.errors import NotSupportedError, RangeError
from symgen.ops.topk import TopK as TopKOp  # noqa: F401
from symgen.ops.topk import argtopk, topk, topk_and_argtopk  # noqa: F401
from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


def sort(a, axis=-1, kind="quicksort", order=None):
    """Return the elements of `a` in ascending order along an axis.

    Parameters
    ----------
    a : tensor
    axis : int, symbolic scalar or None
        ``None`` flattens `a`. A symbolic axis may be of a float dtype, as in Theano; its value
        has to be a whole number.
    kind : {"quicksort", "mergesort", "heapsort", "stable"}
        NumPy's algorithm.
    order : None or []
        Fields of a structured array, which symbolic arrays do not have.

    Returns
    -------
    tensor
        Of the dtype of `a`.
    """
    return SortOp(kind, order)(a, axis)


def argsort(a, axis=-1, kind="quicksort", order=None):
    """Return the int64 indices that put `a` in ascending order; parameters as :func:`sort`."""
    return ArgSortOp(kind, order)(a, axis)


class _OpFamily(type):
    """Class whose instances are also PyTensor's nodes of that name."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, cls.op_class) or type.__instancecheck__(cls, instance)


class SortOp(metaclass=_OpFamily):
    """``SortOp(kind, order)(a, axis)``: :func:`sort` in the form of Theano's Op.

    In a graph there is PyTensor's Op, of which ``isinstance(op, SortOp)`` is true as well.
    """

    op_class = _SortOp
    _function = staticmethod(_sort_function)

    def __init__(self, kind, order=None):
        if order is not None and len(order):
            raise NotSupportedError(
                "order=None, as symbolic arrays have no fields", f"order={order!r}", "Leave it out."
            )
        self.kind, self.order = kind, order

    def __eq__(self, other):
        return type(self) is type(other) and self.kind == other.kind

    def __hash__(self):
        return hash((type(self), self.kind))

    def __repr__(self):
        return f"{type(self).__name__}{{{self.kind}, {self.order}}}"

    def __call__(self, a, axis=-1):
        """Sort `a` along `axis`, a constant or a symbolic scalar."""
        a = pt.as_tensor_variable(a)
        if isinstance(axis, Constant):
            axis = axis.data
        if not isinstance(axis, Variable):
            return self._function(a, None if axis is None else _whole(axis), self.kind)
        if axis.type.ndim != 0:
            raise RangeError("a scalar axis", f"{axis.type}", "Give one number.")
        valid = pt.eq(axis, pt.floor(axis)) & pt.ge(axis, -a.type.ndim) & pt.lt(axis, a.type.ndim)
        check = CheckAndRaise(ValueError, "sort axis must be an integer or None, within the array")
        axis = check(pt.cast(axis, "int64"), valid) % a.type.ndim
        result = self._function(a, a.type.ndim - 1, self.kind)
        for d in range(a.type.ndim - 1):
            result = ifelse(pt.eq(axis, d), self._function(a, d, self.kind), result)
        return result


class ArgSortOp(SortOp):
    """``ArgSortOp(kind, order)(a, axis)``: :func:`argsort` in the form of Theano's Op."""

    op_class = _ArgSortOp
    _function = staticmethod(_argsort_function)


def _whole(axis):
    if np.ndim(axis) or axis != int(axis):
        raise RangeError("a whole number as axis, or None", repr(axis), "Change axis.")
    return int(axis)
