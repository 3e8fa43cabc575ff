"""``theano.gof.null_type``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.null_type import NullType, null_type
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
