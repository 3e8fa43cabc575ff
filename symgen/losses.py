"""Losses, log-densities and divergences, in nats, one value per example.

The first axis of every argument counts the examples; all others are summed over (or averaged, for
``mean_squared_error``), so that ``(batch, features)`` gives ``(batch,)``. The caller reduces, as in
``gaussian_kl(mu, log_var).mean()``. A vector ``(batch,)`` is one feature per example.

The result has the dtype of what a model made (``logits``, ``mu``, ``log_var``, ``prediction``):
data of another dtype, such as ``uint8`` pixels or ``int64`` labels, are cast to it.

Common errors
-------------
ShapeError
    A scalar, or arguments whose numbers of dimensions or known lengths differ: nothing is
    broadcast.
DtypeError
    A model's output of an integer or boolean dtype.
"""

import numpy as np
import pytensor.tensor as pt

from symgen.errors import DtypeError, ShapeError


def binary_cross_entropy_with_logits(logits, targets):
    """Cross-entropy of Bernoulli variables given by their logits.

    ``sum_i softplus(l_i) - t_i l_i``, which is ``-sum_i [t_i log p_i + (1 - t_i) log(1 - p_i)]``
    with ``p = sigmoid(l)``. Finite for all finite logits; its gradient is ``sigmoid(l) - t``.

    Parameters
    ----------
    logits : variable, shape (batch, ...), floating
        Any real numbers.
    targets : variable, shape of ``logits``
        In [0, 1].

    Returns
    -------
    variable, shape (batch,), dtype of ``logits``
        Nats per example, >= 0 but for rounding.

    Raises
    ------
    See the module.

    References
    ----------
    D. P. Kingma and M. Welling (2014). Auto-encoding variational Bayes. ICLR. Equation (11),
    the Bernoulli decoder, with the sign turned.
    """
    logits, targets = _checked({"logits": logits}, {"targets": targets})
    return _per_example(pt.softplus(logits) - targets * logits)


def binary_cross_entropy(probabilities, targets):
    """Cross-entropy of Bernoulli variables given by their probabilities.

    ``-sum_i [t_i log p_i + (1 - t_i) log(1 - p_i)]``, with ``p`` first cut to ``[eps, 1 - eps]``
    where ``eps`` is the spacing of the dtype at 1 (1.2e-7 in float32). So at ``p = 0`` and
    ``p = 1`` an element costs at most ``-log(eps)`` (15.9 nats in float32), and its gradient is
    finite; outside the cut, for example where a sigmoid is saturated, it is 0 and the model no
    longer learns from that element. Prefer :func:`binary_cross_entropy_with_logits`.

    Parameters
    ----------
    probabilities : variable, shape (batch, ...), floating
        In [0, 1].
    targets : variable, shape of ``probabilities``
        In [0, 1].

    Returns
    -------
    variable, shape (batch,), dtype of ``probabilities``
        Nats per example.

    Raises
    ------
    See the module.

    References
    ----------
    Kingma and Welling (2014), equation (11), with the sign turned.
    """
    p, targets = _checked({"probabilities": probabilities}, {"targets": targets})
    eps = np.finfo(p.dtype).eps
    p = pt.clip(p, _like(eps, p), _like(1 - eps, p))
    one = _like(1, p)
    return -_per_example(targets * pt.log(p) + (one - targets) * pt.log1p(-p))


def bernoulli_log_prob(x, logits):
    """Log-probability of binary ``x``: ``sum_i x_i l_i - softplus(l_i)``.

    The negative of :func:`binary_cross_entropy_with_logits`, with data first.

    Parameters
    ----------
    x : variable, shape (batch, ...)
        0 or 1; between them the value is a relative one, not a log-probability.
    logits : variable, shape of ``x``, floating

    Returns
    -------
    variable, shape (batch,), dtype of ``logits``
    """
    return -binary_cross_entropy_with_logits(logits, x)


def gaussian_log_prob(x, mu, log_var):
    """Log-density of a Gaussian with diagonal covariance.

    ``-sum_i [log(2 pi) + log_var_i + (x_i - mu_i)^2 exp(-log_var_i)] / 2``.

    Parameters
    ----------
    x : variable, shape (batch, ...)
    mu, log_var : variables, shape of ``x``, floating
        Mean and natural logarithm of the variance.

    Returns
    -------
    variable, shape (batch,), dtype of ``mu``
        Nats per example.

    Raises
    ------
    See the module.

    References
    ----------
    Kingma and Welling (2014), equation (12).
    """
    mu, log_var, x = _checked({"mu": mu, "log_var": log_var}, {"x": x})
    log_2pi = _like(np.log(2 * np.pi), mu)
    return _half(_per_example(log_2pi + log_var + pt.sqr(x - mu) * pt.exp(-log_var)), -0.5)


