"""``theano.tensor.type_other``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.type_other import (
    MakeSlice, NoneConst, NoneTypeT, SliceConstant, SliceType, as_int_none_variable, make_slice,
    none_type_t, slicetype,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
