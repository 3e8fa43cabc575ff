"""Classes of Theano's Ops that build symgen's graphs.

Calling an instance gives variables, as with Theano's Op; what the graph then holds are symgen's
Ops, or a few of PyTensor's. Where one Op stands for one of Theano's, ``isinstance(node.op, cls)``
knows it.

A :class:`WholeOp` is one node as long as the graph is written, differentiated and looked at, and in mode
``FAST_COMPILE``, which runs it in NumPy. Every faster mode puts the graph in its place, whose parts are
fused with what is around them. Those with C code come back where the graph can be known again:
:mod:`symgen.theano.tensor.nnet._softmax_rewrites`.
"""

import inspect

import numpy as np
import pytensor
from pytensor.compile.mode import optdb
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.graph.utils import MethodNotDefined
from pytensor.link.c.op import COp
from pytensor.tensor import as_tensor_variable


class StandIn(type):
    """Metaclass: the class's instances are also those Ops that its ``recognises`` accepts."""

    def __instancecheck__(cls, instance):
        return type.__instancecheck__(cls, instance) or cls.recognises(instance)


class StandInOp(metaclass=StandIn):
    """Base: ``make_graph`` returns the output, or a list of them, for what the Op was called on.

    Attributes
    ----------
    __props__ : tuple of str
        Attributes that two equal instances share.
    """

    __props__ = ()

    @classmethod
    def recognises(cls, op):
        """Whether a node's Op is what this class builds."""
        return False

    def make_graph(self, *inputs):
        """Return the outputs' variables."""
        raise NotImplementedError

    def __call__(self, *inputs, **kwargs):
        """Return :meth:`make_graph` of the inputs."""
        return self.make_graph(*inputs, **kwargs)

    def _key(self):
        return tuple(getattr(self, name) for name in self.__props__)

    def __eq__(self, other):
        if isinstance(other, StandInOp):
            return type(self) is type(other) and self._key() == other._key()
        return type(self).recognises(other)

    def __hash__(self):
        return hash((type(self), self._key()))

    def __repr__(self):
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__props__)
        return f"{type(self).__name__}({values})"


class WholeStandIn(StandInOp):
    """Base: a stand-in whose graph is one node, with ``compute`` and ``shapes`` beside the graph."""

    def compute(self, *arrays):
        """Return the outputs for NumPy arrays, a list."""
        raise NotImplementedError

    def shapes(self, *shapes):
        """Return the shapes of the outputs from those of the inputs, a list."""
        raise NotImplementedError

    #: C code of C functions, and ``f(node, inputs, outputs, fail)``, which returns C code that calls
    #: them; None where there is only Python.
    c_support, c_code = "", None

    @classmethod
    def recognises(cls, op):
        """The node's Op of an instance."""
        return isinstance(op, WholeOp) and type(op.stand_in) is cls

    def __call__(self, *inputs, **named):
        """Return the outputs of one node; the inputs have the names of those of ``make_graph``."""
        return WholeOp(self)(*inspect.signature(self.make_graph).bind(*inputs, **named).args)

    def __eq__(self, other):
        return super().__eq__(other.stand_in if isinstance(other, WholeOp) else other)

    __hash__ = StandInOp.__hash__


class WholeOp(COp):
    """The node of a :class:`WholeStandIn`.

    Parameters
    ----------
    stand_in : WholeStandIn
    """

    def __init__(self, stand_in):
        self.stand_in = stand_in

    def __eq__(self, other):
        return self.stand_in == other

    def __hash__(self):
        return hash(self.stand_in)

    def graph(self, inputs):
        """The outputs as a graph of other Ops, a list."""
        outputs = self.stand_in.make_graph(*inputs)
        return outputs if isinstance(outputs, list) else [outputs]

    def make_node(self, *inputs):
        """One node; the graph says which inputs do not fit."""
        inputs = [as_tensor_variable(x) for x in inputs]
        return Apply(self, inputs, [output.type() for output in self.graph(inputs)])

    def perform(self, node, inputs, outputs):
        """In NumPy."""
        for storage, out, value in zip(
            outputs, node.outputs, self.stand_in.compute(*inputs), strict=True
        ):
            storage[0] = np.asarray(value, dtype=out.type.dtype)

    def infer_shape(self, *arguments):
        """As the stand-in says."""
        return self.stand_in.shapes(*arguments[-1])

    def c_headers(self, **kwargs):
        """Headers of the C code."""
        return ["<cmath>", "<limits>", "<new>"]

    def c_support_code(self, **kwargs):
        """What the C code calls."""
        return self.stand_in.c_support

    def c_code(self, node, name, inputs, outputs, sub):
        """That of the stand-in; without it the node runs in NumPy, as for float16."""
        dtypes = {v.type.dtype for v in (*node.inputs, *node.outputs)}
        if self.stand_in.c_code is None or dtypes & {"float16", "bool"}:
            raise MethodNotDefined("c_code")
        return self.stand_in.c_code(node, inputs, outputs, sub["fail"])

    def c_code_cache_version(self):
        """Changes with the code."""
        return (1,)

    def connection_pattern(self, node):
        """Floats are connected with floats."""
        return [
            [x.dtype.startswith("float") and out.dtype.startswith("float") for out in node.outputs]
            for x in node.inputs
        ]

    def pullback(self, inputs, outputs, cotangents):
        """That of the graph."""
        # A variable that is given twice has a part of the gradient for each place.
        inputs = [x.copy() if inputs.count(x) > 1 else x for x in inputs]
        known = {
            output: cotangent
            for output, cotangent in zip(self.graph(inputs), cotangents, strict=True)
            if not isinstance(cotangent.type, DisconnectedType)
        }
        floats = [x for x in inputs if x.dtype.startswith("float")]
        found = iter(
            pytensor.grad(None, floats, known_grads=known, disconnected_inputs="ignore")
        )
        return [
            next(found) if x.dtype.startswith("float") else DisconnectedType()() for x in inputs
        ]

    def __str__(self):
        return type(self.stand_in).__name__


@node_rewriter([WholeOp])
def local_whole_to_graph(fgraph, node):
    """Put the graph in the place of the node."""
    return node.op.graph(node.inputs)


# Before all that looks for parts of it. Mode FAST_COMPILE keeps the node.
optdb.register(
    "theano_whole_ops_to_graphs",
    dfs_rewriter(local_whole_to_graph),
    "fast_run",
    "numba",
    "jax",
    "pytorch",
    position=-1,
)
