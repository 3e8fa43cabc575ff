"""Which file emits the code of which Op."""

_EMITTERS = {}


def emits(*op_types):
    """Decorator: ``emit(scope, node, arguments) -> Code`` is for Ops of these types.

    ``arguments`` are the :class:`~symgen.backends.torch.scope.Value` of the node's inputs. What
    it returns says how Python computes the node's outputs from them.
    """

    def register(emit):
        for op_type in op_types:
            _EMITTERS[op_type] = emit
        return emit

    return register


def emitter(op):
    """The function that emits an Op's code, or None."""
    for op_type in type(op).__mro__:
        if op_type in _EMITTERS:
            return _EMITTERS[op_type]
    return None
