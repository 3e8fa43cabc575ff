"""``theano.tensor.slinalg``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.linalg import (
    kron, solve as solve_symmetric, solve_triangular as solve_lower_triangular, solve_triangular
    as solve_upper_triangular,
)
from pytensor.tensor.linalg.solvers.core import logger
from pytensor.tensor.slinalg import (
    Cholesky, Eigvalsh, Expm, Solve, cholesky, eigvalsh, expm, solve,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
