"""An array under a type that knows other dimensions to be of length 1."""

from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.tensor.basic import as_tensor_variable
from pytensor.tensor.type import TensorType

from symgen.errors import RangeError, ShapeError


class Rebroadcast(COp):
    """``Rebroadcast((axis, broadcastable), …)(x)``: `x`, some of its axes broadcastable or not.

    An axis is broadcastable when its type says that its length is 1. The result is a view.

    Parameters
    ----------
    *axes : (int, bool)
        Axis (from 0), and whether the result is broadcastable along it. The others stay.

    Raises
    ------
    ShapeError
        When `x` has fewer axes, or is known not to be of length 1; ``ValueError`` at run time
        when it is not.
    """

    view_map = {0: [0]}
    __props__ = ("axes",)

    def __init__(self, *axes):
        for axis, broadcastable in axes:
            if not isinstance(axis, int) or axis < 0 or broadcastable not in (True, False):
                raise RangeError(
                    "pairs of an axis >= 0 and True or False",
                    repr((axis, broadcastable)),
                    "Write Rebroadcast((0, True), (1, False)).",
                )
        self.axes = tuple(sorted((int(axis), bool(wanted)) for axis, wanted in dict(axes).items()))

    def make_node(self, x):
        """`x` is a tensor."""
        x = as_tensor_variable(x)
        shape = list(x.type.shape)
        for axis, broadcastable in self.axes:
            if axis >= len(shape):
                raise ShapeError(f"an input with an axis {axis}", f"{x.type}", "Pad its shape first.")
            if broadcastable and shape[axis] not in (None, 1):
                raise ShapeError(f"length 1 along axis {axis}", f"{x.type}", "Leave that axis out.")
            if broadcastable:
                shape[axis] = 1
            elif shape[axis] == 1:
                shape[axis] = None
        return Apply(self, [x], [TensorType(x.type.dtype, shape)()])

    def perform(self, node, inputs, outputs):
        """Check the lengths; give the same array."""
        (x,) = inputs
        for axis, broadcastable in self.axes:
            if broadcastable and x.shape[axis] != 1:
                raise ValueError(
                    f"Dimension {axis} in Rebroadcast's input was supposed to be 1 "
                    f"(got {x.shape[axis]} instead)"
                )
        outputs[0][0] = x

    def infer_shape(self, *arguments):
        """The shape of the input, with 1 where that is promised."""
        _, shapes = arguments[-2:]
        promised = dict(self.axes)
        one = as_tensor_variable(1, dtype="int64")
        return [[one if promised.get(k) else n for k, n in enumerate(shapes[0])]]

    def pullback(self, inputs, outputs, cotangents):
        """The cotangent under the type of the input."""
        was = inputs[0].type.broadcastable
        return [Rebroadcast(*((axis, was[axis]) for axis, _ in self.axes))(*cotangents)]

    def grad(self, inputs, cotangents):
        """As :meth:`pullback`, under the name that PyTensor 3.0 calls."""
        return self.pullback(inputs, None, cotangents)

    def pushforward(self, inputs, outputs, tangents):
        """The tangent under the type of the output."""
        return [t if isinstance(t.type, DisconnectedType) else self(t) for t in tangents]

    def R_op(self, inputs, eval_points):
        """As :meth:`pushforward`, under Theano's name."""
        return [None if point is None else self(point) for point in eval_points]

    def c_code(self, node, name, inames, onames, sub):
        """Check the lengths; the output is the input."""
        (x,), (out,) = inames, onames
        checks = "".join(
            f"""
            if (PyArray_DIMS({x})[{axis}] != 1) {{
                PyErr_Format(PyExc_ValueError,
                    "Dimension {axis} in Rebroadcast's input was supposed to be 1 (got %lld instead)",
                    (long long) PyArray_DIMS({x})[{axis}]);
                {sub["fail"]}
            }}"""
            for axis, broadcastable in self.axes
            if broadcastable
        )
        return f"{checks}\nPy_XDECREF({out});\n{out} = {x};\nPy_XINCREF({out});"

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (1,)
