"""Linear bijectors: permutations, an invertible matrix by its LU factors, a triangular one."""

from types import MappingProxyType

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.linalg import solve_triangular
from scipy.linalg import lu

from symgen.errors import RangeError, ShapeError
from symgen.initializers import orthogonal
from symgen.models.flows.bijector import Bijector, for_each_example, like
from symgen.models.flows.elementwise import standardising
from symgen.models.parameters import parameter
from symgen.models.validation import float_dtype, positive_int


class Permutation(Bijector):
    """``x = z[order]``: the numbers in another order, by default a random one.

    Parameters
    ----------
    dim : int
    order : sequence of int, shape (dim,), optional
        Each of ``0 .. dim - 1`` once.
    seed : int
        Of the random order.

    Raises
    ------
    RangeError
        An `order` that is none.
    """

    def __init__(self, dim, order=None, seed=0):
        self.dim, self.seed = positive_int(dim, "dim"), seed
        self.order = None if order is None else tuple(int(i) for i in order)
        self._order = np.random.default_rng(seed).permutation(dim) if order is None else self.order
        if sorted(self._order) != list(range(self.dim)):
            raise RangeError(
                f"an order of 0 to {self.dim - 1}, each once",
                f"{order}",
                "Leave it away for a random one.",
            )
        self._order = np.asarray(self._order)

    def _forward(self, z, context):
        return z.T[self._order].T, for_each_example(like(0, z), z)

    def _inverse(self, x, context):
        return x.T[np.argsort(self._order)].T, for_each_example(like(0, x), x)


class Reverse(Bijector):
    """``x_i = z_(dim + 1 - i)``: the numbers in the opposite order.

    Parameters
    ----------
    dim : int
    """

    def __init__(self, dim):
        self.dim = positive_int(dim, "dim")

    def _forward(self, z, context):
        return z[:, ::-1], for_each_example(like(0, z), z)

    def _inverse(self, x, context):
        return x[:, ::-1], for_each_example(like(0, x), x)


class InvertibleLinear(Bijector):
    """An invertible matrix by its LU factors: ``z = x[order] L (U + diag(s))``.

    ``L`` is lower triangular with a diagonal of 1, ``U`` strictly upper triangular; at first their
    product is a random rotation. The order and the signs of ``s`` stay; ``L``, ``U`` and
    ``log |s|`` are learned, and ``log |det dz/dx| = sum_i log |s_i|``. Forward solves the two
    triangular systems.

    Parameters
    ----------
    dim : int
    seed : int
        Of the rotation.
    name : str
    dtype : {"float32", "float64"}, optional

    References
    ----------
    D. P. Kingma, P. Dhariwal (2018). Glow. NeurIPS. Section 3.2, equations 10 and 11.
    """

    def __init__(self, dim, seed=0, name="linear", dtype=None):
        self.dim, self.seed, self.name = positive_int(dim, "dim"), seed, name
        self.dtype = float_dtype(dtype)
        rotation = orthogonal((self.dim, self.dim), np.random.default_rng(seed), "float64")
        self._order, lower, upper = _lu(rotation)
        s = np.diag(upper)
        self._sign = np.sign(s)
        self.L = parameter(f"{name}.L", np.tril(lower, -1), self.dtype)
        self.U = parameter(f"{name}.U", np.triu(upper, 1), self.dtype)
        self.log_s = parameter(f"{name}.log_s", np.log(abs(s)), self.dtype)

    @property
    def params(self):
        """``[L, U, log_s]``; only one triangle of each matrix counts."""
        return [self.L, self.U, self.log_s]

    def _factors(self):
        ones = np.ones((self.dim, self.dim))
        lower = self.L * like(np.tril(ones, -1), self.L) + like(np.eye(self.dim), self.L)
        s = like(self._sign, self.L) * pt.exp(self.log_s)
        return lower, self.U * like(np.triu(ones, 1), self.L) + pt.diag(s)

    def _inverse(self, x, context):
        lower, upper = self._factors()
        z = pt.dot(upper.T, pt.dot(lower.T, x.T[self._order])).T
        return z, for_each_example(self.log_s.sum(), x)

    def _forward(self, z, context):
        lower, upper = self._factors()
        half = solve_triangular(upper, z.T, trans=1, lower=False, b_ndim=2)
        x = solve_triangular(lower, half, trans=1, lower=True, unit_diagonal=True, b_ndim=2)
        return x[np.argsort(self._order)].T, for_each_example(-self.log_s.sum(), z)


