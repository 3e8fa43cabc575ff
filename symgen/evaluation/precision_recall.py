"""Precision and recall of samples: how good they are, and how much of the data they cover.

References
----------
T. Kynkäänniemi et al. (2019). Improved precision and recall metric for assessing generative models.
NeurIPS. Equations 1 and 2.
"""

import numpy as np
from scipy.spatial.distance import cdist

from symgen.datasets.validation import check_array
from symgen.errors import RangeError, ShapeError
from symgen.evaluation.result import Result

_ROWS = 1000  # of the table of distances at once


def precision_and_recall(*, samples, real, k=3, **where):
    """Both, as parts of 1.

    The manifold of a set is the union of balls about its points, each as far as the point's `k`-th
    nearest neighbour in the set. Precision is the part of the samples that lie in the manifold of
    the data, recall the part of the data that lie in the manifold of the samples.

    Parameters
    ----------
    samples, real : arrays of shape (n, d) and (m, d)
        Pixels, or features such as :meth:`symgen.evaluation.Classifier.features`. By name only, so
        that they are not mixed up.
    k : int
        Below both numbers of points.
    **where
        ``dataset``, ``split``, ``dataset_hash`` of `real`, for the results.

    Returns
    -------
    (Result, Result)
        Precision, with `n` the number of samples, and recall, with that of the data. The standard
        errors are those of a share of independent trials.

    Raises
    ------
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        When a set is no matrix of finite numbers, or they differ in width.
    RangeError
        For `k` below 1 or too large.
    """
    samples, real = checked_sets(samples, real)
    if not 1 <= k < min(len(samples), len(real)) or k != int(k):
        raise RangeError(
            "a whole k from 1 to one less than the points of the smaller set", f"{k}", "Use k=3."
        )
    precision = _inside(samples, real, k)
    recall = _inside(real, samples, k)
    return tuple(
        Result(
            metric=f"{name} (k-nearest-neighbour manifold, k={k})",
            value=float(inside.mean()),
            unit=f"part of the {of}",
            bound="none",
            standard_error=float(np.sqrt(inside.mean() * (1 - inside.mean()) / len(inside))),
            n=len(inside),
            n_samples=1,
            **where,
        )
        for name, of, inside in (("precision", "samples", precision), ("recall", "data", recall))
    )


def checked_sets(samples, real):
    """Both as float64 matrices of one width, or a named error."""
    samples = check_array(samples, "samples=", dtype="float64")
    real = check_array(real, "real=", dtype="float64")
    if samples.shape[1] != real.shape[1]:
        raise ShapeError(
            "samples and real of the same width",
            f"{samples.shape[1]} and {real.shape[1]}",
            "Give both as pixels, or both as features of one classifier.",
        )
    return samples, real


def _inside(points, manifold, k):
    """Whether each of `points` lies in a ball of the manifold."""
    radii = np.concatenate(
        [
            # the k-th neighbour: the point itself is the 0-th
            np.partition(cdist(manifold[i : i + _ROWS], manifold), k, axis=1)[:, k]
            for i in range(0, len(manifold), _ROWS)
        ]
    )
    return np.concatenate(
        [
            (cdist(points[i : i + _ROWS], manifold) <= radii).any(axis=1)
            for i in range(0, len(points), _ROWS)
        ]
    )
