"""``TensorType`` and the Ops that PyTensor constructs or calls in another way than Theano did."""

import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable
from pytensor.raise_op import Assert
from pytensor.tensor.basic import AllocDiag as PtAllocDiag
from pytensor.tensor.basic import Join as PtJoin
from pytensor.tensor.basic import PermuteRowElements as PtPermuteRowElements
from pytensor.tensor.basic import Split as PtSplit
from pytensor.tensor.basic import as_tensor_variable
from pytensor.tensor.elemwise import DimShuffle as PtDimShuffle
from pytensor.tensor.math import Argmax, Max
from pytensor.tensor.math import Dot as PtDot
from pytensor.tensor.shape import SpecifyShape as PtSpecifyShape
from pytensor.tensor.type import TensorType as PtTensorType

from symgen.errors import NotSupportedError
from symgen.theano.tensor._facade import facade
from symgen.theano.tensor._joining import join, split


def _tensor_type(dtype, broadcastable=None, name=None, sparse_grad=False, *, shape=None):
    """The type of a tensor: ``TensorType(dtype, broadcastable, name=None)``.

    Parameters
    ----------
    dtype : str
        ``"floatX"`` is ``config.floatX``.
    broadcastable : sequence of bool, or of 0 and 1
        For each dimension, whether its length is 1. A sequence with ``None`` or another number is
        PyTensor's ``shape``.
    name : str, optional
    shape : sequence of int or None, optional
        PyTensor's: the lengths that are known.

    Raises
    ------
    NotSupportedError
        For ``sparse_grad=True``.
    """
    if sparse_grad:
        raise NotSupportedError(
            "TensorType(sparse_grad=False)", repr(sparse_grad), "Use theano.sparse_grad."
        )
    if (broadcastable is None) == (shape is None):
        raise TypeError("TensorType() needs a dtype and one of broadcastable and shape")
    if shape is None:
        broadcastable = tuple(broadcastable)
        if all(wanted in (0, 1) for wanted in broadcastable):
            shape = tuple(1 if wanted else None for wanted in broadcastable)
        else:
            shape = broadcastable
    return PtTensorType(dtype, shape, name=name)


def _dim_shuffle(input_broadcastable=None, new_order=None, inplace=True, *, input_ndim=None):
    """``DimShuffle(input_broadcastable, new_order)(x)``: `x` with its axes in another order.

    Parameters
    ----------
    input_broadcastable : sequence of bool
        The pattern of the input.
    new_order : sequence of int or "x"
        For each axis of the result, that of the input, or ``"x"`` for a new one of length 1.
    inplace : bool
        Whether the result may share memory with the input. It may either way: what shares it is
        copied before it is overwritten.
    input_ndim : int
        PyTensor's way to say the number of dimensions.

    Raises
    ------
    ValueError
        When an axis is there twice, or one left out is not broadcastable.
    """
    if new_order is None or (input_broadcastable is None) == (input_ndim is None):
        raise TypeError("DimShuffle() needs the pattern of its input and the new order of axes")
    new_order = list(new_order)
    if input_ndim is None:
        pattern = tuple(input_broadcastable)
        input_ndim = len(pattern)
        dropped = [i for i, one in enumerate(pattern) if i not in new_order and not one]
        if dropped:
            raise ValueError(
                "You cannot drop a non-broadcastable dimension: "
                f"{dropped} of {pattern}, {new_order}"
            )
    return PtDimShuffle(input_ndim=input_ndim, new_order=new_order)


class _KnowsTheOp(type):
    def __instancecheck__(cls, instance):
        return super().__instancecheck__(instance) or isinstance(instance, cls.op)


class _Call(metaclass=_KnowsTheOp):
    """What a class that PyTensor constructs with more arguments gives without them.

    ``isinstance(node.op, type(Join()))`` holds for PyTensor's Op.
    """

    op = ()

    def __init__(self, name, function):
        self.name, self.function = name, function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __repr__(self):
        return self.name


class _JoinCall(_Call):
    op = PtJoin


class _SplitCall(_Call):
    op = PtSplit


class _DotCall(_Call):
    op = PtDot


class _PermuteCall(_Call):
    op = PtPermuteRowElements


class _MaxAndArgmaxCall(_Call):
    op = (Max, Argmax)


def _join(view=-1):
    """``Join()(axis, *tensors)``: the tensors one after the other along `axis`.

    Parameters
    ----------
    view : int
        Only -1: the result does not share memory with an input.

    Raises
    ------
    NotSupportedError
        For another ``view``.
    """
    if view != -1:
        raise NotSupportedError("Join(view=-1)", f"view={view}", "Leave view out: same values.")
    if "axis" in PtJoin.__props__:
        return _JoinCall("Join", join)
    return PtJoin()


