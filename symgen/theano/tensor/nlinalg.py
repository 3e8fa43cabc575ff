"""``theano.tensor.nlinalg``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.basic import AllocDiag, alloc_diag, diag, extract_diag
from pytensor.tensor.linalg import QR as QRFull, QR as QRIncomplete, qr
from pytensor.tensor.linalg.solvers.core import logger
from pytensor.tensor.nlinalg import (
    Det, Eig, Eigh, MatrixInverse, MatrixPinv, SVD, TensorInv, TensorSolve, det, eig, eigh,
    lstsq, matrix_dot, matrix_inverse, matrix_power, norm, pinv, svd, tensorinv, tensorsolve,
    trace,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
