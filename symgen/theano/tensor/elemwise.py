"""``theano.tensor.elemwise``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.elemwise import CAReduce, DimShufflePrinter, Elemwise
from pytensor.tensor.math import (
    All, Any, MulWithoutZeros, Prod, ProdWithoutZeros, Sum, mul_without_zeros,
)
# fmt: on

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor._classes import DimShuffle
from symgen.theano.tensor._ops import CAReduceDtype

__getattr__ = attribute_lookup(__name__)
