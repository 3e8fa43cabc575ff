"""Bounds on the log probability of data under latent-variable models."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends
from symgen.datasets.validation import check_array
from symgen.errors import RangeError
from symgen.evaluation.result import Result, mean_and_standard_error
from symgen.random import RandomStreams


class ExampleTerms:
    """A model's cost terms of each example, compiled once and called on many arrays.

    Parameters
    ----------
    model
        Has ``example_terms(x, srng)``, ``input_dim``, ``value_range``, ``dtype``.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    """

    def __init__(self, model, backend=None, device=None):
        self.model = model
        self._srng = RandomStreams(0)
        x = pt.matrix("x", dtype=model.dtype)
        terms = model.example_terms(x, self._srng)
        self.names = tuple(terms)
        self._compute = pytensor.function(
            [x], list(terms.values()), updates=self._srng.updates, mode=backends.select(backend, device)
        )

    def __call__(self, x, *, n_samples=1, seed=0, batch_size=1000):
        """Terms of each row of `x`, averaged over draws of the latent variables.

        Parameters
        ----------
        x : array of shape (n, input_dim)
            Checked by the caller.
        n_samples, seed, batch_size : int
            See :func:`evaluate`. The same seed gives the same numbers.

        Returns
        -------
        dict of str to float64 array of shape (n,)
        """
        self._srng.seed(seed)
        sums = np.zeros((len(self.names), len(x)))
        for start in range(0, len(x), batch_size):
            rows = slice(start, start + batch_size)
            for _ in range(n_samples):
                for total, values in zip(sums, self._compute(x[rows]), strict=True):
                    total[rows] += values
        return dict(zip(self.names, sums / n_samples, strict=True))


def evaluate(
    model,
    x,
    *,
    n_samples=1,
    seed=0,
    batch_size=1000,
    backend=None,
    device=None,
    terms=None,
    **where,
):
    """Mean and standard error of a model's cost terms on data.

    For a model with a ``kl`` term the value is the ELBO, ``-(reconstruction + kl)`` in nats, a
    lower bound on the log probability whatever ``beta`` the model was trained with (Kingma and
    Welling 2014, equation 3). For one without it is the negative reconstruction error, which
    bounds nothing.

    Parameters
    ----------
    model
        Has ``example_terms(x, srng)``, ``input_dim``, ``value_range``, ``in_nats``.
    x : array of shape (n, input_dim)
    n_samples : int
        Draws of the latent variables for each example; their terms are averaged, which makes the
        estimate less noisy and leaves its expectation as it is.
    seed : int
        Seed of these draws.
    batch_size : int
        Examples computed at once.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    terms : ExampleTerms, optional
        The model's terms where they are compiled already.
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
    options = {"value_range": model.value_range, "dtype": model.dtype}
    x = check_array(x, "the data", dim=model.input_dim, **options)
    compute = terms or ExampleTerms(model, backend, device)
    by_name = compute(x, n_samples=n_samples, seed=seed, batch_size=batch_size)
    value, standard_error = mean_and_standard_error(-sum(by_name.values()), "the terms")
    is_bound = "kl" in by_name
    return Result(
        metric="ELBO" if is_bound else "negative reconstruction error",
        value=value,
        unit="nats per example" if model.in_nats else "squared units per example",
        bound="lower bound on log p(x)" if is_bound else "none",
        standard_error=standard_error,
        n=len(x),
        n_samples=n_samples,
        terms={name: float(values.mean()) for name, values in by_name.items()},
        **where,
    )
