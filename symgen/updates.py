"""Update rules: from a loss to a dict of new values for the parameters.

Every rule is called as ``rule(loss_or_grads, params, learning_rate=..., ...)`` and returns an
``OrderedDict`` of ``{shared variable: its new value}`` for ``pytensor.function(updates=...)``.
What a rule remembers between steps lives in shared variables of its own, which are keys of that
dict as well.

Common parameters
-----------------
loss_or_grads : scalar variable, or list of variables
    The loss to minimise, or its gradients, one for each parameter in their order.
params : list of shared variables
    Of a floating dtype. State and step keep the dtype and the static shape of the parameter,
    whatever the dtype of the learning rate and whatever ``pytensor.config.floatX``.
learning_rate : float >= 0, or scalar variable of a floating dtype
    A shared scalar can be changed while training (:mod:`symgen.schedules`).

Names of the state
------------------
A state variable is called ``<parameter>.<rule>.<slot>``, for example ``encoder.W.adam.m``; a step
counter ``<name>.t``, for example ``adam.t``, where ``name=`` tells two calls of a rule in one
program apart. A parameter that has no name, or whose name came earlier in the list, goes by
its position: ``param3``.

Common errors
-------------
ShapeError
    The loss is not a scalar, the learning rate is not a scalar, or there are more or fewer
    gradients than parameters.
DtypeError
    The loss or a parameter is not of a floating dtype, or a parameter is not a shared variable.
RangeError
    A negative learning rate or another number outside its range.
SettingsError
    No parameters, or the same one twice.
DisconnectedParameterError
    The loss does not depend on some of the parameters; the message names them.

In the formulas ``g`` is the gradient, ``theta`` the parameter, ``t`` counts steps from 1, and
``<-`` gives a variable its new value. A state starts at 0.
"""

from collections import OrderedDict
from numbers import Real

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.gradient import DisconnectedInputError
from pytensor.graph.basic import Variable

from symgen.errors import DtypeError, RangeError, SettingsError, ShapeError, SymgenError


class DisconnectedParameterError(SymgenError, DisconnectedInputError):
    """Parameters that the loss does not depend on."""


# ---------------------------------------------------------------------------- gradients


def gradients(loss_or_grads, params):
    """Gradients of a loss, or the given gradients, checked, each in its parameter's dtype.

    Parameters
    ----------
    loss_or_grads, params
        See the module's common parameters.

    Returns
    -------
    list of variables
        ``d loss / d params[i]``, of the shape and dtype of ``params[i]``.

    Raises
    ------
    See the module's common errors.
    """
    params = _checked_params(params)
    if isinstance(loss_or_grads, list | tuple):
        if len(loss_or_grads) != len(params):
            raise ShapeError(
                expected=f"one gradient for each of the {len(params)} parameters",
                got=f"{len(loss_or_grads)} gradients",
                remedy="Pass gradients and parameters in the same order, or pass the loss.",
            )
        grads = [_checked_grad(*pair) for pair in zip(loss_or_grads, params)]
    else:
        grads = _gradients_of_loss(loss_or_grads, params)
    return [grad.astype(param.dtype) for grad, param in zip(grads, params)]


def _gradients_of_loss(loss, params):
    if not isinstance(loss, Variable) or not np.issubdtype(
        getattr(loss.type, "dtype", "object"), np.floating
    ):
        raise DtypeError(
            expected="a loss that is a symbolic scalar of a floating dtype, or a list of gradients",
            got=f"{getattr(loss, 'type', type(loss).__name__)}",
            remedy="Build the loss from PyTensor variables.",
        )
    if loss.type.ndim != 0:
        raise ShapeError(
            expected="a scalar loss",
            got=f"{loss.type}, which has {loss.type.ndim} dimensions",
            remedy="Reduce it, for example with loss.mean().",
        )
    grads = pytensor.grad(
        loss, params, disconnected_inputs="ignore", return_disconnected="none"
    )
    missing = [
        f"{_position_name(i)} ({param})" if param.name is None else param.name
        for i, (param, grad) in enumerate(zip(params, grads))
        if grad is None
    ]
    if missing:
        raise DisconnectedParameterError(
            expected="a loss that depends on every parameter",
            got=f"a loss that does not depend on {', '.join(missing)}",
            remedy="Leave these parameters out, or use them in the loss.",
        )
    return grads


