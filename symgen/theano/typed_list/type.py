"""``theano.typed_list.type``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.typed_list.type import TypedListType
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
