"""Bits per dimension: how many bits a model needs for one number of an example.

``-log2 P(x) / dim`` of the probability of the grey levels themselves. A model of densities has
dequantised them (see :mod:`symgen.models.flows.dequantization`); all that its density owes to the way
from levels to the numbers it models, the width of a cell and the slope of a logit, is in its
terms, so that the bits of all models compare.

References
----------
G. Papamakarios, T. Pavlakou, I. Murray (2017). Masked autoregressive flow for density estimation.
NeurIPS. The appendix on bits per pixel: from a density of logits to them.
L. Theis, A. van den Oord, M. Bethge (2016). A note on the evaluation of generative models. ICLR.
Section 3.1: uniform noise bounds the probability.
Y. Burda, R. Grosse, R. Salakhutdinov (2016). Importance weighted autoencoders. ICLR. Theorem 1: more
draws tighten the bound.
"""

import numpy as np
from scipy.special import logsumexp

from symgen.errors import NotSupportedError, RangeError
from symgen.evaluation.bounds import ExampleTerms
from symgen.evaluation.inputs import (
    check_context,
    check_examples,
    check_same_model,
    check_trained,
    described,
    whole_number,
)
from symgen.evaluation.result import Result, mean_and_standard_error


def bits_per_dimension(
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
    """Mean of ``-log2 P(x) / dim`` over examples of grey levels.

    Of a model with random draws, such as the noise of dequantisation, ``P(x)`` is the mean of
    ``exp(-terms)`` over `n_samples` of them: the bits are an upper bound, and the more draws the
    tighter. Where single draws of the terms are no weights (``draws_are_weights``), the terms
    themselves are averaged.

    Parameters
    ----------
    model
        A :class:`symgen.models.Model` of grey levels (``levels``) or of 0 and 1 (``binary``), whose
        terms are in nats and bound minus ``log P(x)``.
    x : array of shape (n, input_dim)
        Multiples of ``1 / (levels - 1)`` in [0, 1].
    context, batch_size, backend, device, terms, untrained, **where
        See :func:`symgen.evaluation.evaluate`.
    n_samples, seed : int
        Draws for each example, and their seed.

    Returns
    -------
    Result

    Raises
    ------
    NotSupportedError
        For a model whose terms are no bound on a probability of grey levels: a density of real
        numbers has as many bits as its unit of length says.
    RangeError
        For data that are no such levels, or `n_samples` below 1.
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        When `x` is not what the model can take, or a value of an example is not finite.
    UntrainedModelError
        See :func:`symgen.evaluation.evaluate`.
    """
    levels = getattr(model, "levels", None) or (2 if model.binary else None)
    if levels is None or not model.in_nats or model.bound == "none":
        raise NotSupportedError(
            "a model of grey levels, with levels=, whose cost bounds their log probability",
            repr(model),
            "Build it with levels=, or use evaluate, which gives nats.",
        )
    n_samples = whole_number(n_samples, "draws, n_samples,", remedy="Ask for one draw or more.")
    check_same_model(terms, model, "terms")
    check_trained(model, untrained)
    x = check_examples(model, x)
    _check_levels(x, levels)
    context = check_context(model, context, len(x), "the context of the data")
    compute = terms or ExampleTerms(model, backend, device)
    n_samples = n_samples if compute.is_random else 1
    seeds = np.random.SeedSequence(seed).generate_state(n_samples)
    draws = []
    for s in seeds:
        by_name = compute(x, context, seed=int(s), batch_size=batch_size)
        draws.append(-sum(by_name[name] for name in model.metric_terms or by_name))
    if model.draws_are_weights:
        log_prob = logsumexp(draws, axis=0) - np.log(n_samples)
    else:
        log_prob = np.mean(draws, axis=0)
    value, standard_error = mean_and_standard_error(
        -log_prob / (model.input_dim * np.log(2)), "the bits"
    )
    is_exact = model.bound == "exact" and not compute.is_random
    return Result(
        metric="bits per dimension",
        value=value,
        unit="bits per dimension",
        bound="exact" if is_exact else "upper bound",
        standard_error=standard_error,
        n=len(x),
        n_samples=n_samples,
        **described(x, where),
    )


def _check_levels(x, levels):
    k = x.astype("float64") * (levels - 1)
    off = abs(k - np.round(k)).max()
    if off > 1e-3:
        raise RangeError(
            f"grey levels: multiples of 1/{levels - 1}",
            f"values up to {off / (levels - 1):.3g} away from them",
            "Evaluate on data of as many levels as the model was built for.",
        )
