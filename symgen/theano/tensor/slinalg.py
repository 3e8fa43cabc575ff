"""``theano.tensor.slinalg``: linear algebra of SciPy, in Theano's forms on PyTensor's Ops."""

import logging

import numpy as np
import pytensor.tensor as pt
import scipy.linalg
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor import linalg
from pytensor.tensor.linalg import Expm, expm, kron  # noqa: F401

from symgen.errors import NotSupportedError, RangeError, ShapeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor._op_forms import Form

__getattr__ = attribute_lookup(__name__)

logger = logging.getLogger(__name__)

#: SciPy is always there: PyTensor needs it.
imported_scipy = True

MATRIX_STRUCTURES = (
    "general",
    "symmetric",
    "lower_triangular",
    "upper_triangular",
    "hermitian",
    "banded",
    "diagonal",
    "toeplitz",
)


def _matrix(value, name):
    value = pt.as_tensor_variable(value)
    if value.type.ndim != 2:
        raise ShapeError(f"a matrix as {name}", f"{value.type.ndim} dimensions", "Reshape it.")
    return value


class Cholesky(Form):
    """``Cholesky(lower, on_error)(x)``: the triangular L with ``L @ L.T == x``, or U, ``U.T @ U``.

    Parameters
    ----------
    lower : bool
        L or U.
    on_error : {"raise", "nan"}
        What becomes of a matrix that is not positive definite: ``numpy.linalg.LinAlgError``, or a
        matrix of NaN.
    """

    op_classes = (linalg.Cholesky,)
    __props__ = ("lower", "on_error")

    def __init__(self, lower=True, on_error="raise"):
        if on_error not in ("raise", "nan"):
            raise RangeError("on_error 'raise' or 'nan'", repr(on_error), "Use one of them.")
        self.lower, self.on_error = lower, on_error

    def __call__(self, x):
        """Factorise the matrix `x`."""
        factor = linalg.cholesky(_matrix(x, "x"), lower=self.lower)
        if self.on_error == "nan":
            return factor
        check = CheckAndRaise(np.linalg.LinAlgError, "Matrix is not positive definite")
        return check(factor, ~pt.isnan(factor).any())


class CholeskyGrad(Form):
    """``CholeskyGrad(lower)(x, l, dz)``: the gradient of ``l = Cholesky(lower)(x)``, given dz."""

    __props__ = ("lower",)

    def __init__(self, lower=True):
        self.lower = lower

    def __call__(self, x, l, dz):  # noqa: E741
        """Return the gradient with respect to `x`."""
        x = _matrix(x, "x")
        return pt.grad(None, x, known_grads={Cholesky(self.lower)(x): dz})


class Solve(Form):
    """``Solve(A_structure)(A, b)``: the x with ``A @ x == b``.

    Parameters
    ----------
    A_structure : str
        One of `MATRIX_STRUCTURES`. Triangular ones read that triangle only; the others are
        solved as general matrices, as in Theano.
    lower : bool
        Only for Theano's sake: the structure says which triangle there is.
    overwrite_A, overwrite_b : bool
        Must be false: graphs are made to work in place when they are compiled.
    """

    op_classes = (linalg.Solve, linalg.SolveTriangular)
    __props__ = ("A_structure", "lower", "overwrite_A", "overwrite_b")

    def __init__(self, A_structure="general", lower=False, overwrite_A=False, overwrite_b=False):
        if A_structure not in MATRIX_STRUCTURES:
            raise RangeError(
                f"A_structure in {MATRIX_STRUCTURES}", repr(A_structure), "Use 'general'."
            )
        if overwrite_A or overwrite_b:
            raise NotSupportedError(
                "overwrite_A=False, overwrite_b=False", "True", "Leave it to the compiler."
            )
        self.A_structure, self.lower = A_structure, lower
        self.overwrite_A, self.overwrite_b = overwrite_A, overwrite_b

    def __call__(self, A, b):
        """Solve for one right-hand side, a vector, or for the columns of a matrix."""
        A, b = _matrix(A, "A"), pt.as_tensor_variable(b)
        if b.type.ndim not in (1, 2):
            raise ShapeError("a vector or matrix as b", f"{b.type.ndim} dimensions", "Reshape it.")
        # What SciPy returns for these dtypes: integers become float64.
        ones = (np.ones((1, 1), value.type.dtype) for value in (A, b))
        dtype = scipy.linalg.solve(*ones).dtype.name
        A, b = pt.cast(A, dtype), pt.cast(b, dtype)
        if self.A_structure in ("lower_triangular", "upper_triangular"):
            lower = self.A_structure == "lower_triangular"
            return linalg.solve_triangular(A, b, lower=lower, b_ndim=b.type.ndim)
        return linalg.solve(A, b, b_ndim=b.type.ndim)


class Eigvalsh(Form):
    """``Eigvalsh(lower)(a, b)``: eigenvalues w of ``a v = w b v``; see :func:`eigvalsh`."""

    op_classes = (linalg.Eigvalsh,)
    __props__ = ("lower",)

    def __init__(self, lower=True):
        if lower not in (True, False):
            raise RangeError("lower True or False", repr(lower), "Use one of them.")
        self.lower = lower

    def __call__(self, a, b=None):
        """Return them in ascending order."""
        return eigvalsh(a, b, self.lower)


class EigvalshGrad(Form):
    """``EigvalshGrad(lower)(a, b, gw)``: the gradients of :func:`eigvalsh`, given its result's."""

    __props__ = ("lower",)

    def __init__(self, lower=True):
        self.lower = lower

    def __call__(self, a, b, gw):
        """Return the gradients with respect to `a` and `b`."""
        a, b = _matrix(a, "a"), _matrix(b, "b")
        return pt.grad(None, [a, b], known_grads={eigvalsh(a, b, self.lower): gw})


class ExpmGrad(Form):
    """``ExpmGrad()(A, gw)``: the gradient of ``expm(A)``, given that of its result."""

    def __call__(self, A, gw):
        """Return the gradient with respect to `A`."""
        A = _matrix(A, "A")
        return pt.grad(None, A, known_grads={expm(A): gw})


def eigvalsh(a, b=None, lower=True):
    """Return the eigenvalues w of ``a v = w b v``, in ascending order.

    Parameters
    ----------
    a : symmetric matrix
    b : positive definite matrix, optional
        The identity by default.
    lower : bool
        Which triangle of `a` and `b` is read.

    Returns
    -------
    vector
    """
    has_b = b is not None and not (isinstance(b, pt.Constant) and b.data is None)
    return linalg.eigvalsh(a, b if has_b else None, lower)


cholesky = Cholesky()
solve = Solve()
solve_lower_triangular = Solve("lower_triangular", lower=True)
solve_upper_triangular = Solve("upper_triangular")
solve_symmetric = Solve("symmetric")

