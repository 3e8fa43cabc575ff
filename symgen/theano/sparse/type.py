"""``theano.sparse.type``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.sparse.basic import _is_sparse  # noqa: F401
from pytensor.sparse.type import SparseTensorType as SparseType  # noqa: F401
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
