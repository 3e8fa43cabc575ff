"""``theano.tensor.nlinalg``: linear algebra of NumPy, in Theano's forms on PyTensor's Ops."""

import logging

import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.tensor import linalg
from pytensor.tensor.basic import (  # noqa: F401
    AllocDiag,
    ExtractDiag,
    alloc_diag,
    diag,
    extract_diag,
)
from pytensor.tensor.linalg import (  # noqa: F401
    SVD,
    Det,
    MatrixInverse,
    MatrixPinv,
    TensorInv,
    TensorSolve,
    det,
    matrix_dot,
    matrix_inverse,
    matrix_power,
    pinv,
    svd,
    tensorinv,
    tensorsolve,
    trace,
)

from symgen.errors import NotSupportedError, RangeError, ShapeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor._op_forms import Form

__getattr__ = attribute_lookup(__name__)

logger = logging.getLogger(__name__)


class Eig(Form):
    """``Eig()(x)``: eigenvalues and right eigenvectors, in the columns, of a square matrix.

    As in Theano they have the dtype of `x`: of a real matrix with complex eigenvalues, only the
    real parts are returned.
    """

    op_classes = (linalg.Eig, linalg.Eigh)

    def __call__(self, x):
        """Return both."""
        x = pt.as_tensor_variable(x)
        w, v = linalg.eig(x)
        if not x.type.dtype.startswith("complex"):
            w, v = (pt.cast(pt.real(value), x.type.dtype) for value in (w, v))
        return [w, v]


class Eigh(Eig):
    """``Eigh(UPLO)(x)``: eigenvalues and eigenvectors of a symmetric matrix; see :func:`eigh`."""

    op_classes = (linalg.Eigh,)
    __props__ = ("UPLO",)

    def __init__(self, UPLO="L"):
        if UPLO not in ("L", "U"):
            raise RangeError("UPLO 'L' or 'U'", repr(UPLO), "Use one of them.")
        self.UPLO = UPLO

    def __call__(self, x):
        """Return both."""
        return eigh(x, self.UPLO)


class EighGrad(Form):
    """``EighGrad(UPLO)(x, w, v, gw, gv)``: the gradient of ``w, v = eigh(x)``, given theirs."""

    __props__ = ("UPLO",)

    def __init__(self, UPLO="L"):
        self.UPLO = Eigh(UPLO).UPLO

    def __call__(self, x, w, v, gw, gv):
        """Return the gradient with respect to `x`."""
        x = pt.as_tensor_variable(x)
        w, v = eigh(x, self.UPLO)
        return pt.grad(None, x, known_grads={w: gw, v: gv})


class QRFull(Form):
    """``QRFull(mode)(a)``: :func:`qr` in a mode with two results."""

    op_classes = (linalg.QR,)
    __props__ = ("mode",)

    def __init__(self, mode):
        self.mode = mode

    def __call__(self, a):
        """Decompose the matrix `a`."""
        return qr(a, self.mode)


class QRIncomplete(QRFull):
    """``QRIncomplete(mode)(a)``: :func:`qr` in mode ``"r"``, with one result."""


class lstsq(Form):  # noqa: N801
    """``lstsq()(x, y, rcond)``: the least-squares solution of ``x @ z == y``.

    The results are z, the sums of squared residuals, the rank of `x`, and its singular values;
    singular values below `rcond` times the largest count as 0.
    """

    op_classes = (type(linalg.lstsq),)

    def __call__(self, x, y, rcond):
        """Return all four."""
        return linalg.lstsq(x, y, rcond)


eig = Eig()


def eigh(a, UPLO="L"):
    """Return the eigenvalues, ascending, and eigenvectors, in the columns, of a symmetric matrix.

    Parameters
    ----------
    a : matrix
    UPLO : {"L", "U"}
        Which triangle of `a` is read.
    """
    # The driver that NumPy takes, so that signs of vectors are NumPy's.
    return linalg.eigh(a, lower=Eigh(UPLO).UPLO == "L", driver="evd")


def norm(x, ord=None):
    """Return the norm of a vector or matrix.

    Parameters
    ----------
    x : vector or matrix
    ord : None, "fro", "inf", "-inf", or a number
        As for ``numpy.linalg.norm``; infinities may be given as strings.
    """
    x = pt.as_tensor_variable(x)
    if x.type.ndim == 0:
        raise ShapeError("a vector or matrix", "a scalar", "Take its absolute value.")
    if x.type.ndim > 2:
        raise NotSupportedError(
            "a vector or matrix", f"{x.type.ndim} dimensions", "Flatten it, or scan over it."
        )
    return linalg.norm(x, ord)


def qr(a, mode="reduced"):
    """Return the factors q (orthonormal columns) and r (upper triangular) of a matrix.

    Parameters
    ----------
    a : matrix of shape (m, n)
    mode : {"reduced", "complete", "r", "raw"}
        ``"reduced"``: q of shape (m, k) and r of (k, n), with ``k = min(m, n)``; ``"complete"``:
        (m, m) and (m, n); ``"r"``: r alone, (k, n); ``"raw"``: LAPACK's reflectors h of shape
        (n, m) and their scales of length k, as NumPy returns them.
    """
    a = pt.as_tensor_variable(a)
    if a.type.ndim != 2:
        raise ShapeError("a matrix", f"{a.type.ndim} dimensions", "Reshape it.")
    if mode == "raw":
        reflectors, scales, _ = linalg.qr(a, mode="raw")
        return [reflectors.T, scales]
    if mode == "r":
        return linalg.qr(a, mode="r")[: pt.minimum(a.shape[0], a.shape[1])]
    if mode not in ("reduced", "complete"):
        raise RangeError(
            "mode 'reduced', 'complete', 'r' or 'raw'", repr(mode), "Use one of them."
        )
    return linalg.qr(a, mode="economic" if mode == "reduced" else "full")


def _zero_disconnected(outputs, grads):
    """The gradients, zeros for those that are disconnected."""
    return [
        output.zeros_like() if isinstance(grad.type, DisconnectedType) else grad
        for output, grad in zip(outputs, grads, strict=True)
    ]
