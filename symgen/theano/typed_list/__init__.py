"""``theano.typed_list``: PyTensor's objects under Theano's names."""

from pytensor.typed_list.basic import _typed_list_py_operators

# fmt: off
from pytensor.typed_list import (
    Append, Apply, Constant, Count, Extend, GetItem, Index, Insert, Length, MakeList, Op,
    Remove, Reverse, SliceType, TypedListConstant, TypedListType, TypedListVariable, Variable,
    append, count, extend, getitem, index_, insert, length, make_list, remove, reverse,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


def _symbolic_length(self):
    """Return the length, a scalar variable; ``len(x)``, which has to be a number, is a TypeError."""
    return length(self)


_typed_list_py_operators.__len__ = _symbolic_length
