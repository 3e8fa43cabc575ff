"""log p(x) of latent-variable models by importance sampling, and the bounds on the way to it.

With draws ``z_i`` of the approximate posterior and weights ``w_i = p(x, z_i) / q(z_i | x)`` the mean
of k weights estimates p(x) without bias. Its logarithm is too low in expectation, by about
``Var(w) / (2 k E(w)^2)``, and comes nearer with every k: ``ELBO <= IWAE-k <= IWAE-K <= log p(x)``.

References
----------
Y. Burda, R. Grosse, R. Salakhutdinov (2016). Importance weighted autoencoders. Equation 8 and
theorem 1; log p(x) by 5000 draws in section 5.
"""

import math

import numpy as np
import pytensor
import pytensor.tensor as pt
from scipy.special import logsumexp

from symgen import backends
from symgen.errors import NotSupportedError, RangeError
from symgen.evaluation.inputs import (
    bound_on,
    check_context,
    check_examples,
    check_trained,
    described,
    whole_number,
)
from symgen.evaluation.result import Result, mean_and_standard_error
from symgen.random import RandomStreams

_AT_ONCE = 10_000  # rows of the decoder's minibatch, about


class LogWeights:
    """Logarithms of a model's importance weights, compiled once and called on many arrays.

    Parameters
    ----------
    model
        Has ``log_weights(x, srng, k)``, ``input_dim``, ``value_range``, ``dtype``, ``context_dim``.
    draws : int
        Draws for each example in one call of the compiled function.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    """

    def __init__(self, model, draws, backend=None, device=None):
        if not hasattr(model, "log_weights"):
            raise NotSupportedError(
                "a latent-variable model, with log_weights(x, srng, k)",
                type(model).__name__,
                "Use its log_prob(x), or symgen.evaluation.evaluate.",
            )
        self.model, self.draws = model, draws
        self._srng = RandomStreams(0)
        inputs = [pt.matrix("x", dtype=model.dtype, shape=(None, model.input_dim))]
        if model.context_dim:
            shape = (None, model.context_dim)
            inputs.append(pt.matrix("context", dtype=model.dtype, shape=shape))
        self._compute = pytensor.function(
            inputs,
            model.log_weights(inputs[0], self._srng, draws, *inputs[1:]),
            updates=self._srng.updates,
            mode=backends.select(backend, device),
        )

    def __call__(self, x, context=None, *, k, seed=0):
        """Yield (rows, log weights of shape (rows, k) in float64) for all rows of `x`, in order."""
        self._srng.seed(seed)
        step = max(1, _AT_ONCE // self.draws)
        for start in range(0, len(x), step):
            rows = slice(start, min(start + step, len(x)))
            given = [array[rows] for array in (x, context) if array is not None]
            parts = [self._compute(*given) for _ in range(-(-k // self.draws))]
            yield rows, np.concatenate(parts, axis=1)[:, :k].astype("float64")


def iwae_curve(
    model,
    x,
    ks=(1, 5, 50, 500),
    *,
    context=None,
    seed=0,
    backend=None,
    device=None,
    untrained=False,
    **where,
):
    """The importance-weighted bound at each of `ks`, all made of the same draws.

    The ``max(ks)`` draws of an example are cut into groups of k, whose bounds are averaged: so the
    curve rises with k for each example, whatever the draws, and its small k have little noise.

    Parameters
    ----------
    model
        See :class:`LogWeights`.
    x : array of shape (n, input_dim)
    ks : sequence of int
        Each must divide the greatest.
    context : array of shape (n, context_dim), where the model has a context
    seed : int
        Seed of the draws.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    untrained : bool
        See :func:`symgen.evaluation.evaluate`.
    **where
        ``dataset``, ``split``, ``dataset_hash``, ``binarization`` for the results.

    Returns
    -------
    list of Result
        In the order of `ks`; ``details`` as :func:`importance_log_prob` says.

    Raises
    ------
    RangeError
        When a k is below 1 or does not divide the greatest.
    ShapeError, DtypeError, RangeError, NonFiniteError, EmptyDataError
        When `x` is not what the model can take, or a weight of an example is not finite.
    NotSupportedError
        For a model without ``log_weights``.
    UntrainedModelError
        See :func:`symgen.evaluation.evaluate`.
    """
    ks = [whole_number(k, "draws, k,", remedy="Take 50 draws or more.") for k in ks]
    most = max(ks, default=0)
    if not ks:
        raise RangeError("at least one number of draws in ks", "none", "Give ks=(1, 50), say.")
    if any(most % k for k in ks):
        raise RangeError(
            f"numbers of draws that divide the greatest, {most}",
            ", ".join(map(str, ks)),
            "Choose for example 1, 5, 50, 500.",
        )
    check_trained(model, untrained)
    x = check_examples(model, x)
    context = check_context(model, context, len(x), "the context of the data")
    compute = LogWeights(model, min(most, 50), backend, device)
    bounds = {k: np.empty(len(x)) for k in ks}
    spread, effective = np.empty(len(x)), np.empty(len(x))
    for rows, log_w in compute(x, context, k=most, seed=seed):
        for k in ks:
            groups = log_w.reshape(len(log_w), -1, k)
            bounds[k][rows] = (logsumexp(groups, axis=2) - np.log(k)).mean(axis=1)
        relative = np.exp(log_w - logsumexp(log_w, axis=1, keepdims=True))  # they sum to 1
        spread[rows] = np.maximum((relative**2).sum(axis=1) - 1 / most, 0)
        effective[rows] = 1 / (relative**2).sum(axis=1)
    details = {
        "monte_carlo_error": float(np.sqrt(spread.sum()) / len(x)),
        "bias": float(-spread.mean() / 2),
        "least_effective_draws": float(effective.min()),
    }
    results, where = [], described(x, where)
    for k in ks:
        value, error = mean_and_standard_error(bounds[k], f"the bound at k = {k}")
        results.append(
            Result(
                metric=f"IWAE bound, k = {k}",
                value=value,
                unit="nats per example",
                bound=bound_on(model, x),
                standard_error=error,
                n=len(x),
                n_samples=most,
                details=details if k == most else {},
                **where,
            )
        )
    return results


def importance_log_prob(model, x, k=5000, **options):
    """log p(x) estimated by `k` draws of the posterior, averaged over the examples.

    Parameters
    ----------
    model, x, **options
        See :func:`iwae_curve`.
    k : int
        Draws for each example.

    Returns
    -------
    Result
        Its value is a lower bound on log p(x) in expectation. ``details`` holds
        ``monte_carlo_error``, the standard error of the value that comes from the draws alone
        (delta method); ``bias``, how far the value lies below log p(x) in expectation, to first
        order in 1 / k; and ``least_effective_draws``, the smallest effective number of draws of an
        example, ``(sum w)^2 / sum w^2``: where it is a few, q misses part of the posterior, and the
        value may be lower than `bias` tells. ``interval`` is the value less its bias and plus or
        minus 1.96 standard errors, of the examples and of the draws together; of one example there is none.

    Raises
    ------
    Those of :func:`iwae_curve`.
    """
    (result,) = iwae_curve(model, x, [k], **options)
    centre = result.value - result.details["bias"]
    interval = None
    if result.standard_error is not None:
        half = 1.96 * math.hypot(result.standard_error, result.details["monte_carlo_error"])
        interval = (centre - half, centre + half)
    return Result(
        **{
            **result.as_dict(),
            "metric": f"log p(x) by importance sampling, k = {k}",
            "bound": result.bound.replace("log p(x)", "log p(x) in expectation", 1),
            "interval": interval,
        }
    )
