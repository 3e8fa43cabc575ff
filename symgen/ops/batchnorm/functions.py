"""Batch normalisation as Theano spelled it: training, prediction, and by given statistics."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.ops.batchnorm.op import BatchNormTrain, _count

SMALLEST_EPSILON = 1e-5


def batch_normalization_train(
    inputs,
    gamma,
    beta,
    axes="per-activation",
    epsilon=1e-4,
    running_average_factor=0.1,
    running_mean=None,
    running_var=None,
):
    """Normalise a batch by its own mean and variance, and shift and scale it.

    ``out = (inputs - mean) * invstd * gamma + beta`` with
    ``invstd = 1 / sqrt(var + epsilon)``; `mean` and `var` (the biased one) over `axes`. With
    ``n`` numbers in each mean and ``f`` the factor, the running statistics become

    - ``running_mean (1 - f) + mean f``,
    - ``running_var (1 - f) + n / (n - 1) var f``, the unbiased variance; NaN where n is 1.

    Parameters
    ----------
    inputs : variable, any shape
        Float32 or float64; an integer becomes floatX. Parameters of another dtype are cast
        together with it to the wider one.
    gamma, beta : variables
        Of as many dimensions as `inputs`, with length 1 in `axes`; or without these axes.
    axes : {"per-activation", "spatial"} or tuple of int
        What the statistics are taken over: axis 0; all but axis 1; or those given.
    epsilon : float >= 1e-5
    running_average_factor : float in [0, 1] or scalar variable
    running_mean, running_var : variables like `gamma`, optional
        Both or neither.

    Returns
    -------
    tuple of variables
        ``(out, mean, invstd)``, followed by the new ``(running_mean, running_var)`` where they are
        given; all but `out` of the shape of `gamma`, the running ones of the dtype they have. The
        gradient flows through all of them.

    Raises
    ------
    ShapeError
        For axes that are not there, or parameters with another number of dimensions.
    RangeError
        For an `epsilon` below 1e-5, or one of the running statistics without the other.
    DtypeError
        For a dtype that is no real number, or float16.

    References
    ----------
    S. Ioffe, C. Szegedy (2015). Batch normalization: accelerating deep network training by
    reducing internal covariate shift. Algorithms 1 and 2.

    Examples
    --------
    >>> import pytensor.tensor as pt
    >>> x, gamma, beta = pt.tensor4("x"), pt.vector("gamma"), pt.vector("beta")
    >>> out, mean, invstd = batch_normalization_train(x, gamma, beta, axes="spatial")
    >>> out.ndim, mean.ndim
    (4, 1)
    """
    given = [inputs, gamma, beta]
    if (running_mean is None) != (running_var is None):
        raise RangeError(
            "running_mean and running_var both, or neither",
            "one of them",
            "Pass shared variables for both, with their new values as updates.",
        )
    running = [] if running_mean is None else [running_mean, running_var]
    given, running = [[pt.as_tensor_variable(v) for v in vs] for vs in (given, running)]
    epsilon = _checked_epsilon(epsilon)
    axes = _normalised_axes(axes, given[0].type.ndim)
    inputs, gamma, beta = _to_common_float(given)
    ndim = inputs.type.ndim
    kept = [k for k in range(ndim) if k not in axes]
    full = _checked_params([gamma, beta, *running], ndim, kept)
    if full:
        gamma, beta, *running = [_without(axes, param) for param in (gamma, beta, *running)]

    order = list(range(ndim))
    if kept != list(range(kept[0], kept[-1] + 1) if kept else []):
        order = [*axes, *kept]  # the Op takes kept axes side by side
    first = order.index(kept[0]) if kept else 0
    moved = inputs if order == sorted(order) else inputs.dimshuffle(order)
    out, mean, var = BatchNormTrain(first, first + len(kept), epsilon)(moved, gamma, beta)
    if moved is not inputs:
        out = out.dimshuffle([order.index(k) for k in range(ndim)])
    invstd = 1 / pt.sqrt(var + np.asarray(epsilon, var.type.dtype))
    results = [mean, invstd]
    if running:
        n = _count(inputs, axes)
        results.append(_moved(running[0], mean, running_average_factor))
        results.append(_moved(running[1], n / (n - 1) * var, running_average_factor))
    if full:
        results = [_with(axes, ndim, result) for result in results]
    return (out, *results)


def batch_normalization_test(
    inputs, gamma, beta, mean, var, axes="per-activation", epsilon=1e-4
):
    """Normalise by a given mean and variance, for example the running ones.

    ``out = (inputs - mean) * gamma / sqrt(var + epsilon) + beta``.

    Parameters
    ----------
    inputs, gamma, beta, axes, epsilon
        As for :func:`batch_normalization_train`.
    mean, var : variables like `gamma`

    Returns
    -------
    variable of the shape of `inputs`

    Raises
    ------
    ShapeError, RangeError, DtypeError
        As :func:`batch_normalization_train`.
    """
    epsilon = _checked_epsilon(epsilon)
    given = [pt.as_tensor_variable(v) for v in (inputs, gamma, beta, mean, var)]
    ndim = given[0].type.ndim
    axes = _normalised_axes(axes, ndim)
    inputs, *params = _to_common_float(given)
    kept = [k for k in range(ndim) if k not in axes]
    if _checked_params(params, ndim, kept):
        params = [_without(axes, param) for param in params]
    gamma, beta, mean, var = [_with(axes, ndim, param) for param in params]
    return (inputs - mean) * (gamma / pt.sqrt(var + np.asarray(epsilon, var.type.dtype))) + beta


def batch_normalization(inputs, gamma, beta, mean, std, mode="low_mem"):
    """Normalise by a given mean and standard deviation, which may be those of the batch.

    ``out = (inputs - mean) * gamma / std + beta``, each broadcast against the others; the gradient
    flows to all.

    Parameters
    ----------
    inputs, gamma, beta, mean, std : variables
    mode : {"low_mem", "high_mem"}
        Theano's choice between recomputing and keeping the normalised inputs. The graph is the
        same for both here: the backend decides what it keeps.

    Returns
    -------
    variable

    Raises
    ------
    RangeError
        For another `mode`.
    """
    if mode not in ("low_mem", "high_mem"):
        raise RangeError("'low_mem' or 'high_mem'", repr(mode), "Leave mode= out.")
    given = [pt.as_tensor_variable(v) for v in (inputs, gamma, beta, mean, std)]
    inputs, gamma, beta, mean, std = _to_common_float(given)
    return (inputs - mean) * (gamma / std) + beta


def _moved(running, value, factor):
    """``running (1 - factor) + value factor`` in the dtype of `running`."""
    dtype = running.type.dtype
    factor = pt.cast(factor, dtype)
    return running * (np.asarray(1, dtype) - factor) + pt.cast(value, dtype) * factor


def _checked_epsilon(epsilon):
    try:
        epsilon = float(epsilon)
    except TypeError as error:
        raise DtypeError("epsilon as a number", f"{epsilon}", "Pass a float.") from error
    if not epsilon >= SMALLEST_EPSILON:
        raise RangeError(f"epsilon >= {SMALLEST_EPSILON}", f"{epsilon}", "Pass 1e-4, the default.")
    return epsilon


def _normalised_axes(axes, ndim):
    remedy = "Pass 'per-activation', 'spatial' or a tuple of axes of the inputs."
    if isinstance(axes, str):
        found = {"per-activation": (0,), "spatial": (0, *range(2, ndim))}.get(axes)
    else:
        found = tuple(sorted(int(axis) for axis in axes))
    if not found:
        raise ShapeError("at least one axis to normalise over", repr(axes), remedy)
    if found[0] < 0 or found[-1] >= ndim or len(set(found)) < len(found):
        raise ShapeError(f"axes from 0 to {ndim - 1}, each once", repr(axes), remedy)
    return found


def _to_common_float(variables):
    dtype = str(np.result_type(*(v.type.dtype for v in variables)))
    if np.dtype(dtype).kind in "iub":
        dtype = pytensor.config.floatX
    if dtype not in ("float32", "float64"):
        raise DtypeError("float32 or float64", dtype, "Cast the inputs.")
    return [pt.cast(v, dtype) for v in variables]


def _checked_params(params, ndim, kept):
    """Whether the parameters have all the dimensions of the inputs (and not only the kept ones)."""
    wanted = ndim if params[0].type.ndim == ndim else len(kept)
    for param in params:
        if param.type.ndim != wanted:
            raise ShapeError(
                f"parameters that all have {ndim} dimensions, or all {len(kept)} (those that are "
                "not normalised over)",
                ", ".join(str(p.type.ndim) for p in params),
                "Reshape gamma, beta and the statistics.",
            )
    return wanted == ndim


def _without(axes, param):
    """`param` without `axes`, in which its length is 1."""
    known = [1 if k in axes else n for k, n in enumerate(param.type.shape)]
    if known != list(param.type.shape):
        param = pt.specify_shape(param, known)
    return param.dimshuffle([k for k in range(param.type.ndim) if k not in axes])


def _with(axes, ndim, param):
    """`param` with an axis of length 1 at each of `axes`."""
    places = iter(range(param.type.ndim))
    return param.dimshuffle(["x" if k in axes else next(places) for k in range(ndim)])
