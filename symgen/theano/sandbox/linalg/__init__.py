"""``theano.sandbox.linalg``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.basic import alloc_diag, diag, extract_diag
from pytensor.tensor.linalg import (
    cholesky, det, eig, eigh, eigvalsh, matrix_inverse, solve, trace,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
