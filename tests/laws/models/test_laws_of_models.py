"""Laws of every model, each tried on every row of the families' tables."""

import json

import autoencoders
import autoregressive
import diffusions
import energy
import flows
import gans
import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import vaes
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.traversal import ancestors

from symgen import backends, models
from symgen.errors import UntrainedModelError
from symgen.evaluation import check_trained
from symgen.models.weights import load_weights, save_weights
from symgen.random import RandomStreams

ROWS = {
    **autoencoders.ROWS,
    **energy.ROWS,
    **diffusions.ROWS,
    **flows.ROWS,
    **gans.ROWS,
    **vaes.ROWS,
    **autoregressive.ROWS,
}


def function(inputs, outputs, **options):
    return pytensor.function(
        inputs, outputs, mode=backends.select("py"), on_unused_input="ignore", **options
    )


def initialized(row, **settings):
    """A model of the row, its parameters moved to where symmetry and kinks hide no error."""
    model = row.build(**settings)
    if hasattr(model, "initialize"):
        model.initialize(row.x.astype(model.dtype))
    for param in model.params:
        value = param.get_value()
        noise = np.random.default_rng(1).normal(0, 0.3, value.shape)
        param.set_value((value + noise).astype(value.dtype))
    return model


def objectives(row, model):
    """(inputs, values for them, objectives) of the row's model, the shapes known: it compiles quicker."""
    x = pt.matrix("x", dtype=model.dtype, shape=row.x.shape)
    inputs, values, context = [x], [row.x.astype(model.dtype)], {}
    if model.context_dim:
        context["context"] = pt.matrix("context", dtype=model.dtype, shape=row.context.shape)
        inputs.append(context["context"])
        values.append(row.context.astype(model.dtype))
    return inputs, values, model.objectives(x, RandomStreams(3), **context)


def state(model):
    return [*model.params, *model.buffers]


def test_every_model_has_a_row():
    built = {row.build().name for row in ROWS.values()}
    assert built == set(models.MODELS)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("floatx", ["float32", "float64"])
def test_losses_gradients_and_buffers_keep_the_dtype(name, dtype, floatx):
    with pytensor.config.change_flags(floatX=floatx):
        model = ROWS[name].build(dtype=dtype)
        for objective in objectives(ROWS[name], model)[2]:
            grads = pytensor.grad(objective.loss, objective.params)
            made = (objective.loss, *objective.terms.values(), *grads)
            assert {v.dtype for v in made} == {dtype}
            assert all(new.dtype == old.dtype for old, new in objective.updates.items())


@pytest.mark.parametrize("name", ROWS)
def test_every_parameter_descends_an_objective(name):
    model = ROWS[name].build()
    descending = {p for o in objectives(ROWS[name], model)[2] for p in o.params}
    assert descending == set(model.params)


@pytest.mark.parametrize("name", ROWS)
def test_shared_numbers_that_an_objective_depends_on_are_saved_with_the_model(name):
    """No other has a place in a file of weights; what should be learned and is no parameter shows here."""
    model = ROWS[name].build()
    for objective in objectives(ROWS[name], model)[2]:
        used = ancestors([objective.loss, *objective.updates.values()])
        shared = {v for v in used if isinstance(v, SharedVariable) and "float" in v.type.dtype}
        assert shared <= set(state(model))


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.finite_differences])
def test_every_parameter_gets_the_gradient_of_finite_differences(name):
    model = initialized(ROWS[name], dtype="float64")
    inputs, values, parts = objectives(ROWS[name], model)
    for objective in parts:
        grads = pytensor.grad(objective.loss, objective.params)
        f = function(inputs, [objective.loss, *grads])  # no updates: the draws stay
        _, *gradients = f(*values)
        for param, gradient in zip(objective.params, gradients, strict=True):
            assert np.abs(gradient).max() > 0, param.name
            value = param.get_value()
            direction = np.random.default_rng(2).normal(size=value.shape)
            step, costs = 1e-5, []
            for sign in (1, -1):
                param.set_value(value + sign * step * direction)
                costs.append(f(*values)[0])
            param.set_value(value)
            slope = (costs[0] - costs[1]) / (2 * step)
            expected = pytest.approx((gradient * direction).sum(), rel=1e-6, abs=1e-9)
            assert slope == expected, param.name


