"""``theano.updates``: the dict of updates that :func:`theano.scan` returns."""

from collections import OrderedDict

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable

from symgen.theano._missing import attribute_lookup

__all__ = ["OrderedUpdates"]

__getattr__ = attribute_lookup(__name__)


class OrderedUpdates(OrderedDict):
    """A dict from shared variables to their new values.

    ``a + b`` merges two, and ``a.update(b)`` puts those of `b` into `a`.

    Raises
    ------
    TypeError
        When a key is not a shared variable.
    KeyError
        When two that are merged have different values for one key.
    """

    def __init__(self, *key, **kwargs):
        super().__init__(*key, **kwargs)
        for variable in self:
            _check(variable)

    def __setitem__(self, key, value):
        _check(key)
        super().__setitem__(key, value)

    def update(self, other=None, /, **named):
        """Add the items of `other`."""
        if other is None:
            other = {}
        pairs = other.items() if isinstance(other, dict) else other
        for variable, new in [*pairs, *named.items()]:
            if variable in self and not _same(self[variable], new):
                raise KeyError("Collision", variable)
            self[variable] = new

    def __add__(self, other):
        merged = OrderedUpdates(self)
        merged.update(other)
        return merged

    def __radd__(self, other):
        merged = OrderedUpdates(other)
        merged.update(self)
        return merged


def _check(variable):
    if not isinstance(variable, SharedVariable):
        raise TypeError(
            "expected the keys of OrderedUpdates to be shared variables; "
            f"got {variable!r} of type {type(variable).__name__}"
        )


def _same(one, other):
    if one is other or isinstance(one, Variable) or isinstance(other, Variable):
        return one is other
    return bool(one == other)
