"""Bounds on the log probability of data under latent-variable models."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends
from symgen.errors import NotSupportedError
from symgen.evaluation.inputs import (
    bound_on,
    check_context,
    check_examples,
    check_same_model,
    check_trained,
    described,
    whole_number,
)
from symgen.evaluation.result import Result, mean_and_standard_error
from symgen.random import RandomStreams


class ExampleTerms:
    """A model's cost terms of each example, compiled once and called on many arrays.

    Parameters
    ----------
    model
        A :class:`symgen.models.Model` with ``example_terms(x, srng)``.
    backend, device : str, optional
        See :func:`symgen.backends.select`.

    Attributes
    ----------
    names : tuple of str
        Of the terms.
    is_random : bool
        Whether the terms hold random draws.

    Raises
    ------
    NotSupportedError
        For a model without terms of an example, such as a GAN.
    """

    def __init__(self, model, backend=None, device=None):
        _check_has_terms(model)
        self.model = model
        self._srng = RandomStreams(0)
        inputs = [pt.matrix("x", dtype=model.dtype, shape=(None, model.input_dim))]
        context = {}
        if model.context_dim:
            shape = (None, model.context_dim)
            context["context"] = pt.matrix("context", dtype=model.dtype, shape=shape)
            inputs.append(context["context"])
        terms = model.example_terms(inputs[0], self._srng, **context)
        self.names, self.is_random = tuple(terms), bool(self._srng.rngs)
        self._compute = pytensor.function(
            inputs,
            list(terms.values()),
            updates=self._srng.updates,
            mode=backends.select(backend, device),
        )

    def __call__(self, x, context=None, *, n_samples=1, seed=0, batch_size=1000):
        """Terms of each row of `x`, averaged over draws of the latent variables.

        Parameters
        ----------
        x : array of shape (n, input_dim)
            Checked by the caller.
        context : array of shape (n, context_dim), optional
            Likewise.
        n_samples, seed, batch_size : int
            See :func:`evaluate`. The same seed gives the same numbers.

        Returns
        -------
        dict of str to float64 array of shape (n,)
        """
        n_samples = whole_number(n_samples, "draws, n_samples,", remedy="Ask for one draw or more.")
        batch_size = whole_number(batch_size, "examples at once, batch_size,")
        self._srng.seed(seed)
        sums = np.zeros((len(self.names), len(x)))
        for start in range(0, len(x), batch_size):
            rows = slice(start, start + batch_size)
            arrays = [array[rows] for array in (x, context) if array is not None]
            for _ in range(n_samples):
                for total, values in zip(sums, self._compute(*arrays), strict=True):
                    total[rows] += values
        return dict(zip(self.names, sums / n_samples, strict=True))


def evaluate(
    model,
    x,
    *,
    context=None,
    n_samples=1,
    seed=0,
    batch_size=1000,
    backend=None,
    device=None,
    terms=None,
    untrained=False,
    **where,
):
    """Mean and standard error of a model's cost terms on data.

    The value is minus the sum of the model's ``metric_terms``; its ``metric`` and ``bound`` say what
    that is. For a VAE it is the ELBO, ``-(reconstruction + kl)`` in nats, a lower bound on the log
    probability whatever ``beta`` the model was trained with (Kingma and Welling 2014, equation 3);
    for a deterministic autoencoder the negative reconstruction error, which bounds nothing.

    Parameters
    ----------
    model
        A :class:`symgen.models.Model` with ``example_terms(x, srng)``.
    x : array of shape (n, input_dim)
    context : array of shape (n, context_dim), optional
        For a conditional model.
    n_samples : int
        Draws of the latent variables for each example; their terms are averaged, which makes the
        estimate less noisy and leaves its expectation as it is. Of a model without random draws one
        is computed.
    seed : int
        Seed of these draws.
    batch_size : int
        Examples computed at once.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    terms : ExampleTerms, optional
        The model's terms where they are compiled already.
    untrained : bool
        Evaluate also a model whose parameters are still those of its seed, as a baseline is.
    **where
        ``dataset``, ``split``, ``dataset_hash``, ``binarization`` for the :class:`Result`; where they
        are not given it has the hash of `x`, and whether that holds 0 and 1 only.

    Returns
    -------
    Result

    Raises
    ------
    ShapeError, DtypeError, RangeError, NonFiniteError, EmptyDataError
        When `x` is not what the model can take, such as grey levels for a model of binary data, or
        a value of an example is not finite.
    SettingsError
        When `terms` are of another model.
    UntrainedModelError
        See :func:`symgen.evaluation.inputs.check_trained`.
    """
    n_samples = whole_number(n_samples, "draws, n_samples,", remedy="Ask for one draw or more.")
    batch_size = whole_number(batch_size, "examples at once, batch_size,")
    _check_has_terms(model)
    check_same_model(terms, model, "terms")
    check_trained(model, untrained)
    x = check_examples(model, x)
    context = check_context(model, context, len(x), "the context of the data")
    compute = terms or ExampleTerms(model, backend, device)
    n_samples = n_samples if compute.is_random else 1
    by_name = compute(x, context, n_samples=n_samples, seed=seed, batch_size=batch_size)
    counted = [by_name[name] for name in model.metric_terms or by_name]
    value, standard_error = mean_and_standard_error(-sum(counted), "the terms")
    return Result(
        metric=model.metric,
        value=value,
        unit="nats per example" if model.in_nats else "squared units per example",
        bound=bound_on(model, x),
        standard_error=standard_error,
        n=len(x),
        n_samples=n_samples,
        terms={name: float(values.mean()) for name, values in by_name.items()},
        **described(x, where),
    )


def _check_has_terms(model):
    if not hasattr(model, "example_terms"):
        raise NotSupportedError(
            "a model that says what an example costs",
            f"{type(model).__name__}, which has no likelihood and no bound on one",
            "Judge its samples: see symgen.evaluation.",
        )
