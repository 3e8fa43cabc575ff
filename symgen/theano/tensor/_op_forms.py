"""Theano's Op classes where PyTensor has a function, or an Op with other arguments."""


class OpForm(type):
    """Metaclass: an Op of PyTensor in ``op_classes`` counts as an instance of the class."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, cls.op_classes) or type.__instancecheck__(cls, instance)


class Form(metaclass=OpForm):
    """A callable with the properties of Theano's Op; graphs hold what PyTensor makes of it.

    Subclasses name their properties in ``__props__``, the Ops that may stand in a graph for them in
    ``op_classes``, and define ``__call__``.
    """

    op_classes = ()
    __props__ = ()

    def _props(self):
        return tuple(getattr(self, name) for name in self.__props__)

    def __eq__(self, other):
        return type(self) is type(other) and self._props() == other._props()

    def __hash__(self):
        return hash((type(self), self._props()))

    def __repr__(self):
        return f"{type(self).__name__}{{{', '.join(map(str, self._props()))}}}"
