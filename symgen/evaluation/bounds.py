"""Bounds on the log probability of data under latent-variable models."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends
from symgen.datasets.validation import check_array
from symgen.errors import RangeError
from symgen.evaluation.result import Result, mean_and_standard_error
from symgen.random import RandomStreams


def evaluate(model, x, *, n_samples=1, seed=0, batch_size=500, backend=None, **where):
    """Mean and standard error of a model's cost terms on data.

    For a model with a ``kl`` term the value is the ELBO, ``-(reconstruction + kl)`` in nats, a
    lower bound on the log probability whatever ``beta`` the model was trained with (Kingma and
    Welling 2014, equation 3). For one without it is the negative reconstruction error, which
    bounds nothing.

    Parameters
    ----------
    model
        Has ``example_terms(x, srng)``, ``input_dim``, ``value_range``.
    x : array of shape (n, input_dim)
    n_samples : int
        Draws of the latent variables for each example; their terms are averaged, which makes the
        estimate less noisy and leaves its expectation as it is.
    seed : int
        Seed of these draws.
    batch_size : int
        Examples computed at once.
    backend : str, optional
        See :func:`symgen.backends.select`.
    **where
        ``dataset``, ``split``, ``dataset_hash``, ``binarization`` for the :class:`Result`.

    Returns
    -------
    Result

    Raises
    ------
    ShapeError, DtypeError, RangeError, NonFiniteError, EmptyDataError
        When `x` is not what the model can take, or a value of an example is not finite.
    """
    if n_samples < 1:
        raise RangeError("n_samples of at least 1", repr(n_samples), "Ask for one draw or more.")
    x = check_array(x, "the data", dim=model.input_dim, value_range=model.value_range)
    srng = RandomStreams(seed)
    batch = pt.matrix("x", dtype=x.dtype)
    terms = model.example_terms(batch, srng)
    compute = pytensor.function(
        [batch], list(terms.values()), updates=srng.updates, mode=backends.select(backend)
    )
    sums = np.zeros((len(terms), len(x)))
    for start in range(0, len(x), batch_size):
        rows = slice(start, start + batch_size)
        for _ in range(n_samples):
            for total, values in zip(sums, compute(x[rows]), strict=True):
                total[rows] += values
    by_name = dict(zip(terms, sums / n_samples, strict=True))
    value, standard_error = mean_and_standard_error(-sum(by_name.values()), "the terms")
    is_bound = "kl" in by_name
    return Result(
        metric="ELBO" if is_bound else "negative reconstruction error",
        value=value,
        unit="nats per example" if model.in_nats else "squared units per example",
        bound="lower bound on log p(x)" if is_bound else "none",
        standard_error=standard_error,
        n=len(x),
        n_samples=n_samples if is_bound else 1,
        terms={name: float(values.mean()) for name, values in by_name.items()},
        **where,
    )
