"""Update rules against their papers' formulas, worked out in NumPy."""

from itertools import islice

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.tensor.elemwise import Elemwise

from symgen import updates as U
from symgen.errors import DtypeError, RangeError, SettingsError, ShapeError

MODE = "FAST_COMPILE"
W0 = np.array([[1.0, -2.0], [0.5, 0.0], [-0.1, 3.0]])
B0 = np.array([0.3, -0.7])
SCALE = np.array([[1.0, 0.1], [10.0, 1.0], [0.01, 2.0]])


# ------------------------------------------------------- the oracles, one trajectory each


def numpy_sgd(x, gradient, learning_rate=0.01):
    while True:
        x = x - learning_rate * gradient(x)
        yield x


def numpy_momentum(x, gradient, learning_rate=0.01, momentum=0.9):
    velocity = 0
    while True:
        velocity = momentum * velocity - learning_rate * gradient(x)
        x = x + velocity
        yield x


def numpy_nesterov(x, gradient, learning_rate=0.01, momentum=0.9):
    # Sutskever et al. (2013), equations (3) and (4): the gradient at the look-ahead point, which
    # is what the rule holds as its parameter.
    base, velocity = x, 0
    while True:
        velocity = momentum * velocity - learning_rate * gradient(base + momentum * velocity)
        base = base + velocity
        yield base + momentum * velocity


def numpy_adagrad(x, gradient, learning_rate=0.01, epsilon=1e-7):
    history = []
    while True:
        history.append(gradient(x))
        total = np.sum(np.square(history), axis=0)
        x = x - learning_rate * history[-1] / (np.sqrt(total) + epsilon)
        yield x


def moving_mean(history, keep):
    """The mean with weights (1 - keep) keep^age, as a sum over the history."""
    ages = np.arange(len(history))[::-1]
    return sum((1 - keep) * keep**age * value for age, value in zip(ages, history))