def _checked_grad(grad, param):
    remedy = "Pass gradients and parameters in the same order."
    if isinstance(grad, np.ndarray):
        grad = pt.as_tensor_variable(grad)
    if not isinstance(grad, Variable) or not np.issubdtype(
        getattr(grad.type, "dtype", "object"), np.floating
    ):
        got = getattr(grad, "type", type(grad).__name__)
        raise DtypeError(expected=f"a floating gradient for {param}", got=f"{got}", remedy=remedy)
    if grad.type.ndim != param.type.ndim:
        raise ShapeError(
            expected=f"a gradient like {param} ({param.type})", got=f"{grad.type}", remedy=remedy
        )
    return grad


def clip_by_value(grads, limit):
    """Cut every element of the gradients to ``[-limit, limit]``; NaN stays NaN.

    Parameters
    ----------
    grads : list of variables
    limit : float > 0, or scalar variable

    Returns
    -------
    list of variables
        Of the same shapes and dtypes.

    Raises
    ------
    RangeError
        When ``limit`` is not positive.

    Examples
    --------
    >>> grads = clip_by_value(gradients(loss, params), 5.0)     # doctest: +SKIP
    >>> updates = adam(grads, params)                           # doctest: +SKIP
    """
    limit = _number(limit, "limit", positive=True)
    return [pt.clip(grad, _cast(-limit, grad.dtype), _cast(limit, grad.dtype)) for grad in grads]


def clip_by_global_norm(grads, max_norm, return_norm=False):
    """Scale all gradients by one factor so that their joint norm is at most ``max_norm``.

    ``g_i <- g_i max_norm / max(norm, max_norm)`` with ``norm = sqrt(sum_i sum g_i^2)``: smaller
    gradients pass unchanged. A NaN or infinity in any gradient makes the norm so too.

    Parameters
    ----------
    grads : list of variables
    max_norm : float > 0, or scalar variable
    return_norm : bool
        Also return the norm before clipping.

    Returns
    -------
    list of variables, or (list of variables, scalar variable)
        Of the same shapes and dtypes; the norm is of the widest of these dtypes.

    Raises
    ------
    RangeError
        When ``max_norm`` is not positive.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio (2013). On the difficulty of training recurrent neural
    networks. ICML. Algorithm 1.
    """
    max_norm = _number(max_norm, "max_norm", positive=True)
    norm = pt.sqrt(sum(pt.sqr(grad).sum() for grad in grads))
    bound = _cast(max_norm, norm.dtype)
    scale = bound / pt.maximum(norm, bound)
    clipped = [grad * scale.astype(grad.dtype) for grad in grads]
    return (clipped, norm) if return_norm else clipped


def add_weight_decay(grads, params, weight_decay):
    """Gradients with that of ``weight_decay / 2`` times the sum of squared weights added.

    ``g <- g + weight_decay theta`` for the weights, parameters of two axes or more; biases and other
    vectors and scalars keep their gradient. The step is then as if the loss had that term, so that a
    rule with momentum, or one that divides by the size of gradients, sees it too; :func:`adamw`
    has decay beside the rule.

    Parameters
    ----------
    grads : list of variables
    params : list of shared variables
        Theirs, in the same order.
    weight_decay : float >= 0, or scalar variable

    Returns
    -------
    list of variables
        Of the same shapes and dtypes.

    Raises
    ------
    RangeError
        When ``weight_decay`` is negative.

    Examples
    --------
    >>> grads = add_weight_decay(gradients(loss, params), params, 0.0002)     # doctest: +SKIP
    >>> updates = momentum(grads, params)                                     # doctest: +SKIP

    References
    ----------
    G. Hinton (2010). A practical guide to training restricted Boltzmann machines. Section 10.
    """
    weight_decay = _number(weight_decay, "weight_decay")
    return [
        grad + _cast(weight_decay, param.dtype) * param if param.type.ndim > 1 else grad
        for param, grad in zip(params, gradients(grads, params), strict=True)
    ]


# ------------------------------------------------------------------------ from dict to dict


