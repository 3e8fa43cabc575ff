"""The maximum mean discrepancy between samples and data, squared, without bias.

References
----------
A. Gretton et al. (2012). A kernel two-sample test. JMLR 13. Equation 3.
M. Bińkowski et al. (2018). Demystifying MMD GANs. ICLR. The polynomial kernel of section 4.
"""

import numpy as np
from scipy.spatial.distance import cdist, pdist

from symgen.errors import RangeError, SettingsError
from symgen.evaluation.precision_recall import checked_sets
from symgen.evaluation.result import Result

_ROWS = 2000  # of the table of the kernel at once
_FOR_MEDIAN = 1000


class PolynomialKernel:
    """``(x . y / d + 1)^degree`` for rows of `d` numbers."""

    def __init__(self, degree=3):
        if degree != int(degree) or degree < 1:
            raise RangeError("a degree of at least 1, whole", f"{degree}", "Use 3.")
        self.degree = int(degree)

    def __call__(self, x, y):
        """Table of the kernel, shape (n, m)."""
        return (x @ y.T / x.shape[1] + 1) ** self.degree

    def __str__(self):
        return f"polynomial kernel of degree {self.degree}"


class RBFKernel:
    """``exp(-|x - y|^2 / (2 width^2))``.

    Parameters
    ----------
    width : float > 0
        :meth:`of_median` takes it from data.
    """

    def __init__(self, width):
        if not 0 < width < np.inf:
            raise RangeError("width > 0", f"{width}", "Use RBFKernel.of_median(data).")
        self.width = float(width)

    @classmethod
    def of_median(cls, x):
        """With the median distance between points of `x`, of the first thousand, as width."""
        return cls(np.median(pdist(np.asarray(x, dtype="float64")[:_FOR_MEDIAN])))

    def __call__(self, x, y):
        """Table of the kernel, shape (n, m)."""
        return np.exp(-cdist(x, y, "sqeuclidean") / (2 * self.width**2))

    def __str__(self):
        return f"RBF kernel of width {self.width:.4g}"


def squared_mmd(kernel, *, samples, real, blocks=10, **where):
    """``E k(x, x') + E k(y, y') - 2 E k(x, y)``, each mean over pairs of different points.

    Without bias, so that it may lie below 0 where the distributions are nearly the same.

    Parameters
    ----------
    kernel : callable
        :class:`PolynomialKernel`, :class:`RBFKernel`, or any function from (n, d) and (m, d) to
        (n, m) with the diagonal of a positive kernel.
    samples, real : arrays of shape (n, d) and (m, d)
        Pixels or features, by name only.
    blocks : int
        Disjoint parts of both sets whose values give the standard error.
    **where
        ``dataset``, ``split``, ``dataset_hash`` of `real`, for the :class:`Result`.

    Returns
    -------
    Result
        `n` is the number of samples.

    Raises
    ------
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        When a set is no matrix of finite numbers, or they differ in width.
    SettingsError
        For fewer than two points of each set in a block.
    """
    samples, real = checked_sets(samples, real)
    if blocks != int(blocks) or blocks < 2 or min(len(samples), len(real)) < 2 * blocks:
        raise SettingsError(
            "at least two blocks, of at least two points of each set",
            f"{blocks} blocks of {len(samples)} samples and {len(real)} examples",
            "Draw more samples, or take fewer blocks.",
        )
    parts = zip(np.array_split(samples, blocks), np.array_split(real, blocks), strict=True)
    of_parts = [_estimate(kernel, x, y) for x, y in parts]
    return Result(
        metric=f"squared maximum mean discrepancy, {kernel}",
        value=_estimate(kernel, samples, real),
        unit="units of the kernel",
        bound="none",
        standard_error=float(np.std(of_parts, ddof=1) / np.sqrt(blocks)),
        n=len(samples),
        n_samples=1,
        **where,
    )


def _estimate(kernel, x, y):
    return _mean_of_pairs(kernel, x) + _mean_of_pairs(kernel, y) - 2 * _sum(kernel, x, y) / len(x) / len(y)


def _mean_of_pairs(kernel, x):
    diagonal = sum(float(kernel(row[None], row[None])[0, 0]) for row in x)
    return (_sum(kernel, x, x) - diagonal) / (len(x) * (len(x) - 1))


def _sum(kernel, x, y):
    return sum(float(kernel(x[i : i + _ROWS], y).sum()) for i in range(0, len(x), _ROWS))
