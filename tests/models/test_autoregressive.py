"""NADE and MADE against NumPy loops; the baseline in closed form; bad sizes."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import expit

from symgen import backends
from symgen.errors import EmptyDataError, RangeError, ShapeError, UnknownNameError
from symgen.models import MADE, NADE, IndependentBernoulli
from symgen.models.autoregressive.nade import nade_logits
from symgen.random import RandomStreams

BITS = (np.random.default_rng(0).random((7, 6)) > 0.5).astype("float64")


def function(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode=backends.select("py"), **options)


def values_of(model):
    return {param.name: param.get_value() for param in model.params}


def log_prob(model, x_value):
    x = pt.matrix("x", dtype=model.dtype)
    return function([x], model.log_prob(x))(x_value)


def randomised(model):
    rng = np.random.default_rng(3)
    for param in model.params:
        value = param.get_value()
        param.set_value(rng.normal(0, 0.7, value.shape).astype(value.dtype))
    return model


def test_nade_is_the_loop_of_the_paper():
    model = randomised(NADE(6, 4, dtype="float64"))
    w, right = values_of(model), []
    for row in BITS:
        a, total = w["c"].copy(), 0.0
        for i, x_i in enumerate(row):
            p = expit(w["b"][i] + w["V"][i] @ expit(a))
            total += np.log(p if x_i else 1 - p)
            a += w["W"][i] * x_i
        right.append(total)
    np.testing.assert_allclose(log_prob(model, BITS), right, rtol=1e-12)


def test_nade_gradient_is_that_of_the_scan():
    """Algorithm 1 against PyTensor's derivative of the steps, by parameters and by data."""
    model = randomised(NADE(6, 4, dtype="float64"))
    x, weights = pt.dmatrix("x"), pt.as_tensor(np.random.default_rng(4).normal(size=(7, 6)))
    variables = [x, *model.params]
    by_hand = pytensor.grad((weights * model.logits(x)).sum(), variables)
    derived = pytensor.grad((weights * nade_logits(*variables)).sum(), variables)
    values = function([x], [*by_hand, *derived])(BITS)
    for ours, theirs in zip(values[:5], values[5:], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)


def test_nade_keeps_no_hidden_units_of_all_steps():
    """No variable of a compiled step is as large as (input_dim, batch, hidden_dim)."""
    model = NADE(40, 5)
    x = pt.matrix("x", shape=(3, 40), dtype="float32")
    cost, _ = model.cost(x)
    step = pytensor.function([x], pytensor.grad(cost, model.params), mode=backends.select("c"))
    for node in step.maker.fgraph.toposort():
        for variable in node.outputs:
            shape = variable.type.shape
            assert len(shape) < 3 or shape[0] != 40, variable


def test_made_is_masked_products():
    model = randomised(MADE(6, (8,), "tanh", dtype="float64"))
    w, degrees, inputs = values_of(model), model.degrees[1][0], np.arange(1, 7)
    assert set(degrees) == {1, 2, 3, 4, 5}
    hidden = np.tanh(BITS @ (w["hidden.0.W"] * (degrees >= inputs[:, None])) + w["hidden.0.b"])
    logits = hidden @ (w["logits.W"] * (inputs > degrees[:, None])) + w["logits.b"]
    right = np.log(np.where(BITS == 1, expit(logits), expit(-logits))).sum(axis=1)
    np.testing.assert_allclose(log_prob(model, BITS), right, rtol=1e-12)


def test_made_sees_as_much_as_it_may():
    """With enough hidden units every output is connected to every input before it."""
    model = MADE(6, (10, 10), dtype="float64")
    reach = np.eye(6)
    for layer in model.layers.layers:
        reach = reach @ layer.mask.eval()
    np.testing.assert_array_equal(reach > 0, np.triu(np.ones((6, 6)), 1) > 0)