class TriangularAffine(Bijector):
    """``z = (x - mean) A`` with ``A`` upper triangular: over ``N(0, I)`` any Gaussian.

    ``A A^T`` is the inverse of the covariance.

    Parameters
    ----------
    dim : int
    name : str
    dtype : {"float32", "float64"}, optional
    """

    def __init__(self, dim, name="gaussian", dtype=None):
        self.dim, self.name, self.dtype = positive_int(dim, "dim"), name, float_dtype(dtype)
        self.mean = parameter(f"{name}.mean", np.zeros(self.dim), self.dtype)
        self.A = parameter(f"{name}.A", np.zeros((self.dim, self.dim)), self.dtype)
        self.log_diagonal = parameter(f"{name}.log_diagonal", np.zeros(self.dim), self.dtype)

    @property
    def params(self):
        """``[mean, A, log_diagonal]``; of ``A`` only what lies above the diagonal counts."""
        return [self.mean, self.A, self.log_diagonal]

    def initialize(self, x):
        """Set mean and scales so that each number of the array `x` is standardised."""
        mean, scale = standardising(x)
        self._set(mean, np.diag(1 / scale))

    def maximize_likelihood(self, x):
        """Set mean and covariance to those of the rows of the array `x`, in closed form.

        Raises
        ------
        ShapeError
            When the rows span less than all dimensions, so that the covariance has no inverse.
        """
        x = np.asarray(x, dtype="float64")
        mean = x.mean(axis=0)
        covariance = (x - mean).T @ (x - mean) / len(x)
        try:
            lower = np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError as error:
            raise ShapeError(
                f"examples that span all {self.dim} dimensions",
                f"{len(x)} whose covariance is singular",
                "Give more examples, or drop the numbers that never change.",
            ) from error
        self._set(mean, np.linalg.inv(lower).T)

    def _set(self, mean, a):
        self.mean.set_value(mean.astype(self.dtype))
        self.A.set_value(np.triu(a, 1).astype(self.dtype))
        self.log_diagonal.set_value(np.log(np.diag(a)).astype(self.dtype))

    def _matrix(self):
        above = like(np.triu(np.ones((self.dim, self.dim)), 1), self.A)
        return self.A * above + pt.diag(pt.exp(self.log_diagonal))

    def _inverse(self, x, context):
        z = pt.dot(x - self.mean, self._matrix())
        return z, for_each_example(self.log_diagonal.sum(), x)

    def _forward(self, z, context):
        x = solve_triangular(self._matrix(), z.T, trans=1, lower=False, b_ndim=2).T + self.mean
        return x, for_each_example(-self.log_diagonal.sum(), z)


# Of the step of Adam that the flows take by default, up to how many numbers maps take it whole.
_WHOLE_STEP = 64


def training_of_maps(training, dim):
    """The defaults of `training`, the rate smaller for maps of many numbers.

    Adam moves each of the ``dim`` entries of a row by about the rate, at first all the same way: together
    the row's image by up to ``dim`` times that. At 784 pixels and 1e-3 the likelihood fell without end.
    """
    rate = training["learning_rate"] * min(1.0, _WHOLE_STEP / dim)
    return MappingProxyType({**training, "learning_rate": rate})


def _lu(matrix):
    """Order of rows, unit lower and upper factor: ``matrix[order] = lower upper``."""
    permutation, lower, upper = lu(matrix)
    return permutation.argmax(axis=0), lower, upper
