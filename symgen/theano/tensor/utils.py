"""``theano.tensor.utils``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.utils import hash_from_ndarray, shape_of_variables
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