def apply_momentum(updates, params=None, momentum=0.9):
    """Add momentum to any updates.

    ``v <- momentum v + (new - theta)``, ``theta <- theta + v``, where ``new`` is the value that
    ``updates`` would give ``theta``.

    Parameters
    ----------
    updates : dict of {shared variable: variable}
        What a rule returned.
    params : list of shared variables, optional
        Keys of ``updates`` that get momentum. By default all of a floating dtype that are not
        the state of a rule.
    momentum : float in [0, 1), or scalar variable

    Returns
    -------
    OrderedDict
        A new dict; ``updates`` is left as it was. State: ``<parameter>.momentum.velocity``.

    Raises
    ------
    RangeError
        When ``momentum`` is outside its range.
    SettingsError
        When one of ``params`` is not a key of ``updates``.

    References
    ----------
    B. T. Polyak (1964). Some methods of speeding up the convergence of iteration methods.
    I. Sutskever, J. Martens, G. Dahl and G. Hinton (2013). On the importance of initialization
    and momentum in deep learning. ICML. Equations (1) and (2).
    """
    momentum = _number(momentum, "momentum", below=1.0)
    result = OrderedDict(updates)
    for param, name in _named_keys(updates, params):
        velocity = _state(param, f"{name}.momentum.velocity")
        step = _cast(momentum, param.dtype) * velocity + (updates[param] - param)
        result[velocity] = step
        result[param] = param + step
    return result


def apply_nesterov_momentum(updates, params=None, momentum=0.9):
    """Add Nesterov's momentum to any updates.

    ``v <- momentum v + (new - theta)``, ``theta <- new + momentum v``: the parameters held are
    those of the look-ahead point, so that the gradient is taken there.

    Parameters and errors are those of :func:`apply_momentum`; state:
    ``<parameter>.nesterov_momentum.velocity``.

    References
    ----------
    Y. Nesterov (1983). A method of solving a convex programming problem with convergence rate
    O(1/k^2).
    Y. Bengio, N. Boulanger-Lewandowski and R. Pascanu (2013). Advances in optimizing recurrent
    networks. ICASSP. Simplified Nesterov momentum, the form used here.
    """
    momentum = _number(momentum, "momentum", below=1.0)
    result = OrderedDict(updates)
    for param, name in _named_keys(updates, params):
        velocity = _state(param, f"{name}.nesterov_momentum.velocity")
        factor = _cast(momentum, param.dtype)
        step = factor * velocity + (updates[param] - param)
        result[velocity] = step
        result[param] = updates[param] + factor * step
    return result


# ------------------------------------------------------------------------------- the rules


def sgd(loss_or_grads, params, learning_rate=0.01):
    """Gradient descent: ``theta <- theta - learning_rate g``.

    See the module for parameters and errors.

    Returns
    -------
    OrderedDict
    """
    learning_rate = _number(learning_rate, "learning_rate")
    updates = OrderedDict()
    for param, _, grad in _each(loss_or_grads, params):
        updates[param] = param - _cast(learning_rate, param.dtype) * grad
    return updates


def momentum(loss_or_grads, params, learning_rate=0.01, momentum=0.9):
    """Gradient descent with momentum.

    ``v <- momentum v - learning_rate g``, ``theta <- theta + v``; that is
    :func:`apply_momentum` of :func:`sgd`.
    """
    return apply_momentum(sgd(loss_or_grads, params, learning_rate), momentum=momentum)


def nesterov_momentum(loss_or_grads, params, learning_rate=0.01, momentum=0.9):
    """Gradient descent with Nesterov's momentum.

    ``v <- momentum v - learning_rate g``, ``theta <- theta + momentum v - learning_rate g``; that
    is :func:`apply_nesterov_momentum` of :func:`sgd`.
    """
    return apply_nesterov_momentum(sgd(loss_or_grads, params, learning_rate), momentum=momentum)


def adagrad(loss_or_grads, params, learning_rate=0.01, epsilon=1e-7):
    """Adagrad: step sizes divided by the root of the sum of all squared gradients.

    ``a <- a + g^2``, ``theta <- theta - learning_rate g / (sqrt(a) + epsilon)``.

    Parameters
    ----------
    epsilon : float > 0, or scalar variable
        Keeps the division finite; outside the root, as in Keras.

    Others, returns and errors: see the module. State: ``a``.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer (2011). Adaptive subgradient methods for online learning and
    stochastic optimization. JMLR 12. The diagonal form of Figure 1.
    """
    learning_rate = _number(learning_rate, "learning_rate")
    epsilon = _number(epsilon, "epsilon", positive=True)
    updates = OrderedDict()
    for param, name, grad in _each(loss_or_grads, params):
        a = _state(param, f"{name}.adagrad.a")
        a_new = updates[a] = a + pt.sqr(grad)
        step = grad / (pt.sqrt(a_new) + _cast(epsilon, param.dtype))
        updates[param] = param - _cast(learning_rate, param.dtype) * step
    return updates


