"""``theano.typed_list``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.typed_list import (
    Append, Apply, Constant, Count, Extend, GetItem, Index, Insert, Length, MakeList, Op,
    Remove, Reverse, SliceType, TypedListConstant, TypedListType, TypedListVariable, Variable,
    append, count, extend, getitem, index_, insert, length, make_list, remove, reverse,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
