"""Learning-rate schedules: a shared scalar, and the updates that change it once a step.

Every schedule returns ``(learning_rate, updates)``: a shared scalar that holds the rate of the
coming step, and an ``OrderedDict`` that moves it, and an int64 step counter, on to the next. Hand
the first to a rule of :mod:`symgen.updates` and merge the second into its dict::

    learning_rate, advance = cosine_decay(0.001, steps=10_000)
    updates = adam(loss, params, learning_rate=learning_rate)
    updates.update(advance)

Schedules compose by functions on that pair: :func:`linear_warmup`.

Common parameters
-----------------
initial : float >= 0
    Rate of the first step, in front of which ``t = 0``.
final : float >= 0
    Rate after ``steps`` steps, kept from then on.
steps : int >= 1
    Length of the decay, in steps.
name : str
    Name of the shared scalar; its counter is ``<name>.t``. Two schedules in one program need two
    names.
dtype : str, optional
    dtype of the shared scalar, by default ``symgen.config.floatx()``. The formula itself is
    worked out in float64.

Common errors
-------------
RangeError
    A number outside its range.
DtypeError
    A count that is not an integer, or a rate that is not a number.
"""

from collections import OrderedDict
from numbers import Integral, Real

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import config
from symgen.errors import DtypeError, RangeError, SettingsError


def constant(initial, name="learning_rate", dtype=None):
    """The same rate for ever, as a shared scalar that a program can set by hand.

    Returns
    -------
    (shared scalar, OrderedDict)
        The dict is empty.
    """
    initial = _rate(initial, "initial")
    value = np.asarray(initial, dtype=dtype or config.floatx())
    return pytensor.shared(value, name=name), OrderedDict()


