"""``theano.gpuarray.linalg``: decompositions, as :mod:`theano.tensor.slinalg` and ``nlinalg``."""

from pytensor.tensor import as_tensor_variable
from pytensor.tensor.linalg import (
    cholesky,
    matrix_inverse,
    qr,
    solve,
    solve_triangular,
    svd,
)

from symgen.errors import RangeError
from symgen.theano._missing import attribute_lookup

__all__ = [
    "gpu_cholesky",
    "gpu_matrix_inverse",
    "gpu_qr",
    "gpu_solve",
    "gpu_solve_lower_triangular",
    "gpu_solve_upper_triangular",
    "gpu_svd",
]

__getattr__ = attribute_lookup(__name__)

#: Libraries of Theano's GPU Ops: none is used.
cublas_available = cusolver_available = pygpu_available = False

STRUCTURES = ("general", "symmetric", "lower_triangular", "upper_triangular")


def gpu_cholesky(A, lower=True):
    """Return the Cholesky factor of `A`."""
    return cholesky(A, lower=lower)


def gpu_matrix_inverse(a):
    """Return the inverse of `a`."""
    return matrix_inverse(a)


def gpu_qr(a, complete=True):
    """Return the QR decomposition of `a`, or R alone with ``complete=False``, reduced."""
    return qr(a, mode="reduced" if complete else "r")


def gpu_svd(a, compute_uv=1, full_matrices=1):
    """Return the singular value decomposition of `a`."""
    return svd(a, full_matrices=bool(full_matrices), compute_uv=bool(compute_uv))


def gpu_solve(A, b, A_structure="general", trans="N"):
    """Return x with ``A x = b``.

    Parameters
    ----------
    A : matrix
    b : vector or matrix
    A_structure : {"general", "symmetric", "lower_triangular", "upper_triangular"}
    trans : {"N", "T"}
        ``"T"`` for the transpose of `A`.

    Raises
    ------
    RangeError
    """
    A, b = as_tensor_variable(A), as_tensor_variable(b)
    if A_structure not in STRUCTURES:
        raise RangeError(f"A_structure out of {STRUCTURES}", repr(A_structure), "Leave it out.")
    if trans not in ("N", "T"):
        raise RangeError("trans of 'N' or 'T'", repr(trans), "Leave it out.")
    lower = A_structure == "lower_triangular"
    if A_structure.endswith("triangular"):
        return solve_triangular(A, b, lower=lower, trans=trans, b_ndim=b.type.ndim)
    structure = "sym" if A_structure == "symmetric" else "gen"
    return solve(A.T if trans == "T" else A, b, assume_a=structure, b_ndim=b.type.ndim)


def gpu_solve_lower_triangular(A, b, trans="N"):
    """Return x with ``A x = b`` for a lower triangular `A`."""
    return gpu_solve(A, b, "lower_triangular", trans)


def gpu_solve_upper_triangular(A, b, trans="N"):
    """Return x with ``A x = b`` for an upper triangular `A`."""
    return gpu_solve(A, b, "upper_triangular", trans)
