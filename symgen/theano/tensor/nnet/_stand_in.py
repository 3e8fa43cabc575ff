"""Classes of Theano's Ops that build symgen's graphs.

Calling an instance gives variables, as with Theano's Op; what the graph then holds are symgen's
Ops, or a few of PyTensor's. Where one Op stands for one of Theano's, ``isinstance(node.op, cls)``
knows it.
"""


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
