"""Ops of ``theano.tensor`` that PyTensor writes as functions of other Ops, or has dropped.

They compute by NumPy. The functions of this namespace (``tri``, ``tile``, ``mean``, ``flatten``)
do not use them, as Theano's newest did not.
"""

import numpy as np
from pytensor.gradient import grad_undefined
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.tensor.basic import as_tensor_variable
from pytensor.tensor.elemwise import CAReduce
from pytensor.tensor.math import prod
from pytensor.tensor.type import TensorType, integer_dtypes

from symgen.errors import RangeError, ShapeError


class Tri(Op):
    """``Tri(dtype)(n, m, k)``: ones on and below the `k`-th diagonal of an (n, m) matrix.

    Parameters
    ----------
    dtype : str, optional
        Of the matrix; ``config.floatX`` by default.
    """

    __props__ = ("dtype",)

    def __init__(self, dtype=None):
        self.dtype = TensorType("floatX" if dtype is None else dtype, ()).dtype

    def make_node(self, N, M, k):
        """`N`, `M` and `k` are integer scalars."""
        arguments = [as_tensor_variable(value) for value in (N, M, k)]
        for value in arguments:
            if value.ndim or value.dtype not in integer_dtypes:
                raise ShapeError("integer scalars", f"{value.type}", "Write Tri()(n, m, k).")
        return Apply(self, arguments, [TensorType(self.dtype, (None, None))()])

    def perform(self, node, inputs, outputs):
        """As ``numpy.tri``."""
        n, m, k = (int(value) for value in inputs)
        outputs[0][0] = np.tri(n, m, k, dtype=self.dtype)

    def infer_shape(self, *arguments):
        """``(n, m)``."""
        node, _ = arguments[-2:]
        return [node.inputs[:2]]

    def pullback(self, inputs, outputs, cotangents):
        """Undefined: the inputs are integers."""
        return [grad_undefined(self, i, inputs[i]) for i in range(3)]

    def grad(self, inputs, cotangents):
        """As :meth:`pullback`, under Theano's name."""
        return self.pullback(inputs, None, cotangents)


class Tile(Op):
    """``Tile(ndim)(x, reps)``: `x` repeated ``reps[i]`` times along axis i, as ``numpy.tile``.

    The gradient is in :func:`theano.tensor.tile`, which replaces this Op.

    Parameters
    ----------
    ndim : int
        The number of dimensions of `x`, of the result, and the length of `reps`.
    """

    __props__ = ("ndim",)

    def __init__(self, ndim):
        self.ndim = ndim

    def make_node(self, x, reps):
        """`x` is a tensor, `reps` an integer vector."""
        x, reps = as_tensor_variable(x), as_tensor_variable(reps)
        if reps.ndim != 1 or reps.dtype not in integer_dtypes:
            raise ShapeError("reps to be an integer vector", f"{reps.type}", "Give one per axis.")
        return Apply(self, [x, reps], [TensorType(x.dtype, (None,) * self.ndim)()])

    def perform(self, node, inputs, outputs):
        """As ``numpy.tile``, never a view."""
        tiled = np.tile(*inputs)
        if tiled.ndim != self.ndim:
            raise ShapeError(f"{self.ndim} dimensions", f"{tiled.ndim}", "Give one rep per axis.")
        outputs[0][0] = tiled.copy() if np.may_share_memory(tiled, inputs[0]) else tiled

    def infer_shape(self, *arguments):
        """Each length times its repetitions."""
        node, shapes = arguments[-2:]
        reps = node.inputs[1]
        return [tuple(shapes[0][i] * reps[i] for i in range(self.ndim))]