@pytest.mark.parametrize("name", ROWS)
def test_weights_come_back_bit_for_bit(name, tmp_path):
    model, other = ROWS[name].build(seed=1), ROWS[name].build(seed=2)
    save_weights(model, tmp_path / "weights.safetensors")
    load_weights(other, tmp_path / "weights.safetensors")
    for one, two in zip(state(model), state(other), strict=True):
        np.testing.assert_array_equal(one.get_value(), two.get_value())


@pytest.mark.parametrize("name", ROWS)
def test_repr_rebuilds_the_model(name):
    model = ROWS[name].build(seed=4)
    twin = eval(repr(model), vars(models).copy())
    assert twin.settings == model.settings
    for one, two in zip(state(model), state(twin), strict=True):
        np.testing.assert_array_equal(one.get_value(), two.get_value())


@pytest.mark.parametrize("name", ROWS)
def test_settings_are_plain_values_that_build_it_again(name):
    model = ROWS[name].build(seed=4)
    assert json.loads(json.dumps(model.settings)) == model.settings


@pytest.mark.parametrize("name", ROWS)
def test_names_of_the_state_are_unique_and_dotted(name):
    names = [variable.name for variable in state(ROWS[name].build())]
    assert len(set(names)) == len(names) and all(names)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if hasattr(row.build(), "sample")])
def test_samples_are_rows_of_the_data_and_follow_the_seed(name):
    row = ROWS[name]
    model = initialized(row)
    context = {}
    if model.context_dim:
        context["context"] = pt.as_tensor(row.context[:4].astype(model.dtype))
    draws = []
    for seed in (0, 0, 1):
        srng = RandomStreams(seed)
        draw = function([], model.sample(4, srng, **context), updates=srng.updates)
        draws.append([draw(), draw()])
    (first, second), again, other = draws
    assert first.shape == (4, model.input_dim) and first.dtype == model.dtype
    assert np.isfinite(first).all()
    if model.value_range:
        assert first.min() >= model.value_range[0] and first.max() <= model.value_range[1]
    np.testing.assert_array_equal(first, again[0])
    assert (first != second).any() and (first != other[0]).any()


@pytest.mark.parametrize(
    "name", [name for name, row in ROWS.items() if hasattr(row.build(), "example_terms")]
)
def test_example_terms_have_one_value_an_example(name):
    row = ROWS[name]
    model = initialized(row, dtype="float64")
    inputs, values, _ = objectives(row, model)
    context = {"context": inputs[1]} if model.context_dim else {}
    terms = model.example_terms(inputs[0], RandomStreams(3), **context)
    assert model.metric_terms is None or set(model.metric_terms) <= set(terms)
    by_example = function(inputs, list(terms.values()))(*values)
    assert all(value.shape == (len(row.x),) for value in by_example)


@pytest.mark.parametrize("name", ROWS)
def test_a_model_is_untrained_until_a_parameter_moves(name, tmp_path):
    row = ROWS[name]
    model = row.build()
    before = [variable.get_value() for variable in state(model)]
    with pytest.raises(UntrainedModelError, match=type(model).__name__):
        check_trained(model)
    for variable, value in zip(state(model), before, strict=True):
        np.testing.assert_array_equal(variable.get_value(), value)
    check_trained(model, untrained=True)
    last = model.params[-1]
    last.set_value(last.get_value() + last.get_value().dtype.type(0.5))
    check_trained(model)
    save_weights(model, tmp_path / "w.safetensors")
    twin = row.build()
    load_weights(twin, tmp_path / "w.safetensors")
    check_trained(twin)
