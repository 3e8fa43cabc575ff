"""The Parzen window estimate of a log-likelihood: historical, for comparison with papers of its time.

It says little of a model: with as many samples as one can draw it is far below the model's true
log-likelihood in many dimensions, and ranks models otherwise (Theis et al. 2016, section 3.2).

References
----------
O. Breuleux, Y. Bengio, P. Vincent (2011). Quickly generating representative samples from an
RBM-derived process. Neural Computation 23.
I. Goodfellow et al. (2014). Generative adversarial nets. NeurIPS. Table 1.
L. Theis, A. van den Oord, M. Bethge (2016). A note on the evaluation of generative models. ICLR.
"""

import numpy as np
from scipy.special import logsumexp

from symgen.errors import RangeError
from symgen.evaluation.precision_recall import checked_sets
from symgen.evaluation.result import Result, mean_and_standard_error

#: Widths that are tried, as in the code of Goodfellow et al.
WIDTHS = tuple(np.logspace(-1, 0, 10))
_ROWS = 500


def parzen_log_density(x, centres, width):
    """``log (1/n) sum_i N(x; c_i, width^2 I)`` for each row of `x`, in nats, shape (m,).

    Parameters
    ----------
    x : array of shape (m, d)
    centres : array of shape (n, d)
    width : float > 0

    Raises
    ------
    RangeError
        For a width that is not positive.
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        As :func:`parzen_window`.
    """
    return _log_densities(x, centres, (width,))[0]


def parzen_window(*, samples, valid, real, widths=WIDTHS, **where):
    """Mean log density of data under Gaussian windows about samples: a historical number.

    Parameters
    ----------
    samples : array of shape (n, d)
        Centres; 10 000 in the papers.
    valid : array of shape (v, d)
        Data that choose the width: that of the highest mean.
    real : array of shape (m, d)
        Test data.
    widths : sequence of float
    **where
        ``dataset``, ``split``, ``dataset_hash`` of `real`, for the :class:`Result`.

    Returns
    -------
    Result
        In nats per example; no bound on the model's log-likelihood. ``details`` has the ``width``.

    Raises
    ------
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        When a set is no matrix of finite numbers, or they differ in width.
    RangeError
        For a width that is not positive.
    """
    means = _log_densities(valid, samples, widths).mean(axis=1)
    width = float(widths[int(np.argmax(means))])
    values = parzen_log_density(real, samples, width)
    value, standard_error = mean_and_standard_error(values, "the log densities")
    return Result(
        metric="Parzen window log-likelihood (historical)",
        value=value,
        unit="nats per example",
        bound="none",
        standard_error=standard_error,
        n=len(values),
        n_samples=len(samples),
        details={"width": width},
        **where,
    )


def _log_densities(x, centres, widths):
    """:func:`parzen_log_density` for several widths, shape (widths, m): distances are taken once."""
    centres, x = checked_sets(centres, x)
    if not len(widths):
        raise RangeError("at least one width", "none", "Use some of symgen.evaluation.parzen.WIDTHS.")
    for width in widths:
        if not 0 < width < np.inf:
            raise RangeError("width > 0", f"{width}", "Use some of symgen.evaluation.parzen.WIDTHS.")
    (n, d), blocks = centres.shape, []
    square = (centres**2).sum(axis=1)
    for i in range(0, len(x), _ROWS):
        rows = x[i : i + _ROWS]
        # |x - c|^2 by a matrix product, ten times as fast as difference by difference
        distance = (rows**2).sum(axis=1)[:, None] + square - 2 * (rows @ centres.T)
        blocks.append([logsumexp(distance / (-2 * width**2), axis=1) for width in widths])
    constant = [np.log(n) + d * np.log(width * np.sqrt(2 * np.pi)) for width in widths]
    return np.concatenate(blocks, axis=1) - np.array(constant)[:, None]
