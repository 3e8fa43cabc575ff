"""An Op that draws random numbers with a method of ``numpy.random.RandomState``."""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, grad_undefined
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import Op
from pytensor.link.c.type import Generic
from pytensor.tensor.exceptions import ShapeError as UnknownShape

from symgen.errors import DtypeError, ShapeError
from symgen.ops.random_state.type import RandomStateType, copy_state


class RandomFunction(Op):
    """``RandomFunction(fn, outtype)(r, shape, *args)``: ``fn(r, *args, shape)`` for a state r.

    Parameters
    ----------
    fn : str or callable
        A method of ``numpy.random.RandomState``, or a function of the generator, the arguments
        and the shape (``None`` where it follows from the arguments).
    outtype : TensorType
        Of the numbers; what `fn` returns is cast to its dtype.
    inplace : bool
        Whether the state that is given is advanced, or a copy of it.
    ndim_added : int
        How many more dimensions the numbers have than `shape` says.

    Notes
    -----
    It runs in Python, on the C backend too. Numba, JAX and PyTorch refuse it by name; the streams
    of :mod:`symgen.ops.mrg` work on every backend.
    """

    __props__ = ("fn", "outtype", "inplace", "ndim_added")

    def __init__(self, fn, outtype, inplace=False, ndim_added=0):
        self.fn, self.outtype = fn, outtype
        self.inplace, self.ndim_added = bool(inplace), ndim_added
        if self.inplace:
            self.destroy_map = {0: [0]}

    @property
    def exec_fn(self):
        """What is called."""
        return getattr(np.random.RandomState, self.fn) if isinstance(self.fn, str) else self.fn

    def make_node(self, r, shape, *args):
        """Make a node whose outputs are the state afterwards, and the numbers.

        Parameters
        ----------
        r : Variable of type RandomStateType
        shape : integer vector, or tuple of int
            Empty where the shape follows from the arguments.
        *args : tensors
        """
        if not isinstance(r, Variable) or not isinstance(r.type, RandomStateType | Generic):
            raise DtypeError(
                "a variable of RandomStateType", repr(r), "Write random_state_type() or shared(r)."
            )
        empty = isinstance(shape, tuple | list) and len(shape) == 0
        shape = pt.as_tensor_variable(np.array([], "int64") if empty else shape)
        if shape.type.ndim != 1:
            raise ShapeError("a vector as shape", f"{shape.type}", "Give a tuple of integers.")
        if shape.type.dtype not in ("int64", "int32"):
            raise DtypeError("a shape of int64 or int32", shape.type.dtype, "Cast it.")
        args = [pt.as_tensor_variable(arg) for arg in args]
        return Apply(self, [r, shape, *args], [r.type(), self.outtype()])

    def infer_shape(self, *arguments):
        """The shape that is asked for, if it is."""
        node, _ = arguments[-2:]
        shape = node.inputs[1]
        by_arguments = isinstance(shape, Constant) and len(shape.data) == 0
        if self.ndim_added or by_arguments:
            raise UnknownShape
        return [None, [shape[d] for d in range(node.outputs[1].type.ndim)]]

    def perform(self, node, inputs, outputs):
        """Draw; in the state itself if that is allowed, else in a copy."""
        r, shape, *args = inputs
        ndim, dtype = self.outtype.ndim, self.outtype.dtype
        shape = tuple(int(n) for n in shape) or None
        if shape is not None and ndim != len(shape) + self.ndim_added:
            raise ShapeError(
                f"a shape of length {ndim - self.ndim_added}",
                f"{shape}",
                "The type of the numbers fixes how many dimensions there are.",
            )
        r = r if self.inplace else copy_state(r)
        drawn = np.asarray(self.exec_fn(r, *args, shape)).astype(dtype, copy=False)
        if shape is None and drawn.ndim == 0:
            drawn = drawn.reshape((1,) * ndim)
        leading = drawn.shape[: len(shape)] if shape is not None else None
        if drawn.ndim != ndim or leading != shape:
            raise ShapeError(
                f"numbers of {ndim} dimensions" + (f", {shape} first" if shape else ""),
                f"shape {drawn.shape} from {self}",
                "Change size or the arguments.",
            )
        outputs[0][0], outputs[1][0] = r, drawn

    def pullback(self, inputs, outputs, cotangents):
        """Undefined for all inputs."""
        why = "random numbers have no gradient"
        return [grad_undefined(self, k, value, why) for k, value in enumerate(inputs)]

    def pushforward(self, inputs, outputs, tangents):
        """Nothing that is smooth comes from the inputs."""
        return [DisconnectedType()() for _ in outputs]

    def __str__(self):
        return f"{type(self).__name__}{{{self.exec_fn.__name__}}}"