def _split(len_splits, axis=None):
    """``Split(n)(x, axis, splits)``: `x` cut along `axis` into `n` parts of lengths `splits`."""
    if axis is not None:
        return PtSplit(len_splits, axis)
    if "axis" in PtSplit.__props__:
        return _SplitCall(
            f"Split{{{len_splits}}}",
            lambda x, axis, splits: split(x, splits, len_splits, axis),
        )
    return PtSplit(len_splits)


def _alloc_diag(offset=0, axis1=0, axis2=1, **kwargs):
    """``AllocDiag(offset, axis1, axis2)(x)``: zeros but for `x` on a diagonal of two axes."""
    return PtAllocDiag(axis1=axis1, axis2=axis2, offset=offset, **kwargs)


class _SpecifyShapeByVector(PtSpecifyShape):
    """PyTensor's Op, called with all lengths in one argument."""

    def make_node(self, x, *shape):
        """`shape` is a sequence or vector with one length for each dimension of `x`."""
        x = as_tensor_variable(x)
        whole = len(shape) == 1 and (
            isinstance(shape[0], list | tuple) or as_tensor_variable(shape[0]).ndim == 1
        )
        if whole:
            (shape,) = shape
            if isinstance(shape, list | tuple):
                lengths = list(shape)
            else:
                shape = as_tensor_variable(shape)
                known = shape.type.shape[0]
                if known is None:
                    wanted = pt.eq(shape.shape[0], x.ndim)
                    text = f"expected a vector of {x.ndim} lengths, one for each dimension"
                    shape = Assert(text)(shape, wanted)
                    known = x.ndim
                lengths = [shape[i] for i in range(known)]
            if len(lengths) != x.ndim:
                raise AssertionError(
                    f"SpecifyShape: expected {x.ndim} lengths, one for each dimension of "
                    f"{x}; got {len(lengths)}"
                )
            shape = lengths
        return PtSpecifyShape().make_node(x, *shape)


def _specify_shape():
    """``SpecifyShape()(x, shape)``: `x`, known to be, and checked at run time to be, of `shape`.

    ``AssertionError`` when it is not; `shape` is a sequence, or a vector of integers.
    """
    return _SpecifyShapeByVector()


def _dot_of_arrays(x, y):
    """The product of vectors and matrices."""
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    for operand in (x, y):
        if operand.ndim not in (1, 2):
            raise TypeError(f"expected vectors or matrices; got {operand} of type {operand.type}")
    return pt.dot(x, y)


def _dot():
    """``Dot()(x, y)``: the dot product of vectors and matrices."""
    return _DotCall("dot", _dot_of_arrays)


def permute_row_elements(x, y, inverse=0):
    """Return `x` with the elements of each row in another order, `y`.

    Parameters
    ----------
    x : tensor
    y : integer tensor
        In each row a permutation of ``range(x.shape[-1])``; it is repeated over more axes of `x`.
    inverse : int or integer scalar
        Whether to put the elements back instead.
    """
    if isinstance(inverse, Constant):
        inverse = inverse.data
    if isinstance(inverse, Variable):
        there, back = (PtPermuteRowElements(inverse=way)(x, y) for way in (False, True))
        return pt.switch(inverse, back, there)
    return PtPermuteRowElements(inverse=bool(inverse))(x, y)


def _permute_row_elements(inverse=None):
    """``PermuteRowElements()(x, y, inverse)``: see :func:`theano.tensor.permute_row_elements`."""
    if inverse is not None:
        return PtPermuteRowElements(inverse=inverse)
    return _PermuteCall("PermuteRowElements", permute_row_elements)


def _max_and_argmax(axis):
    """``MaxAndArgmax(axis)(x)``: ``[max, argmax]`` along the axes of the sequence `axis`."""
    axis = list(axis)
    return _MaxAndArgmaxCall("MaxAndArgmax", lambda x: list(pt.max_and_argmax(x, axis=axis)))


TensorType = facade("TensorType", PtTensorType, _tensor_type)
DimShuffle = facade("DimShuffle", PtDimShuffle, _dim_shuffle)
Join = facade("Join", PtJoin, _join, also=(_JoinCall,))
Split = facade("Split", PtSplit, _split, also=(_SplitCall,))
AllocDiag = facade("AllocDiag", PtAllocDiag, _alloc_diag)
SpecifyShape = facade("SpecifyShape", PtSpecifyShape, _specify_shape)
Dot = facade("Dot", PtDot, _dot, also=(_DotCall,))
PermuteRowElements = facade(
    "PermuteRowElements", PtPermuteRowElements, _permute_row_elements, also=(_PermuteCall,)
)
MaxAndArgmax = facade("MaxAndArgmax", Max, _max_and_argmax, also=(Argmax, _MaxAndArgmaxCall))