def test_made_goes_through_its_masks_and_is_their_mixture():
    model = randomised(MADE(6, (9,), n_masks=3, shuffle=True, dtype="float64"))
    assert len({tuple(order) for order in model.orders}) == 3
    x = pt.dmatrix("x")
    (objective,) = model.objectives(x, RandomStreams(0))
    train = function([x], objective.loss, updates=objective.updates)
    losses = [train(BITS) for _ in range(4)]
    assert len({round(float(loss), 9) for loss in losses[:3]}) == 3
    assert losses[3] == losses[0] and int(model.mask_index.get_value()) == 1
    by_mask = []
    for k in range(3):
        model.mask_index.set_value(np.int64(k))
        logits = function([x], model.logits(x))(BITS)
        by_mask.append(np.log(np.where(BITS == 1, expit(logits), expit(-logits))).sum(axis=1))
        assert -by_mask[-1].mean() == pytest.approx(losses[k])
    mixture = np.log(np.exp(by_mask).mean(axis=0))
    np.testing.assert_allclose(log_prob(model, BITS), mixture, rtol=1e-12)
    assert -mixture.mean() <= np.mean(losses[:3])


BASELINE = (BITS.sum(axis=0) + 0.5) / 8


def test_the_baseline_is_the_smoothed_frequencies():
    model = IndependentBernoulli(6, dtype="float64")
    model.initialize(BITS)
    right = (BITS * np.log(BASELINE) + (1 - BITS) * np.log(1 - BASELINE)).sum(axis=1)
    np.testing.assert_allclose(log_prob(model, BITS), right, rtol=1e-12)


@pytest.mark.parametrize(
    ("model", "weights"), [(NADE(6, 4, dtype="float64"), "V"), (MADE(6, (8,), dtype="float64"), "logits.W")]
)
def test_initialize_begins_at_the_baseline(model, weights):
    """Where no number hears of the others, the baseline is left."""
    model.initialize(BITS)
    param = {param.name: param for param in model.params}[weights]
    param.set_value(0 * param.get_value())
    right = (BITS * np.log(BASELINE) + (1 - BITS) * np.log(1 - BASELINE)).sum(axis=1)
    np.testing.assert_allclose(log_prob(model, BITS), right, rtol=1e-12)
    with pytest.raises(EmptyDataError, match="training data"):
        model.initialize(BITS[:0])


@pytest.mark.parametrize("n_masks", [1, 3])
def test_mades_filters_are_of_the_inputs_that_a_unit_sees(n_masks):
    """Those whose change changes the unit, under any mask."""
    model = randomised(MADE(6, (8,), "linear", n_masks, shuffle=n_masks > 1, dtype="float64"))
    hidden = function([], model.layers.layers[0](pt.constant(np.eye(6))))
    W, b = (param.get_value() for param in model.params[:2])
    seen = np.zeros((8, 6), bool)
    for k in range(n_masks):
        model.mask_index.set_value(np.int64(k))
        seen |= np.abs(hidden() - b).T > 0
    assert not seen.all()
    np.testing.assert_array_equal(model.filters(), np.where(seen, W.T, 0))


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: IndependentBernoulli(0), RangeError, "input_dim"),
        (lambda: IndependentBernoulli(6).initialize(np.ones((0, 6))), EmptyDataError, "training data"),
        (lambda: NADE(0), RangeError, "input_dim"),
        (lambda: NADE(6, 0), RangeError, "hidden_dim"),
        (lambda: NADE(6).log_prob(pt.matrix(shape=(None, 5))), ShapeError, r"\(batch, 6\)"),
        (lambda: MADE(1), RangeError, "bernoulli"),
        (lambda: MADE(6, ()), RangeError, "hidden layer"),
        (lambda: MADE(6, n_masks=0), RangeError, "n_masks"),
        (lambda: MADE(6, activation="rleu"), UnknownNameError, "relu"),
        (lambda: MADE(6).log_prob(pt.vector()), ShapeError, r"\(batch, 6\)"),
    ],
)
def test_bad_sizes_are_named_errors(build, error, words):
    with pytest.raises(error, match=words):
        build()
