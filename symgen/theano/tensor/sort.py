"""``theano.tensor.sort``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.sort import ArgSortOp, SortOp, argsort, sort
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