def numpy_rmsprop(x, gradient, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    squares = []
    while True:
        g = gradient(x)
        squares.append(g**2)
        x = x - learning_rate * g / (np.sqrt(moving_mean(squares, rho)) + epsilon)
        yield x


def numpy_adadelta(x, gradient, learning_rate=1.0, rho=0.95, epsilon=1e-6):
    squares, squared_steps = [], [np.zeros_like(x)]
    while True:
        g = gradient(x)
        squares.append(g**2)
        rms_step = np.sqrt(moving_mean(squared_steps, rho) + epsilon)
        step = rms_step / np.sqrt(moving_mean(squares, rho) + epsilon) * g
        squared_steps.append(step**2)
        x = x - learning_rate * step
        yield x


def numpy_adam(
    x,
    gradient,
    learning_rate=0.001,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    weight_decay=0.0,
    maximum=False,
):
    history, largest = [], 0
    while True:
        history.append(gradient(x))
        t = len(history)
        m_hat = moving_mean(history, beta1) / (1 - beta1**t)
        v = moving_mean(np.square(history), beta2)
        largest = np.maximum(largest, v) if maximum else v
        v_hat = largest / (1 - beta2**t)
        step = m_hat / (np.sqrt(v_hat) + epsilon) + weight_decay * x
        x = x - learning_rate * step
        yield x


def numpy_adamw(x, gradient, weight_decay=0.01, **settings):
    return numpy_adam(x, gradient, weight_decay=weight_decay, **settings)


def numpy_amsgrad(x, gradient, **settings):
    return numpy_adam(x, gradient, maximum=True, **settings)


def numpy_adamax(x, gradient, learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8):
    history = []
    while True:
        history.append(gradient(x))
        t = len(history)
        ages = np.arange(t)[::-1]
        u = np.max([beta2**age * abs(g) for age, g in zip(ages, history)], axis=0)
        m = moving_mean(history, beta1)
        x = x - learning_rate / (1 - beta1**t) * m / (u + epsilon)
        yield x


def numpy_nadam(
    x,
    gradient,
    learning_rate=0.002,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    momentum_decay=0.004,
):
    history = []
    while True:
        history.append(gradient(x))
        t = len(history)
        mu = beta1 * (1 - 0.5 * 0.96 ** (np.arange(1, t + 2) * momentum_decay))
        m_part = mu[t] * moving_mean(history, beta1) / (1 - np.prod(mu))
        g_part = (1 - mu[t - 1]) * history[-1] / (1 - np.prod(mu[:t]))
        v_hat = moving_mean(np.square(history), beta2) / (1 - beta2**t)
        x = x - learning_rate * (m_part + g_part) / (np.sqrt(v_hat) + epsilon)
        yield x


ADAM = dict(learning_rate=0.2, beta1=0.7, beta2=0.8, epsilon=0.01)
ORACLES = {
    "sgd": (numpy_sgd, dict(learning_rate=0.03)),
    "momentum": (numpy_momentum, dict(learning_rate=0.03, momentum=0.5)),
    "nesterov_momentum": (numpy_nesterov, dict(learning_rate=0.03, momentum=0.5)),
    "adagrad": (numpy_adagrad, dict(learning_rate=0.3, epsilon=0.1)),
    "rmsprop": (numpy_rmsprop, dict(learning_rate=0.1, rho=0.5, epsilon=0.1)),
    "adadelta": (numpy_adadelta, dict(learning_rate=0.5, rho=0.5, epsilon=0.1)),
    "adam": (numpy_adam, ADAM),
    "adamax": (numpy_adamax, ADAM),
    "amsgrad": (numpy_amsgrad, ADAM),
    "nadam": (numpy_nadam, ADAM | dict(momentum_decay=0.5)),
    "adamw": (numpy_adamw, ADAM | dict(weight_decay=0.3)),
}


def problem(dtype="float64"):
    """Two parameters and a loss with gradients SCALE (sin(W) + W) and b^3."""
    W = pytensor.shared(W0.astype(dtype), name="layer.W")
    b = pytensor.shared(B0.astype(dtype), name="layer.b")
    scale = pt.constant(SCALE.astype(dtype))
    half, quarter = (pt.constant(np.asarray(c, dtype)) for c in (0.5, 0.25))
    loss = (scale * (half * W**2 - pt.cos(W))).sum() + (quarter * b**4).sum()
    return loss, [W, b]


def grad_W(W):
    return SCALE * (np.sin(W) + W)


def grad_b(b):
    return b**3


def compiled(updates):
    return pytensor.function([], [], updates=updates, mode=MODE)


def by_name(updates):
    return {key.name: key for key in updates}


# ----------------------------------------------------------------------- the trajectories


def test_every_rule_has_an_oracle():
    assert set(ORACLES) == set(U.RULES)


@pytest.mark.parametrize("settings", ["defaults", "others"])
@pytest.mark.parametrize("rule", U.RULES)
def test_rule_follows_the_paper(rule, settings):
    oracle, others = ORACLES[rule]
    settings = {} if settings == "defaults" else others
    loss, params = problem()
    step = compiled(U.RULES[rule](loss, params, **settings))
    expected_W = islice(oracle(W0, grad_W, **settings), 6)
    expected_b = islice(oracle(B0, grad_b, **settings), 6)
    for expected in zip(expected_W, expected_b):
        step()
        for param, value in zip(params, expected):
            np.testing.assert_allclose(param.get_value(), value, rtol=1e-10, atol=1e-13)


def test_adam_step_of_a_constant_gradient_is_the_learning_rate():
    """With a constant gradient both bias-corrected moments are exact: the step is its sign."""
    theta = pytensor.shared(np.zeros(3), name="theta")
    g = np.array([5.0, -0.001, 70.0])
    step = compiled(U.adam([pt.constant(g)], [theta], learning_rate=0.1, epsilon=1e-15))
    for t in range(1, 5):
        step()
        np.testing.assert_allclose(theta.get_value(), -0.1 * t * np.sign(g), rtol=1e-9)


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("rule", U.RULES)
def test_float32_stays_float32(rule, floatx):
    oracle, settings = ORACLES[rule]
    with pytensor.config.change_flags(floatX=floatx):
        loss, params = problem("float32")
        assert loss.dtype == "float32"
        # A float64 rate, as a program under floatX=float64 makes it.
        rate = pytensor.shared(np.asarray(settings["learning_rate"]), name="rate")
        updates = U.RULES[rule](loss, params, **(settings | dict(learning_rate=rate)))
        step = compiled(updates)
    for key, new in updates.items():
        assert new.dtype == key.dtype, key
        assert key.dtype == "float32" or key.type.ndim == 0, key
    expected = list(islice(oracle(W0, grad_W, **settings), 3))
    for value in expected:
        step()
        np.testing.assert_allclose(params[0].get_value(), value, rtol=2e-5, atol=1e-6)
    assert params[0].get_value().dtype == "float32"


@pytest.mark.parametrize("rule", U.RULES)
def test_step_is_one_loop_for_each_parameter(rule):
    """After fusion one elementwise node makes the parameter and all its state, in place."""
    loss, [W, b] = problem("float32")
    rate = pytensor.shared(np.asarray(0.1, dtype="float32"))
    grad = pytensor.shared(W0.astype("float32"))
    updates = U.RULES[rule]([grad], [W], learning_rate=rate)
    step = pytensor.function([], [], updates=updates, mode=Mode("py", "fast_run"))
    loops = [
        node
        for node in step.maker.fgraph.toposort()
        if isinstance(node.op, Elemwise) and W in node.inputs
    ]
    matrices = [key for key in updates if key.type.ndim == 2]
    assert len(loops) == 1
    assert len(loops[0].outputs) == len(matrices) == len(loops[0].op.destroy_map)
    assert all(out.dtype == "float32" for out in loops[0].outputs)


def test_state_keeps_static_shape_and_dtype():
    row = pytensor.shared(np.ones((1, 3), "float32"), name="row", shape=(1, 3))
    updates = by_name(U.adam([row * 2], [row]))
    assert updates["row.adam.m"].type == row.type
    assert updates["row.adam.v"].type == row.type


def test_parameters_of_both_dtypes_in_one_call():
    single = pytensor.shared(B0.astype("float32"), name="single")
    double = pytensor.shared(B0, name="double")
    loss = pt.sqr(double).sum() + pt.sqr(single).sum()
    step = compiled(U.adam(loss, [single, double]))
    step()
    assert single.get_value().dtype == "float32"
    expected = next(numpy_adam(B0, lambda b: 2 * b))
    np.testing.assert_allclose(double.get_value(), expected, rtol=1e-12)
    np.testing.assert_allclose(single.get_value(), expected, rtol=1e-6)


def test_step_counter_is_exact_after_many_steps():
    loss, params = problem("float32")
    updates = U.adam(loss, params)
    t = by_name(updates)["adam.t"]
    t.set_value(np.asarray(2**24, dtype="int64"))
    step = compiled(updates)
    step()
    assert t.get_value() == 2**24 + 1
    assert all(np.isfinite(param.get_value()).all() for param in params)


# -------------------------------------------------------------------------------- names


def test_names_of_the_state():
    loss, params = problem()
    assert list(by_name(U.adam(loss, params))) == [
        "adam.t",
        "layer.W.adam.m",
        "layer.W.adam.v",
        "layer.W",
        "layer.b.adam.m",
        "layer.b.adam.v",
        "layer.b",
    ]


def test_names_are_unique_for_parameters_without_names_of_their_own():
    names = ["W", None, "W", "param1"]
    params = [pytensor.shared(np.ones(2), name=name) for name in names]
    updates = U.rmsprop(sum(p.sum() for p in params), params)
    state = [key.name for key in updates if key not in params]
    assert state == ["W.rmsprop.a", "param1_.rmsprop.a", "param2.rmsprop.a", "param1.rmsprop.a"]


def test_name_tells_two_calls_apart():
    loss, params = problem()
    first = U.adam(loss, params[:1], name="generator")
    second = U.adam(loss, params[1:], name="critic")
    assert not set(by_name(first)) & set(by_name(second))
    assert "generator.t" in by_name(first) and "layer.W.generator.m" in by_name(first)


def test_theano_spelling():
    assert U.SGD is U.sgd and U.RMSprop is U.rmsprop and U.Adam is U.adam


# --------------------------------------------------------------------------- composition


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_composes_with_any_rule(nesterov):
    """Momentum on RMSprop, written out for a gradient that is the parameter itself."""
    theta = pytensor.shared(B0, name="theta")
    apply = U.apply_nesterov_momentum if nesterov else U.apply_momentum
    rule = U.rmsprop([theta], [theta], learning_rate=0.1)
    updates = apply(rule, momentum=0.5)
    assert len(updates) == len(rule) + 1  # the state of rmsprop gets no momentum
    step = compiled(updates)
    x, a, velocity = B0, 0, 0
    for _ in range(4):
        step()
        a = 0.9 * a + 0.1 * x**2
        move = -0.1 * x / (np.sqrt(a) + 1e-7)
        velocity = 0.5 * velocity + move
        x = x + (0.5 * velocity + move if nesterov else velocity)
        np.testing.assert_allclose(theta.get_value(), x, rtol=1e-10)


def test_momentum_on_chosen_parameters():
    loss, [W, b] = problem()
    updates = U.apply_momentum(U.sgd(loss, [W, b]), params=[b])
    assert list(by_name(updates)) == ["layer.W", "layer.b", "layer.b.momentum.velocity"]
    with pytest.raises(SettingsError, match="layer.W, which they do not"):
        U.apply_momentum(U.sgd(loss, [b]), params=[W])


def test_learning_rate_can_change_between_steps():
    theta = pytensor.shared(np.ones(1), name="theta")
    rate = pytensor.shared(np.asarray(0.5, dtype="float32"), name="rate")
    step = compiled(U.sgd([pt.ones(1)], [theta], learning_rate=rate))
    step()
    rate.set_value(np.float32(0.25))
    step()
    assert theta.get_value() == 0.25


# ------------------------------------------------------------------------------ clipping


def test_clip_by_value():
    grads = [pt.constant(np.array([-5.0, 0.5, np.nan, 5.0], dtype="float32"))]
    [clipped] = U.clip_by_value(grads, 1.5)
    assert clipped.dtype == "float32"
    np.testing.assert_array_equal(clipped.eval(mode=MODE), [-1.5, 0.5, np.nan, 1.5])


@pytest.mark.parametrize("max_norm, factor", [(6.5, 0.5), (13.0, 1.0), (20.0, 1.0)])
def test_clip_by_global_norm(max_norm, factor):
    values = [np.array([[3.0, 0.0]], "float32"), np.array([4.0, 12.0], "float32")]  # norm 13
    clipped, norm = U.clip_by_global_norm(
        [pt.constant(value) for value in values], max_norm, return_norm=True
    )
    assert norm.dtype == "float32" and norm.eval(mode=MODE) == 13
    for grad, value in zip(clipped, values):
        assert grad.dtype == "float32"
        np.testing.assert_array_equal(grad.eval(mode=MODE), factor * value)
    assert len(U.clip_by_global_norm([pt.constant(values[0])], max_norm)) == 1


def test_clipped_gradients_go_into_a_rule():
    loss, params = problem()
    grads = U.clip_by_value(U.gradients(loss, params), 0.01)
    step = compiled(U.sgd(grads, params, learning_rate=1.0))
    step()
    np.testing.assert_allclose(params[1].get_value(), B0 - np.array([0.01, -0.01]))


# -------------------------------------------------------------------------- weight decay


def test_weight_decay_pulls_weights_and_leaves_biases():
    loss, [W, b] = problem()
    plain = U.gradients(loss, [W, b])
    decayed = U.add_weight_decay(plain, [W, b], 0.3)
    values = pytensor.function([], [*plain, *decayed], mode=MODE)()
    np.testing.assert_allclose(values[2], values[0] + 0.3 * W.get_value(), rtol=1e-6)
    np.testing.assert_array_equal(values[3], values[1])
    assert [grad.dtype for grad in decayed] == [W.dtype, b.dtype]


# -------------------------------------------------------------------------------- errors


def bad_calls():
    loss, [W, b] = problem()
    integer = pytensor.shared(np.arange(3), name="integer")
    stranger = pytensor.shared(np.ones(3), name="stranger")
    return {
        "vector loss": (ShapeError, r"loss\.mean\(\)", lambda: U.sgd(W[0], [W])),
        "integer loss": (DtypeError, "floating", lambda: U.sgd(integer.sum(), [W])),
        "number as loss": (DtypeError, "float", lambda: U.sgd(1.0, [W])),
        "one gradient": (ShapeError, "same order", lambda: U.sgd([W], [W, b])),
        "gradient shape": (ShapeError, "same order", lambda: U.sgd([b, W], [W, b])),
        "gradient dtype": (DtypeError, "same order", lambda: U.sgd([integer], [b])),
        "no gradient": (DtypeError, "NoneType", lambda: U.sgd([None], [b])),
        "not shared": (DtypeError, r"pytensor\.shared", lambda: U.sgd(loss, [W * 2])),
        "not a list": (DtypeError, "in a list", lambda: U.sgd(loss, W)),
        "no parameters": (SettingsError, "at least one", lambda: U.sgd(loss, [])),
        "twice": (SettingsError, "layer.W more than once", lambda: U.sgd(loss, [W, W])),
        "integer parameter": (DtypeError, "integer", lambda: U.sgd(loss, [integer])),
        "disconnected": (
            U.DisconnectedParameterError,
            "does not depend on stranger",
            lambda: U.adam(loss, [W, stranger, b]),
        ),
        "negative rate": (RangeError, "learning_rate", lambda: U.adam(loss, [W], -0.1)),
        "nan rate": (RangeError, "learning_rate", lambda: U.sgd(loss, [W], float("nan"))),
        "vector rate": (ShapeError, "learning_rate", lambda: U.sgd(loss, [W], b)),
        "integer rate": (DtypeError, "learning_rate", lambda: U.sgd(loss, [W], integer[0])),
        "text rate": (DtypeError, "learning_rate", lambda: U.sgd(loss, [W], "0.1")),
        "momentum": (RangeError, "momentum", lambda: U.momentum(loss, [W], momentum=1.0)),
        "rho": (RangeError, "rho", lambda: U.rmsprop(loss, [W], rho=1.5)),
        "beta1": (RangeError, "beta1", lambda: U.adam(loss, [W], beta1=-0.1)),
        "beta2": (RangeError, "beta2", lambda: U.adamax(loss, [W], beta2=1)),
        "epsilon": (RangeError, r"epsilon in \(0", lambda: U.adadelta(loss, [W], epsilon=0)),
        "decay": (RangeError, "weight_decay", lambda: U.adamw(loss, [W], weight_decay=-1)),
        "L2": (RangeError, "weight_decay", lambda: U.add_weight_decay([W, b], [W, b], -1)),
        "limit": (RangeError, "limit", lambda: U.clip_by_value([W], 0.0)),
        "max_norm": (RangeError, "max_norm", lambda: U.clip_by_global_norm([W], -1.0)),
    }


@pytest.mark.parametrize("case", bad_calls())
def test_bad_input_has_a_named_error(case):
    error, message, call = bad_calls()[case]
    with pytest.raises(error, match=message):
        call()


def test_disconnected_parameter_is_pytensors_error_too():
    loss, params = problem()
    unnamed = pytensor.shared(np.ones(3))
    with pytest.raises(pytensor.gradient.DisconnectedInputError, match="param2"):
        U.sgd(loss, [*params, unnamed])