def step_decay(initial, every, factor=0.5, name="learning_rate", dtype=None):
    """A rate that falls in stairs: ``initial factor^floor(t / every)``.

    Parameters
    ----------
    every : int >= 1
        Steps on one stair.
    factor : float in (0, 1]

    Others, returns and errors: see the module.
    """
    initial, every = _rate(initial, "initial"), _count(every, "every")
    factor = _share(factor, "factor")
    return _scheduled(
        lambda t: (
            _constant(initial) * _constant(factor) ** (t // np.int64(every)).astype("float64")
        ),
        initial,
        name,
        dtype,
    )


def exponential_decay(initial, steps, factor=0.5, name="learning_rate", dtype=None):
    """A rate that falls by ``factor`` in every ``steps`` steps: ``initial factor^(t / steps)``.

    Parameters
    ----------
    factor : float in (0, 1]

    Others, returns and errors: see the module. The decay goes on after ``steps``.
    """
    initial, steps = _rate(initial, "initial"), _count(steps, "steps")
    factor = _share(factor, "factor")
    return _scheduled(
        lambda t: (
            _constant(initial) * _constant(factor) ** (t.astype("float64") / _constant(steps))
        ),
        initial,
        name,
        dtype,
    )


def inverse_time_decay(initial, decay, name="learning_rate", dtype=None):
    """A rate that falls as one over time: ``initial / (1 + decay t)``.

    Parameters
    ----------
    decay : float >= 0
        In units of one over steps; after ``1 / decay`` steps the rate is halved.

    Others, returns and errors: see the module.

    References
    ----------
    H. Robbins and S. Monro (1951). A stochastic approximation method. Its rates satisfy their
    conditions: the sum of the rates diverges, that of their squares does not.
    """
    initial, decay = _rate(initial, "initial"), _rate(decay, "decay")
    return _scheduled(
        lambda t: _constant(initial) / (_constant(1) + _constant(decay) * t.astype("float64")),
        initial,
        name,
        dtype,
    )


def piecewise_constant(values, boundaries, name="learning_rate", dtype=None):
    """A rate that keeps each of `values` until a boundary: ``values[#{b <= t}]``.

    Parameters
    ----------
    values : sequence of float >= 0
        One more than there are boundaries.
    boundaries : sequence of int >= 1
        Steps at which the next value begins, rising.

    Others, returns and errors: see the module; SettingsError for counts that do not fit or
    boundaries that do not rise.
    """
    values = [_rate(value, "values") for value in values]
    boundaries = [_count(step, "boundaries") for step in boundaries]
    if len(values) != len(boundaries) + 1 or any(np.diff(boundaries) <= 0):
        raise SettingsError(
            expected="rising boundaries, and one value more than boundaries",
            got=f"{len(values)} values, boundaries {boundaries}",
            remedy="Name the steps between the values.",
        )

    def formula(t):
        rate = _constant(values[0])
        for step, value in zip(boundaries, values[1:], strict=True):
            rate = pt.switch(pt.ge(t, np.int64(step)), _constant(value), rate)
        return rate

    return _scheduled(formula, values[0], name, dtype)


def polynomial_decay(initial, steps, final=0.0, power=1.0, name="learning_rate", dtype=None):
    """A rate that falls to ``final``: ``final + (initial - final) (1 - min(t / steps, 1))^power``.

    Parameters
    ----------
    power : float > 0
        1 is a straight line.

    Others, returns and errors: see the module.
    """
    initial, final = _rate(initial, "initial"), _rate(final, "final")
    steps, power = _count(steps, "steps"), _rate(power, "power")
    if power == 0:
        raise RangeError(expected="power > 0", got="0", remedy="Use constant() for no decay.")
    return _scheduled(
        lambda t: (
            _constant(final)
            + _constant(initial - final) * (_constant(1) - _done(t, steps)) ** _constant(power)
        ),
        initial,
        name,
        dtype,
    )


def cosine_decay(initial, steps, final=0.0, name="learning_rate", dtype=None):
    """A rate that falls along half a cosine.

    ``final + (initial - final) (1 + cos(pi min(t / steps, 1))) / 2``.

    See the module for parameters, returns and errors.

    References
    ----------
    I. Loshchilov and F. Hutter (2017). SGDR: stochastic gradient descent with warm restarts. ICLR.
    Equation (5), without restarts.
    """
    initial, final = _rate(initial, "initial"), _rate(final, "final")
    steps = _count(steps, "steps")
    return _scheduled(
        lambda t: (
            _constant(final)
            + _constant((initial - final) / 2)
            * (_constant(1) + pt.cos(_constant(np.pi) * _done(t, steps)))
        ),
        initial,
        name,
        dtype,
    )


def linear_warmup(schedule, steps):
    """Let the first steps of a schedule rise along a line: ``rate(t) min((t + 1) / steps, 1)``.

    The schedule under it runs on meanwhile: its own step 0 is the first step of the warm-up.

    Parameters
    ----------
    schedule : (shared scalar, OrderedDict)
        What a schedule returned.
    steps : int >= 1
        Length of the warm-up; the last of these steps has the full rate.

    Returns
    -------
    (shared scalar, OrderedDict)
        A new scalar, ``<name>.warmup``, in the dtype of the old, and the updates of both.

    Raises
    ------
    SettingsError
        When the schedule has moved on already.

    Examples
    --------
    >>> learning_rate, advance = linear_warmup(cosine_decay(0.1, steps=1000), steps=100)
    >>> round(float(learning_rate.get_value()), 6)
    0.001

    References
    ----------
    P. Goyal et al. (2017). Accurate, large minibatch SGD: training ImageNet in 1 hour.
    arXiv:1706.02677. Section 2.2, gradual warmup.
    """
    if not (isinstance(schedule, tuple) and len(schedule) == 2):
        raise DtypeError(
            expected="the pair (learning_rate, updates) of a schedule",
            got=f"{type(schedule).__name__}",
            remedy="For a fixed rate, pass constant(rate).",
        )
    rate, advance = schedule
    steps = _count(steps, "steps")
    moved = [key for key in advance if key.dtype == "int64" and key.get_value() != 0]
    if moved:
        raise SettingsError(
            expected="a schedule at its first step",
            got=f"{moved[0]} at step {int(moved[0].get_value())}",
            remedy="Put the warm-up round the schedule before training.",
        )
    name = f"{rate.name}.warmup"
    t = pytensor.shared(np.asarray(0, dtype="int64"), name=f"{name}.t")
    value = np.asarray(float(rate.get_value()) / steps, dtype=rate.dtype)
    warmed = pytensor.shared(value, name=name)
    updates = OrderedDict(advance)
    updates[t] = t + np.int64(1)
    share = _done(updates[t] + np.int64(1), steps)
    updates[warmed] = (advance.get(rate, rate).astype("float64") * share).astype(rate.dtype)
    return warmed, updates


def _scheduled(formula, initial, name, dtype):
    """Pair of the shared rate and its updates; ``formula`` goes from an int64 step to float64."""
    dtype = dtype or config.floatx()
    rate = pytensor.shared(np.asarray(initial, dtype=dtype), name=name)
    t = pytensor.shared(np.asarray(0, dtype="int64"), name=f"{name}.t")
    updates = OrderedDict()
    updates[t] = t + np.int64(1)
    updates[rate] = formula(updates[t]).astype(dtype)
    return rate, updates


def _done(t, steps):
    """Share of the steps that lie behind, at most 1, as float64."""
    return pt.minimum(t, np.int64(steps)).astype("float64") / _constant(steps)


def _constant(value):
    """A number as a float64 constant; PyTensor would round 0.1 to float32 where floatX is that."""
    return pt.constant(np.asarray(value, dtype="float64"))


def _rate(value, name):
    if not isinstance(value, Real):
        raise DtypeError(
            expected=f"{name} to be a number",
            got=f"{type(value).__name__}",
            remedy="Pass a float; the schedule makes the shared scalar.",
        )
    if not 0 <= value < np.inf:
        raise RangeError(
            expected=f"{name} in [0, inf)", got=f"{value}", remedy=f"Choose {name} in that range."
        )
    return float(value)


def _share(value, name):
    value = _rate(value, name)
    if not 0 < value <= 1:
        raise RangeError(
            expected=f"{name} in (0, 1]",
            got=f"{value}",
            remedy="Pass what one decay multiplies the rate by.",
        )
    return value


def _count(value, name):
    if not isinstance(value, Integral):
        raise DtypeError(
            expected=f"{name} to be a whole number of steps",
            got=f"{value!r}",
            remedy="Pass an int; for epochs, multiply by the minibatches of one epoch.",
        )
    if value < 1:
        raise RangeError(
            expected=f"{name} >= 1", got=f"{value}", remedy="Count the steps of the training."
        )
    return int(value)
