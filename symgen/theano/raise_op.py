"""``theano.raise_op``: an expression that raises when it is computed."""

from pytensor.graph.basic import Apply

from symgen.theano._missing import attribute_lookup
from symgen.theano.gof.op import Op
from symgen.theano.gof.type import generic

__all__ = ["Raise"]

__getattr__ = attribute_lookup(__name__)


class Raise(Op):
    """``Raise(msg, exc)(x)``: raises ``exc(msg)`` when it is computed.

    Parameters
    ----------
    msg : str
    exc : type
        Of an exception.
    """

    __props__ = ("msg", "exc")

    def __init__(self, msg="", exc=NotImplementedError):
        self.msg, self.exc = msg, exc

    def __str__(self):
        return f"Raise{{{self.exc}({self.msg})}}"

    def make_node(self, x):
        """`x` is any variable, or a value that no function reads."""
        if not hasattr(x, "type"):
            x = generic.make_constant(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        """Raise the exception."""
        raise self.exc(self.msg)

    def do_constant_folding(self, node):
        """No: it raises when the function is called."""
        return False

    def infer_shape(self, node, shapes):
        """The shape of the input."""
        return shapes
