"""``theano.typed_list.basic``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.typed_list.basic import (
    Append, Count, Extend, GetItem, Index, Insert, Length, MakeList, Remove, Reverse,
    TypedListConstant, TypedListVariable, append, count, extend, getitem, index_, insert,
    length, make_list, remove, reverse,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