def squared_error(prediction, targets):
    """Squared error, summed over the features: ``sum_i (y_i - t_i)^2``.

    Parameters
    ----------
    prediction : variable, shape (batch, ...), floating
    targets : variable, shape of ``prediction``

    Returns
    -------
    variable, shape (batch,), dtype of ``prediction``

    Raises
    ------
    See the module.
    """
    prediction, targets = _checked({"prediction": prediction}, {"targets": targets})
    return _per_example(pt.sqr(prediction - targets))


def mean_squared_error(prediction, targets):
    """Squared error, averaged over the features: ``(1 / n) sum_i (y_i - t_i)^2``.

    Its mean over the batch is the mean over all elements. Parameters, returns and errors are those
    of :func:`squared_error`.
    """
    prediction, targets = _checked({"prediction": prediction}, {"targets": targets})
    error = pt.sqr(prediction - targets)
    return error if error.ndim == 1 else error.mean(axis=tuple(range(1, error.ndim)))


def gaussian_kl(mu, log_var):
    """Divergence of a diagonal Gaussian from the standard normal: ``KL(N(mu, s^2) || N(0, 1))``.

    ``sum_i [mu_i^2 + exp(log_var_i) - 1 - log_var_i] / 2``.

    Parameters
    ----------
    mu, log_var : variables, shape (batch, ...), floating
        Mean and natural logarithm of the variance ``s^2``.

    Returns
    -------
    variable, shape (batch,), dtype of ``mu``
        Nats per example, >= 0.

    Raises
    ------
    See the module.

    References
    ----------
    Kingma and Welling (2014), equation (10) and appendix B.
    """
    mu, log_var = _checked({"mu": mu, "log_var": log_var}, {})
    # expm1 keeps the small difference exp(log_var) - 1 - log_var near log_var = 0.
    return _half(_per_example(pt.sqr(mu) + (pt.expm1(log_var) - log_var)))


def gaussian_kl_between(mu_q, log_var_q, mu_p, log_var_p):
    """Divergence of one diagonal Gaussian from another: ``KL(N(mu_q, s_q^2) || N(mu_p, s_p^2))``.

    ``sum_i [d_i' - 1 - log d_i' + (mu_q_i - mu_p_i)^2 exp(-log_var_p_i)] / 2`` with the ratio of
    variances ``d_i' = exp(log_var_q_i - log_var_p_i)``.

    Parameters
    ----------
    mu_q, log_var_q, mu_p, log_var_p : variables, shape (batch, ...), floating

    Returns
    -------
    variable, shape (batch,), dtype of the arguments
        Nats per example, >= 0.

    Raises
    ------
    See the module.

    References
    ----------
    J. R. Hershey and P. A. Olsen (2007). Approximating the Kullback Leibler divergence between
    Gaussian mixture models. ICASSP. The closed form for two Gaussians, with diagonal covariance.
    """
    mu_q, log_var_q, mu_p, log_var_p = _checked(
        {"mu_q": mu_q, "log_var_q": log_var_q, "mu_p": mu_p, "log_var_p": log_var_p}, {}
    )
    log_ratio = log_var_q - log_var_p
    distance = pt.sqr(mu_q - mu_p) * pt.exp(-log_var_p)
    return _half(_per_example((pt.expm1(log_ratio) - log_ratio) + distance))


def _per_example(elements):
    """Sum over all axes but the first, in the dtype of the elements."""
    if elements.ndim == 1:
        return elements
    return elements.sum(axis=tuple(range(1, elements.ndim)))


def _half(value, factor=0.5):
    return _like(factor, value) * value


def _like(value, x):
    """A number as a constant in the dtype of ``x``."""
    return pt.constant(np.asarray(value, dtype=x.dtype))


def _checked(outputs, data):
    """Check dicts of a model's outputs and of data by name; return both as variables.

    The outputs keep their dtype, the data get that of the first output.
    """
    arguments = {name: pt.as_tensor_variable(x) for name, x in (outputs | data).items()}
    first = next(iter(arguments))
    leader = arguments[first]
    for name, x in arguments.items():
        if x.ndim == 0 or x.ndim != leader.ndim:
            raise ShapeError(
                expected=f"{name} of shape (batch, ...), as many dimensions as {first}",
                got=f"{x.type} and {leader.type}",
                remedy="Give every argument the batch as its first axis.",
            )
        known = zip(x.type.shape, leader.type.shape)
        if any(a is not None and b is not None and a != b for a, b in known):
            raise ShapeError(
                expected=f"{name} of the shape of {first}, {leader.type.shape}",
                got=f"{x.type.shape}",
                remedy="Reshape or broadcast it before the loss.",
            )
        if name in outputs and (
            not np.issubdtype(x.dtype, np.floating) or x.dtype != leader.dtype
        ):
            raise DtypeError(
                expected=f"{name} of a floating dtype, the same as {first}",
                got=f"{x.dtype} and {leader.dtype}",
                remedy="Cast it, for example with .astype('float32').",
            )
    return [x if name in outputs else x.astype(leader.dtype) for name, x in arguments.items()]
