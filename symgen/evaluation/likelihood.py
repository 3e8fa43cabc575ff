"""Log-likelihoods of models that are normalised by a Z, and what is taken for one."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends
from symgen.errors import NotSupportedError, SettingsError
from symgen.evaluation.inputs import (
    check_examples,
    check_trained,
    described,
    parameters_hash,
    whole_number,
)
from symgen.evaluation.result import Result, mean_and_standard_error
from symgen.random import RandomStreams


def log_likelihood(
    model, x, log_z, *, batch_size=1000, backend=None, device=None, untrained=False, **where
):
    """Mean of ``log p(x) = -F(x) - log Z``, with the interval of log Z carried over.

    Parameters
    ----------
    model
        Has ``free_energy(v)``.
    x : array of shape (n, input_dim)
        Zeros and ones for a model of binary units.
    log_z : Result
        Of :func:`exact_log_z`, :func:`ais_log_z` or :func:`reverse_ais_log_z` on this model.
    batch_size : int
        Examples computed at once.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    untrained : bool
        See :func:`symgen.evaluation.evaluate`.
    **where
        ``dataset``, ``split``, ``dataset_hash``, ``binarization`` for the :class:`Result`.

    Returns
    -------
    Result
        Nats per example. A lower bound on log Z makes it an upper bound on log p, and the other way
        round; `bound` says so.

    Raises
    ------
    RangeError
        For data other than 0 and 1 where the model has binary units.
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        When `x` is not what the model can take, or a value is not finite.
    NotSupportedError
        For a model without a free energy.
    SettingsError
        When `log_z` is no log Z, or of a machine with other parameters: another one, or this one
        before it was trained further.
    UntrainedModelError
        See :func:`symgen.evaluation.evaluate`.
    """
    if not hasattr(model, "free_energy"):
        raise NotSupportedError(
            "a model with a free energy", type(model).__name__, "Use lower_bound or evaluate."
        )
    check_no_context(model)
    _check_log_z(log_z, model)
    check_trained(model, untrained)
    x = check_examples(model, x)
    v = pt.matrix("v", dtype=model.dtype, shape=(None, model.input_dim))
    compute = pytensor.function([v], -model.free_energy(v), mode=backends.select(backend, device))
    values = np.concatenate([compute(rows) for rows in _batches(x, batch_size)])
    turned = {
        "exact": "exact",
        "lower": "upper bound on log p(x) in expectation: log Z is one from below",
        "upper": "lower bound on log p(x) in expectation: log Z is one from above",
    }
    return _normalised("log-likelihood", values, log_z, turned, 1, described(x, where))


def lower_bound(
    model,
    x,
    log_z,
    *,
    n_samples=1,
    seed=0,
    batch_size=1000,
    backend=None,
    device=None,
    untrained=False,
    **where,
):
    """Variational lower bound ``E_q[log p*(x, h) - log q(h | x)] - log Z`` of a deep machine.

    Parameters
    ----------
    model
        Has ``unnormalised_bound(x, srng)``: a DBM or DBN.
    log_z : Result
        Of the machine that normalises it: the DBM itself, ``dbn.top`` of a DBN.
    n_samples : int
        Draws of the hidden units for each example, averaged, where the model draws any.
    seed : int
        Seed of these draws.
    x, batch_size, backend, device, untrained, **where
        See :func:`log_likelihood`.

    Returns
    -------
    Result
        Nats per example, with the interval of log Z carried over.

    Raises
    ------
    See :func:`log_likelihood`; RangeError for fewer than 1 draw.

    References
    ----------
    R. Salakhutdinov, I. Murray (2008). On the quantitative analysis of deep belief networks.
    Section 5.
    """
    if not hasattr(model, "unnormalised_bound"):
        raise NotSupportedError(
            "a model with a variational bound that a Z normalises",
            type(model).__name__,
            "Use log_likelihood where it has a free energy, else evaluate.",
        )
    n_samples = whole_number(n_samples, "draws, n_samples,", remedy="Ask for one draw or more.")
    check_no_context(model)
    _check_log_z(log_z, getattr(model, "top", model))
    check_trained(model, untrained)
    x = check_examples(model, x)
    v, srng = pt.matrix("v", dtype=model.dtype, shape=(None, model.input_dim)), RandomStreams(seed)
    bound = model.unnormalised_bound(v, srng)
    compute = pytensor.function(
        [v], bound, updates=srng.updates, mode=backends.select(backend, device)
    )
    n_samples = n_samples if srng.rngs else 1
    values = np.concatenate(
        [
            np.mean([compute(rows) for _ in range(n_samples)], axis=0, dtype="float64")
            for rows in _batches(x, batch_size)
        ]
    )
    kinds = {
        "exact": "lower bound on log p(x)",
        "lower": "estimate of a lower bound on log p(x): log Z is one from below",
        "upper": "lower bound on log p(x) in expectation: log Z is one from above",
    }
    return _normalised("variational bound", values, log_z, kinds, n_samples, described(x, where))


def pseudo_likelihood(
    model, x, *, batch_size=500, backend=None, device=None, untrained=False, **where
):
    """Log pseudo-likelihood ``sum_i log p(x_i | x without i)``: no likelihood and no bound on one.

    Parameters
    ----------
    model
        Has ``log_pseudo_likelihood(x)``.
    x, batch_size, backend, device, untrained, **where
        See :func:`log_likelihood`.

    Returns
    -------
    Result
        Nats per example.

    Raises
    ------
    See :func:`log_likelihood`.

    References
    ----------
    J. Besag (1975). Statistical analysis of non-lattice data. The Statistician 24.
    """
    if not hasattr(model, "log_pseudo_likelihood"):
        raise NotSupportedError(
            "a model with the conditionals of single pixels",
            type(model).__name__,
            "RBMs of binary units and Boltzmann machines without hidden units have them.",
        )
    check_no_context(model)
    check_trained(model, untrained)
    x = check_examples(model, x)
    v = pt.matrix("v", dtype=model.dtype, shape=(None, model.input_dim))
    compute = pytensor.function(
        [v], model.log_pseudo_likelihood(v), mode=backends.select(backend, device)
    )
    values = np.concatenate([compute(rows) for rows in _batches(x, batch_size)])
    value, standard_error = mean_and_standard_error(values, "the pseudo-likelihood")
    return Result(
        metric="log pseudo-likelihood",
        value=value,
        unit="nats per example",
        bound="none",
        standard_error=standard_error,
        n=len(x),
        n_samples=1,
        **described(x, where),
    )


def check_no_context(model):
    """Raise :class:`NotSupportedError` for a conditional model: each context has a Z of its own."""
    if model.context_dim:
        raise NotSupportedError(
            "a model with one Z",
            f"{type(model).__name__}, which has one for each context",
            "Evaluate model.given(context), one context at a time.",
        )


def _check_log_z(log_z, machine):
    """Raise :class:`SettingsError` unless `log_z` is one of the machine as it is now."""
    is_log_z = isinstance(log_z, Result) and log_z.metric.startswith("log Z")
    if not is_log_z:
        raise SettingsError(
            "log_z= to be a Result that says log Z",
            repr(log_z) if not isinstance(log_z, Result) else f"one that says {log_z.metric}",
            "Pass what exact_log_z, ais_log_z or reverse_ais_log_z returned.",
        )
    of = log_z.details.get("parameters")
    if of and of != parameters_hash(machine):
        raise SettingsError(
            f"log_z= of this {type(machine).__name__} with the parameters that it has now",
            "one of other parameters",
            "Compute log Z again: the machine is another one, or was trained since.",
        )


def _normalised(metric, values, log_z, bounds, n_samples, where):
    """Result of unnormalised log probabilities and a log Z."""
    mean, standard_error = mean_and_standard_error(values, "the log probability")
    kind = next(kind for kind in bounds if log_z.bound.startswith(kind))
    bound = bounds[kind]
    condition = log_z.bound.partition(", if ")[2]
    if condition:
        bound += f", if {condition}"
    interval = None
    if log_z.interval is not None:
        low, high = log_z.interval
        interval = (mean - high, mean - low)
    return Result(
        metric=metric,
        value=mean - log_z.value,
        unit="nats per example",
        bound=bound,
        standard_error=standard_error,
        n=len(values),
        n_samples=n_samples,
        interval=interval,
        terms={"unnormalised": mean, "log_z": log_z.value},
        **where,
    )


def _batches(x, size):
    size = whole_number(size, "examples at once, batch_size,")
    return (x[start : start + size] for start in range(0, len(x), size))
