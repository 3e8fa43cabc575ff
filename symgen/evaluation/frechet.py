"""The Fréchet distance between samples and data, on features of a classifier.

References
----------
M. Heusel et al. (2017). GANs trained by a two time-scale update rule converge to a local Nash
equilibrium. NeurIPS. Equation 6.
"""

import numpy as np

from symgen.datasets.validation import check_array, check_finite
from symgen.errors import RangeError, SettingsError, ShapeError
from symgen.evaluation.result import Result

_RESAMPLES = 20


def gaussian_frechet_distance(mean, covariance, other_mean, other_covariance):
    """``|m - m'|^2 + tr(C + C' - 2 (C C')^(1/2))`` of two Gaussians.

    The trace of the root is the sum of the roots of the eigenvalues of ``C^(1/2) C' C^(1/2)``, a
    symmetric matrix, so that singular covariances do no harm.

    Parameters
    ----------
    mean, other_mean : arrays of shape (d,)
    covariance, other_covariance : symmetric arrays of shape (d, d), no eigenvalue below 0

    Returns
    -------
    float, at least 0 but for rounding

    Raises
    ------
    ShapeError
        For arrays of other shapes.
    NonFiniteError, RangeError
        For numbers that are not finite, and for what is no covariance: not symmetric, or with an
        eigenvalue below 0.
    """
    mean, other_mean = (np.atleast_1d(np.asarray(m, dtype="float64")) for m in (mean, other_mean))
    first, second = (
        np.atleast_2d(np.asarray(c, dtype="float64")) for c in (covariance, other_covariance)
    )
    shapes = [a.shape for a in (mean, other_mean, first, second)]
    d = len(mean)
    if shapes != [(d,), (d,), (d, d), (d, d)]:
        raise ShapeError("means (d,) and covariances (d, d)", f"{shapes}", "Give both the same d.")
    given = {"mean": mean, "other_mean": other_mean, "covariance": first, "other_covariance": second}
    for what, array in given.items():
        check_finite(array, what)
    for what, matrix in (("covariance", first), ("other_covariance", second)):
        scale = 1e-6 * max(np.abs(matrix).max(), 1e-300)
        if np.abs(matrix - matrix.T).max() > scale or np.linalg.eigvalsh(matrix)[0] < -scale:
            raise RangeError(
                f"{what}, a symmetric matrix without eigenvalues below 0",
                "another matrix",
                "Use numpy.cov(features, rowvar=False).",
            )
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    of_product = np.linalg.eigvalsh(root @ second @ root)
    trace = np.trace(first) + np.trace(second) - 2 * np.sqrt(np.maximum(of_product, 0)).sum()
    return float(((mean - other_mean) ** 2).sum() + trace)


def frechet_distance(classifier, *, samples, real, other_real, seed=0, **where):
    """Distance between Gaussians fitted to the features of samples and of data.

    All three sets are cut to the size of the smallest: the distance of finite sets is above that of
    their distributions, the more so the smaller they are, and only numbers of one size compare.

    Parameters
    ----------
    classifier
        Has ``features(x)`` and ``hash``: see :class:`symgen.evaluation.Classifier`.
    samples, real, other_real : arrays of shape (n, input_dim)
        `other_real` are data with no example of `real`, such as another split: their distance from
        `real` is the floor, which perfect samples would reach.
    seed : int
        Of the resampling that gives the standard error.
    **where
        ``dataset``, ``split``, ``dataset_hash`` of `real`, for the :class:`Result`.

    Returns
    -------
    Result
        In squared units of the features. ``details`` has ``floor``, the distance between the two sets
        of data, and ``classifier``, the hash. The standard error is the deviation over resampled
        sets.

    Raises
    ------
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        When a set is not what the classifier takes.
    SettingsError
        For no more examples than features, whose covariances are singular and whose distance
        tells little but their number; when `other_real` is `real` again.
    """
    sets = {"samples": samples, "real": real, "other_real": other_real}
    n = min(len(x) for x in sets.values())
    if np.array_equal(real, other_real):
        raise SettingsError(
            "other_real= to be other data than real=, whose distance is the floor",
            "the same examples",
            "Give another split, or the halves of one.",
        )
    features = {
        name: classifier.features(check_array(x, f"{name}=", dtype="float32")[:n])
        for name, x in sets.items()
    }
    width = features["real"].shape[1]
    if n <= max(width, 1):
        raise SettingsError(
            f"more examples in each set than the {width} features, at least two",
            f"{n} in the smallest",
            "Draw more samples, or take a classifier of fewer features.",
        )
    rng = np.random.default_rng(seed)
    again = [
        _distance(*(features[name][rng.integers(n, size=n)] for name in ("samples", "real")))
        for _ in range(_RESAMPLES)
    ]
    return Result(
        metric="Fréchet distance on a classifier's features",
        value=_distance(features["samples"], features["real"]),
        unit="squared units of the features",
        bound="none",
        standard_error=float(np.std(again, ddof=1)),
        n=n,
        n_samples=1,
        details={
            "floor": _distance(features["other_real"], features["real"]),
            "classifier": classifier.hash,
        },
        **where,
    )


def _distance(x, y):
    moments = [(f.mean(axis=0), np.cov(f, rowvar=False)) for f in (x, y)]
    return gaussian_frechet_distance(*moments[0], *moments[1])