def rmsprop(loss_or_grads, params, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """RMSprop: step sizes divided by the root of a moving mean of squared gradients.

    ``a <- rho a + (1 - rho) g^2``, ``theta <- theta - learning_rate g / (sqrt(a) + epsilon)``.
    Defaults and the place of ``epsilon`` are those of Keras.

    Parameters
    ----------
    rho : float in [0, 1), or scalar variable
        Share of the old mean that is kept.
    epsilon : float > 0, or scalar variable

    Others, returns and errors: see the module. State: ``a``.

    References
    ----------
    T. Tieleman and G. Hinton (2012). Lecture 6.5, RMSProp. Coursera: Neural networks for machine
    learning.
    """
    learning_rate = _number(learning_rate, "learning_rate")
    rho = _number(rho, "rho", below=1.0)
    epsilon = _number(epsilon, "epsilon", positive=True)
    updates = OrderedDict()
    for param, name, grad in _each(loss_or_grads, params):
        dtype = param.dtype
        a = _state(param, f"{name}.rmsprop.a")
        a_new = updates[a] = _moving_mean(a, pt.sqr(grad), rho)
        step = grad / (pt.sqrt(a_new) + _cast(epsilon, dtype))
        updates[param] = param - _cast(learning_rate, dtype) * step
    return updates


def adadelta(loss_or_grads, params, learning_rate=1.0, rho=0.95, epsilon=1e-6):
    """Adadelta: steps scaled by the root mean square of earlier steps over that of gradients.

    ``a <- rho a + (1 - rho) g^2``, ``step = g sqrt(d + epsilon) / sqrt(a + epsilon)``,
    ``d <- rho d + (1 - rho) step^2``, ``theta <- theta - learning_rate step``. The paper has no
    learning rate, which is 1 here.

    Parameters
    ----------
    rho : float in [0, 1), or scalar variable
    epsilon : float > 0, or scalar variable

    Others, returns and errors: see the module. State: ``a`` and ``d``.

    References
    ----------
    M. D. Zeiler (2012). ADADELTA: an adaptive learning rate method. arXiv:1212.5701.
    Algorithm 1.
    """
    learning_rate = _number(learning_rate, "learning_rate")
    rho = _number(rho, "rho", below=1.0)
    epsilon = _number(epsilon, "epsilon", positive=True)
    updates = OrderedDict()
    for param, name, grad in _each(loss_or_grads, params):
        dtype = param.dtype
        a = _state(param, f"{name}.adadelta.a")
        d = _state(param, f"{name}.adadelta.d")
        small = _cast(epsilon, dtype)
        a_new = updates[a] = _moving_mean(a, pt.sqr(grad), rho)
        step = grad * pt.sqrt((d + small) / (a_new + small))
        updates[d] = _moving_mean(d, pt.sqr(step), rho)
        updates[param] = param - _cast(learning_rate, dtype) * step
    return updates


def adam(
    loss_or_grads,
    params,
    learning_rate=0.001,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    name="adam",
):
    """Adam: adaptive moments.

    ``m <- beta1 m + (1 - beta1) g``, ``v <- beta2 v + (1 - beta2) g^2``,
    ``theta <- theta - learning_rate m_hat / (sqrt(v_hat) + epsilon)`` with
    ``m_hat = m / (1 - beta1^t)`` and ``v_hat = v / (1 - beta2^t)``.

    Parameters
    ----------
    beta1, beta2 : float in [0, 1), or scalar variable
    epsilon : float > 0, or scalar variable
    name : str
        First part of the step counter's name, and middle of the names of the state.

    Others, returns and errors: see the module. State: ``m``, ``v`` and the counter ``t``.

    References
    ----------
    D. P. Kingma and J. Ba (2015). Adam: a method for stochastic optimization. ICLR.
    Algorithm 1.
    """
    return _adam(loss_or_grads, params, learning_rate, beta1, beta2, epsilon, name)


def adamw(
    loss_or_grads,
    params,
    learning_rate=0.001,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    weight_decay=0.01,
    name="adamw",
):
    """Adam with decoupled weight decay.

    Adam's step, and ``theta <- theta - learning_rate weight_decay theta`` beside it.

    Parameters
    ----------
    weight_decay : float >= 0, or scalar variable
        Share of the parameter that a step at learning rate 1 would take away.

    Others as for :func:`adam`.

    References
    ----------
    I. Loshchilov and F. Hutter (2019). Decoupled weight decay regularization. ICLR.
    Algorithm 2, whose schedule multiplier is part of the learning rate here.
    """
    weight_decay = _number(weight_decay, "weight_decay")
    return _adam(
        loss_or_grads, params, learning_rate, beta1, beta2, epsilon, name, decay=weight_decay
    )


def amsgrad(
    loss_or_grads,
    params,
    learning_rate=0.001,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    name="amsgrad",
):
    """AMSGrad: Adam with a second moment that never falls.

    As :func:`adam`, with ``v_max <- max(v_max, v)`` in the place of ``v`` in the step. The paper
    leaves out the bias corrections; they are kept here, as in PyTorch.

    Parameters as for :func:`adam`. State: ``m``, ``v``, ``v_max`` and the counter ``t``.

    References
    ----------
    S. J. Reddi, S. Kale and S. Kumar (2018). On the convergence of Adam and beyond. ICLR.
    Algorithm 2.
    """
    return _adam(loss_or_grads, params, learning_rate, beta1, beta2, epsilon, name, keep_max=True)


def adamax(
    loss_or_grads,
    params,
    learning_rate=0.002,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    name="adamax",
):
    """Adamax: Adam with the infinity norm.

    ``m <- beta1 m + (1 - beta1) g``, ``u <- max(beta2 u, |g|)``,
    ``theta <- theta - learning_rate / (1 - beta1^t) m / (u + epsilon)``. The paper has no
    ``epsilon``, without which a gradient that was always 0 would give 0/0.

    Parameters as for :func:`adam`. State: ``m``, ``u`` and the counter ``t``.

    References
    ----------
    D. P. Kingma and J. Ba (2015). Adam: a method for stochastic optimization. ICLR.
    Algorithm 2.
    """
    learning_rate = _number(learning_rate, "learning_rate")
    beta1, beta2 = _number(beta1, "beta1", below=1.0), _number(beta2, "beta2", below=1.0)
    epsilon = _number(epsilon, "epsilon", positive=True)
    updates = OrderedDict()
    t = _count_step(updates, name)
    rate = _cast(learning_rate, "float64") / (1 - _cast(beta1, "float64") ** t)
    for param, param_name, grad in _each(loss_or_grads, params):
        dtype = param.dtype
        m = _state(param, f"{param_name}.{name}.m")
        u = _state(param, f"{param_name}.{name}.u")
        m_new = updates[m] = _moving_mean(m, grad, beta1)
        u_new = updates[u] = pt.maximum(_cast(beta2, dtype) * u, abs(grad))
        updates[param] = param - rate.astype(dtype) * m_new / (u_new + _cast(epsilon, dtype))
    return updates


def nadam(
    loss_or_grads,
    params,
    learning_rate=0.002,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    momentum_decay=0.004,
    name="nadam",
):
    """Nadam: Adam with Nesterov's momentum.

    ``mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)``, ``P_t = mu_1 ... mu_t``;
    ``m`` and ``v`` as for :func:`adam`;
    ``m_bar = mu_(t+1) m / (1 - P_(t+1)) + (1 - mu_t) g / (1 - P_t)``;
    ``theta <- theta - learning_rate m_bar / (sqrt(v_hat) + epsilon)``. The moving mean ``m`` keeps
    ``beta1``, as in Keras and PyTorch, where the paper's takes ``mu_t``.

    Parameters
    ----------
    momentum_decay : float >= 0, or scalar variable
        How fast ``mu`` grows from ``beta1 / 2`` to ``beta1``.

    Others as for :func:`adam`. State: ``m``, ``v``, the counter ``t`` and the scalar
    ``<name>.mu_product``.

    References
    ----------
    T. Dozat (2016). Incorporating Nesterov momentum into Adam. ICLR workshop.
    """
    learning_rate = _number(learning_rate, "learning_rate")
    beta1, beta2 = _number(beta1, "beta1", below=1.0), _number(beta2, "beta2", below=1.0)
    epsilon = _number(epsilon, "epsilon", positive=True)
    momentum_decay = _cast(_number(momentum_decay, "momentum_decay"), "float64")
    updates = OrderedDict()
    t = _count_step(updates, name)

    def mu(step):
        decayed = _cast(0.96, "float64") ** (step * momentum_decay)
        return _cast(beta1, "float64") * (1 - 0.5 * decayed)

    product = _mark(pytensor.shared(np.asarray(1.0), name=f"{name}.mu_product"))
    product_new = updates[product] = product * mu(t)
    rate = _cast(learning_rate, "float64")
    rate_m = rate * mu(t + 1) / (1 - product_new * mu(t + 1))
    rate_grad = rate * (1 - mu(t)) / (1 - product_new)
    root = pt.sqrt(1 / (1 - _cast(beta2, "float64") ** t))
    for param, param_name, grad in _each(loss_or_grads, params):
        dtype = param.dtype
        m = _state(param, f"{param_name}.{name}.m")
        v = _state(param, f"{param_name}.{name}.v")
        m_new = updates[m] = _moving_mean(m, grad, beta1)
        v_new = updates[v] = _moving_mean(v, pt.sqr(grad), beta2)
        step = rate_m.astype(dtype) * m_new + rate_grad.astype(dtype) * grad
        scale = root.astype(dtype) * pt.sqrt(v_new) + _cast(epsilon, dtype)
        updates[param] = param - step / scale
    return updates


def _adam(
    loss_or_grads,
    params,
    learning_rate,
    beta1,
    beta2,
    epsilon,
    name,
    decay=None,
    keep_max=False,
):
    """The step that Adam, AdamW and AMSGrad share."""
    learning_rate = _number(learning_rate, "learning_rate")
    beta1, beta2 = _number(beta1, "beta1", below=1.0), _number(beta2, "beta2", below=1.0)
    epsilon = _number(epsilon, "epsilon", positive=True)
    updates = OrderedDict()
    t = _count_step(updates, name)
    # 1 / (1 - beta^t) is worked out once a step, in float64, and not once an element.
    rate = _cast(learning_rate, "float64") / (1 - _cast(beta1, "float64") ** t)
    root = pt.sqrt(1 / (1 - _cast(beta2, "float64") ** t))
    for param, param_name, grad in _each(loss_or_grads, params):
        dtype = param.dtype
        m = _state(param, f"{param_name}.{name}.m")
        v = _state(param, f"{param_name}.{name}.v")
        m_new = updates[m] = _moving_mean(m, grad, beta1)
        v_new = updates[v] = _moving_mean(v, pt.sqr(grad), beta2)
        if keep_max:
            v_max = _state(param, f"{param_name}.{name}.v_max")
            v_new = updates[v_max] = pt.maximum(v_max, v_new)
        scale = root.astype(dtype) * pt.sqrt(v_new) + _cast(epsilon, dtype)
        kept = param
        if decay is not None:
            share = 1 - _cast(learning_rate, "float64") * _cast(decay, "float64")
            kept = param * share.astype(dtype)
        updates[param] = kept - rate.astype(dtype) * m_new / scale
    return updates


# ------------------------------------------------------------------------------ helpers


def _moving_mean(old, new, keep):
    """``keep old + (1 - keep) new``, in the dtype of ``old``."""
    return _cast(keep, old.dtype) * old + _cast(1 - keep, old.dtype) * new


def _cast(value, dtype):
    """A number or scalar variable as a scalar variable of ``dtype``."""
    if isinstance(value, Variable):
        return value.astype(dtype)
    return pt.constant(np.asarray(value, dtype=dtype))


def _number(value, name, below=np.inf, positive=False):
    """Check a setting that is a number or a scalar variable, and return it."""
    if isinstance(value, Variable):
        if value.type.ndim != 0:
            raise ShapeError(
                expected=f"{name} to be a number or a scalar variable",
                got=f"{value.type}, which has {value.type.ndim} dimensions",
                remedy="Pass one number for all parameters.",
            )
        if not np.issubdtype(value.dtype, np.floating):
            raise DtypeError(
                expected=f"{name} of a floating dtype",
                got=value.dtype,
                remedy="Make it a float32 or float64 scalar.",
            )
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if not isinstance(value, Real):
        raise DtypeError(
            expected=f"{name} to be a number or a scalar variable",
            got=f"{type(value).__name__}",
            remedy="Pass a float or a shared scalar.",
        )
    if not (0 < value < below or value == 0 and not positive):
        raise RangeError(
            expected=f"{name} in {'(' if positive else '['}0, {below:g})",
            got=f"{value}",
            remedy=f"Choose {name} in that range.",
        )
    return float(value)


def _mark(state):
    """Mark a shared variable as the state of a rule, which composing by default passes over."""
    state.tag.update_rule_state = True
    return state


def _state(param, name):
    """Zeros of the parameter's shape, static shape and dtype, as a shared variable."""
    zeros = np.zeros(np.shape(param.get_value(borrow=True)), dtype=param.dtype)
    return _mark(pytensor.shared(zeros, name=name, shape=param.type.shape))


def _count_step(updates, name):
    """Add the step counter ``<name>.t`` to ``updates``; return this step's number as float64.

    The counter is an int64: as a float32 it would stand still at 2**24 = 16 777 216.
    """
    t = _mark(pytensor.shared(np.asarray(0, dtype="int64"), name=f"{name}.t"))
    updates[t] = t + np.int64(1)
    return updates[t].astype("float64")


def _each(loss_or_grads, params):
    """Triples of parameter, its name for the state, and its gradient."""
    params = _checked_params(params)
    return list(zip(params, _names(params), gradients(loss_or_grads, params)))


def _named_keys(updates, params):
    """Pairs of the parameters that composing acts on, and their names."""
    if params is None:
        params = [
            key
            for key in updates
            if not hasattr(key.tag, "update_rule_state")
            and np.issubdtype(getattr(key.type, "dtype", "object"), np.floating)
        ]
    params = _checked_params(params)
    strangers = [str(param) for param in params if param not in updates]
    if strangers:
        raise SettingsError(
            expected="parameters that the updates change",
            got=f"{', '.join(strangers)}, which they do not",
            remedy="Pass the parameters that the rule was given.",
        )
    return list(zip(params, _names(params)))


def _checked_params(params):
    if isinstance(params, Variable):
        raise DtypeError(
            expected="a list of shared variables",
            got=f"the single variable {params}",
            remedy="Put it in a list.",
        )
    params = list(params)
    if not params:
        raise SettingsError(
            expected="at least one parameter",
            got="an empty list",
            remedy="Pass the shared variables to train.",
        )
    for param in params:
        if not isinstance(param, SharedVariable):
            raise DtypeError(
                expected="parameters that are shared variables",
                got=f"{param} of type {getattr(param, 'type', type(param).__name__)}",
                remedy="Make it with pytensor.shared(value, name=...).",
            )
        if not np.issubdtype(getattr(param.type, "dtype", "object"), np.floating):
            raise DtypeError(
                expected="parameters of a floating dtype",
                got=f"{param} of type {param.type}",
                remedy="Train float parameters only; cast it when it is made.",
            )
    if len(set(params)) != len(params):
        twice = sorted({str(param) for param in params if params.count(param) > 1})
        raise SettingsError(
            expected="each parameter once",
            got=f"{', '.join(twice)} more than once",
            remedy="List a shared weight one time only.",
        )
    return params


def _position_name(i):
    return f"param{i}"


def _names(params):
    """A name of its own for each parameter, the same in every run of the same program."""
    taken = {param.name for param in params}
    names, seen = [], set()
    for i, param in enumerate(params):
        name = param.name
        if name is None or name in seen:
            name = _position_name(i)
            while name in taken:
                name += "_"
        seen.add(name)
        names.append(name)
    return names


RULES = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov_momentum": nesterov_momentum,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adadelta": adadelta,
    "adam": adam,
    "adamax": adamax,
    "amsgrad": amsgrad,
    "nadam": nadam,
    "adamw": adamw,
}

# The spelling of Theano-era programs.
SGD = sgd
Momentum = momentum
NesterovMomentum = nesterov_momentum
Adagrad = adagrad
RMSprop = rmsprop
Adadelta = adadelta
Adam = adam
Adamax = adamax
AMSGrad = amsgrad
Nadam = nadam
AdamW = adamw
