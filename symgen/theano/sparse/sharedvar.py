"""``theano.sparse.sharedvar``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.sparse.sharedvar import SparseTensorSharedVariable, sparse_constructor
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