class Flatten(Op):
    """``Flatten(outdim)(x)``: a view of `x` with its last axes made one, `outdim` axes in all."""

    view_map = {0: [0]}
    __props__ = ("outdim",)

    def __init__(self, outdim=1):
        self.outdim = int(outdim)

    def make_node(self, x):
        """`x` is a tensor with `outdim` dimensions or more."""
        x = as_tensor_variable(x)
        if self.outdim < 1 or (x.ndim and self.outdim > x.ndim):
            raise ValueError(
                f"invalid output ndimensions ({self.outdim}) for tensor of rank {x.ndim}"
            )
        kept, joined = x.type.shape[: self.outdim - 1], x.type.shape[self.outdim - 1 :]
        last = None if None in joined else int(np.prod(joined, dtype=int))
        return Apply(self, [x], [TensorType(x.dtype, (*kept, last))()])

    def perform(self, node, inputs, outputs):
        """A view where the memory allows it."""
        (x,) = inputs
        joined = int(np.prod(x.shape[self.outdim - 1 :]))
        outputs[0][0] = x.reshape((*x.shape[: self.outdim - 1], joined))

    def infer_shape(self, *arguments):
        """The first lengths, and the product of the others."""
        _, (shape,) = arguments[-2:]
        joined = shape[self.outdim - 1 :]
        last = prod([as_tensor_variable(n) for n in joined], dtype="int64")
        return [(*shape[: self.outdim - 1], last)]

    def pullback(self, inputs, outputs, cotangents):
        """The cotangent in the shape of the input."""
        (x,) = inputs
        return [cotangents[0].reshape(x.shape, ndim=x.ndim)]

    def grad(self, inputs, cotangents):
        """As :meth:`pullback`, under Theano's name."""
        return self.pullback(inputs, None, cotangents)

    def pushforward(self, inputs, outputs, tangents):
        """The tangent, flattened."""
        return [None if tangents[0] is None else self(tangents[0])]

    def R_op(self, inputs, eval_points):
        """As :meth:`pushforward`, under Theano's name."""
        return self.pushforward(inputs, None, eval_points)


class Mean(Op):
    """``Mean(axis)(x)``: the mean along one axis, or of all elements, in float64.

    It has no gradient: :func:`theano.tensor.mean` has.

    Parameters
    ----------
    axis : int, optional
    """

    __props__ = ("axis",)

    def __init__(self, axis=None):
        if isinstance(axis, list | tuple):
            if len(axis) != 1:
                raise RangeError("one axis, or None", repr(axis), "Use theano.tensor.mean.")
            (axis,) = axis
        self.axis = None if axis is None else (int(axis),)

    def __str__(self):
        return "Mean" if self.axis is None else f"Mean{{{self.axis[0]}}}"

    def make_node(self, x):
        """`x` is a tensor."""
        x = as_tensor_variable(x)
        shape = ()
        if self.axis is not None:
            shape = list(x.type.shape)
            if not -x.ndim <= self.axis[0] < x.ndim:
                raise ValueError(f"Not enough dimensions for axis {self.axis[0]}: {x.type}")
            del shape[self.axis[0]]
        return Apply(self, [x], [TensorType("float64", shape)()])

    def perform(self, node, inputs, outputs):
        """As ``numpy.mean``."""
        axis = None if self.axis is None else self.axis[0]
        outputs[0][0] = np.asarray(np.mean(inputs[0], dtype="float64", axis=axis))

    def infer_shape(self, *arguments):
        """The other lengths."""
        _, (shape,) = arguments[-2:]
        if self.axis is None:
            return [()]
        axis = self.axis[0] % len(shape)
        return [(*shape[:axis], *shape[axis + 1 :])]


class CAReduceDtype(CAReduce):
    """``CAReduceDtype(scalar_op, axis, dtype, acc_dtype)``: a reduction of integers in 64 bits.

    Parameters
    ----------
    scalar_op : ScalarOp
        Of two arguments, commutative and associative.
    axis : int or sequence of int, optional
    dtype, acc_dtype : str, optional
        Of the result, and of what is summed up meanwhile.
    """

    def __init__(
        self, scalar_op, axis=None, dtype=None, acc_dtype=None, upcast_discrete_output=True
    ):
        super().__init__(scalar_op, axis, dtype, acc_dtype, upcast_discrete_output)


class UnknownShape(Op):
    """`x` under a type that says only how many dimensions it has; a view.

    It goes before an operation that PyTensor refuses for lengths that are known not to fit, and
    that Theano refused when it ran.
    """

    view_map = {0: [0]}
    __props__ = ()

    def make_node(self, x):
        """`x` is a tensor."""
        return Apply(self, [x], [TensorType(x.dtype, (None,) * x.ndim)()])

    def perform(self, node, inputs, outputs):
        """The same array."""
        outputs[0][0] = inputs[0]

    def infer_shape(self, *arguments):
        """The shape of the input."""
        return arguments[-1]

    def pullback(self, inputs, outputs, cotangents):
        """The cotangent."""
        return cotangents

    def grad(self, inputs, cotangents):
        """As :meth:`pullback`, under Theano's name."""
        return cotangents
