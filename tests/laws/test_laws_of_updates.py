"""Laws of every update rule in the table."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen.updates import RULES

pytestmark = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@pytest.fixture
def params():
    W = pytensor.shared(np.ones((3, 2), "float32"), name="W", shape=(3, 2))
    return [W, pytensor.shared(np.ones(2, "float32"), name="b")]


def loss_of(params):
    return sum(pt.sqr(param).sum() for param in params)


def test_shape_and_dtype_of_every_new_value(rule, params):
    for key, new in rule(loss_of(params), params).items():
        assert new.dtype == key.dtype and new.type.ndim == key.type.ndim, key


def test_names_are_unique_and_the_same_every_time(rule, params):
    names = [key.name for key in rule(loss_of(params), params)]
    assert None not in names and len(set(names)) == len(names)
    assert names == [key.name for key in rule(loss_of(params), params)]


def test_loss_or_its_gradients(rule, params):
    """Both give the same step."""
    loss = loss_of(params)
    results = []
    for loss_or_grads in loss, pytensor.grad(loss, params):
        updates = rule(loss_or_grads, params)
        results.append([updates[param].eval(mode="FAST_COMPILE") for param in params])
    for first, second in zip(*results):
        np.testing.assert_array_equal(first, second)


def test_loss_falls(rule, params):
    """For a few steps, which are too few for momentum to overshoot."""
    loss = loss_of(params)
    step = pytensor.function([], loss, updates=rule(loss, params), mode="FAST_COMPILE")
    losses = [float(step()) for _ in range(8)]
    assert all(later < earlier for earlier, later in zip(losses, losses[1:]))


def test_no_rate_no_step(rule, params):
    """With a learning rate of 0 the state moves and the parameters do not."""
    updates = rule(loss_of(params), params, learning_rate=0.0)
    step = pytensor.function([], [], updates=updates, mode="FAST_COMPILE")
    step()
    for param in params:
        np.testing.assert_array_equal(param.get_value(), np.ones_like(param.get_value()))


def test_zero_gradient_is_finite(rule, params):
    zeros = [pt.zeros_like(param) for param in params]
    step = pytensor.function([], [], updates=rule(zeros, params), mode="FAST_COMPILE")
    step()
    for param in params:
        assert np.isfinite(param.get_value()).all()
