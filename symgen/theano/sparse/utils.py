"""``theano.sparse.utils``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.sparse.utils import hash_from_sparse
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
