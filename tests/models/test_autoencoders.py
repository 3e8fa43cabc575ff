"""Corruptions, penalties, tied weights and stacks of autoencoders against NumPy."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import expit, log_softmax

from symgen import backends, models, updates
from symgen.errors import RangeError, SettingsError, ShapeError, UnknownNameError
from symgen.evaluation import evaluate
from symgen.models.autoencoders.corruption import CORRUPTIONS
from symgen.models.autoencoders.penalties import jacobian_norm
from symgen.random import RandomStreams

RNG = np.random.default_rng(0)
X = RNG.random((7, 6))


def function(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode=backends.select("py"), **options)


def moved(model):
    """The model with parameters away from their first values, and these by name."""
    rng = np.random.default_rng(1)
    for param in model.params:
        param.set_value(param.get_value() + rng.normal(0, 0.4, param.get_value().shape))
    return model, {param.name: param.get_value() for param in model.params}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_corruptions_spoil_as_many_values_as_they_say(dtype):
    n, level = 40_000, 0.3
    x = RNG.uniform(0.2, 0.8, (n // 8, 8)).astype(dtype)
    spoilt = {
        name: function([], corrupt(pt.as_tensor(x), RandomStreams(1), level))()
        for name, corrupt in CORRUPTIONS.items()
    }
    error = 4 * np.sqrt(level * (1 - level) / n)
    for name, values in spoilt.items():
        assert values.shape == x.shape and values.dtype == dtype, name
    changed = spoilt["masking"] != x
    assert (spoilt["masking"][changed] == 0).all()
    assert changed.mean() == pytest.approx(level, abs=error)
    changed = spoilt["salt_and_pepper"] != x
    extremes = spoilt["salt_and_pepper"][changed]
    assert set(extremes.tolist()) == {0.0, 1.0}
    assert changed.mean() == pytest.approx(level, abs=error)
    assert extremes.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(changed.sum()))
    noise = spoilt["gaussian"] - x
    assert noise.std() == pytest.approx(level, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=4 * level / np.sqrt(n))


def numpy_encoder(w, x, activation):
    k = 0
    while f"encoder.{k}.W" in w:
        x = activation(x @ w[f"encoder.{k}.W"] + w[f"encoder.{k}.b"])
        k += 1
    return x


@pytest.mark.parametrize("hidden_dims", [(), (5,), (5, 4)])
@pytest.mark.parametrize(("activation", "by_numpy"), [("sigmoid", expit), ("tanh", np.tanh)])
def test_jacobian_norm_equals_differences(hidden_dims, activation, by_numpy):
    model, w = moved(models.Autoencoder(6, hidden_dims, 3, activation, dtype="float64"))
    x = pt.matrix("x", dtype="float64")
    norms = function([x], jacobian_norm(model.encoder.layers, x))(X)
    for row, norm in zip(X, norms, strict=True):
        steps = 1e-6 * np.eye(6)
        slopes = [
            (numpy_encoder(w, row + s, by_numpy) - numpy_encoder(w, row - s, by_numpy)) / 2e-6
            for s in steps
        ]
        assert norm == pytest.approx((np.array(slopes) ** 2).sum(), rel=1e-7)


def test_contraction_of_one_sigmoid_layer_is_the_papers_closed_form():
    penalty = models.Contraction(0.25)
    model, w = moved(models.Autoencoder(6, (), 4, "sigmoid", penalties=(penalty,), dtype="float64"))
    x = pt.matrix("x", dtype="float64")
    terms = model.example_terms(x)
    contraction, cost = function([x], [terms["contraction"], model.cost(x)[0]])(X)
    h = numpy_encoder(w, X, expit)
    right = ((h * (1 - h)) ** 2) @ (w["encoder.0.W"] ** 2).sum(0)
    np.testing.assert_allclose(contraction, right, rtol=1e-12)
    plain = models.Autoencoder(6, (), 4, "sigmoid", dtype="float64")
    for param in plain.params:
        param.set_value(w[param.name])
    without = function([x], plain.cost(x)[0])(X)
    assert cost == pytest.approx(without + 0.25 * right.mean(), rel=1e-12)


def test_sparsity_terms_equal_numpy_and_leave_the_metric_alone():
    penalties = (models.L1Sparsity(0.5), models.KLSparsity(0.1, 2.0))
    model, w = moved(models.Autoencoder(6, (), 4, "sigmoid", penalties=penalties, dtype="float64"))
    x = pt.matrix("x", dtype="float64")
    terms = model.example_terms(x)
    l1, kl, cost = function([x], [terms["l1"], terms["kl_sparsity"], model.cost(x)[0]])(X)
    h = numpy_encoder(w, X, expit)
    np.testing.assert_allclose(l1, h.sum(1), rtol=1e-12)
    mean = h.mean(0)
    right = (0.1 * np.log(0.1 / mean) + 0.9 * np.log(0.9 / (1 - mean))).sum()
    np.testing.assert_allclose(kl, np.full(7, right), rtol=1e-12)
    result = evaluate(model, X, backend="py")
    assert result.value == pytest.approx(-result.terms["reconstruction"])
    right = result.terms["reconstruction"] + 0.5 * h.sum(1).mean() + 2 * right
    assert cost == pytest.approx(right, rel=1e-12)


def cross_entropy(p, x):
    return -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1)


def test_da_rebuilds_the_whole_input_from_the_spoilt_one_with_tied_weights():
    model, w = moved(models.MODELS["da"](6, 4, level=0.5, dtype="float64"))
    assert set(w) == {"encoder.0.W", "encoder.0.b", "decoder.0.b"}
    x = pt.matrix("x", dtype="float64")
    terms = model.example_terms(x, RandomStreams(3))
    spoilt = function([], model.corrupt(pt.as_tensor(X), RandomStreams(3)))()
    assert (spoilt != X).any()
    p = expit(numpy_encoder(w, spoilt, expit) @ w["encoder.0.W"].T + w["decoder.0.b"])
    value = function([x], terms["reconstruction"])(X)
    np.testing.assert_allclose(value, cross_entropy(p, X), rtol=1e-12)
    assert np.abs(value - cross_entropy(p, spoilt)).min() > 0.01


def test_sigmoid_weights_begin_as_in_the_tutorials():
    W = models.MODELS["da"](784, 500).params[0].get_value()
    limit = 4 * np.sqrt(6 / (784 + 500))
    assert np.abs(W).max() <= limit and np.abs(W).max() > 0.99 * limit


def test_a_linear_code_may_have_any_value():
    model, _ = moved(models.Autoencoder(6, (5,), 3, "relu", code_activation="linear", dtype="float64"))
    x = pt.matrix("x", dtype="float64")
    assert function([x], model.encode(x))(X).min() < 0


def test_layers_of_a_stack_see_what_is_below_and_change_only_themselves():
    model, w = moved(models.StackedAutoencoder(6, (5,), 3, corruption_levels=(0.0,), dtype="float64"))
    first, second = model.pretraining()
    x, srng = pt.matrix("x", dtype="float64"), RandomStreams(0)
    terms = [phase.example_terms(x, srng)["reconstruction"] for phase in (first, second)]
    outer, inner = function([x], terms)(X)
    h = expit(X @ w["encoder.0.W"] + w["encoder.0.b"])
    p = expit(h @ w["encoder.0.W"].T + w["decoder.1.b"])
    np.testing.assert_allclose(outer, cross_entropy(p, X), rtol=1e-12)
    code = expit(h @ w["encoder.1.W"] + w["encoder.1.b"])
    p = expit(code @ w["encoder.1.W"].T + w["decoder.0.b"])
    np.testing.assert_allclose(inner, cross_entropy(p, h), rtol=1e-12)

    objective = second.objectives(x, srng)[0]
    step = function([x], objective.loss, updates=updates.sgd(objective.loss, objective.params, 0.1))
    losses = [step(X) for _ in range(5)]
    assert losses == sorted(losses, reverse=True)
    changed = {p.name for p in model.params if (p.get_value() != w[p.name]).any()}
    assert changed == {"encoder.1.W", "encoder.1.b", "decoder.0.b"}


def test_stacked_classifier_equals_numpy_and_pretrains_what_it_classifies_with():
    model, w = moved(models.StackedClassifier(6, 3, (5, 4), dtype="float64"))
    labels = np.eye(3)[RNG.integers(0, 3, 7)]
    x, context = pt.matrix("x", dtype="float64"), pt.matrix("context", dtype="float64")
    term = model.example_terms(x, context=context)["classification"]
    value, p = function([x, context], [term, model.predict_proba(x)])(X, labels)
    scores = numpy_encoder(w, X, expit) @ w["output.W"] + w["output.b"]
    np.testing.assert_allclose(value, -(labels * log_softmax(scores, axis=1)).sum(1), rtol=1e-12)
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-12)
    pretrained = [param for phase in model.pretraining() for param in phase.params]
    assert set(pretrained) == {*model.encoder.params, *model.buffers}


def test_stacked_classifier_counts_its_errors_beside_the_cost():
    model, w = moved(models.StackedClassifier(6, 3, (5, 4), dtype="float64"))
    labels = np.eye(3)[np.arange(7) % 3]
    result = evaluate(model, X, context=labels, backend="py")
    scores = log_softmax(numpy_encoder(w, X, expit) @ w["output.W"] + w["output.b"], axis=1)
    wrong = (scores.argmax(1) != labels.argmax(1)).mean()
    assert 0 < wrong < 1 and result.terms["error"] == pytest.approx(wrong)
    assert result.value == pytest.approx((labels * scores).sum(1).mean())
    x, context = pt.as_tensor(X), pt.as_tensor(labels)
    assert function([], model.cost(x, context=context)[0])() == pytest.approx(-result.value)


def test_layers_of_the_sda_are_spoilt_and_trained_as_in_the_tutorials():
    levels = [models.StackedClassifier(6, 3, (5,) * k).corruption_levels for k in (1, 3, 4)]
    assert levels == [(0.1,), (0.1, 0.2, 0.3), pytest.approx((0.1, 0.2, 0.3, 0.3))]
    model, w = moved(models.StackedClassifier(6, 3, (5, 4), corruption_levels=(0.4, 0.6), dtype="float64"))
    first, second = model.pretraining()
    tutorial = {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 20}
    assert models.MODELS["da"](6, 4).training == tutorial
    assert first.training == second.training == {**tutorial, "epochs": 15}
    assert model.training == {**tutorial, "epochs": 36, "pretrain_epochs": 15}
    h = expit(X @ w["encoder.0.W"] + w["encoder.0.b"])
    for phase, given, name, level in ((first, X, "0", 0.4), (second, h, "1", 0.6)):
        value = function([], phase.example_terms(pt.as_tensor(X), RandomStreams(7))["reconstruction"])()
        spoilt = function([], CORRUPTIONS["masking"](pt.as_tensor(given), RandomStreams(7), level))()
        code = expit(spoilt @ w[f"encoder.{name}.W"] + w[f"encoder.{name}.b"])
        p = expit(code @ w[f"encoder.{name}.W"].T)  # the visible biases are 0
        np.testing.assert_allclose(value, cross_entropy(p, given), rtol=1e-12)
        assert (spoilt != given).any()


def test_filters_are_rows_of_an_image():
    assert models.Autoencoder(6, (5,), 3).filters().shape == (5, 6)
    filters = models.ConvAutoencoder(64, channels=(3, 4), filter_size=5).filters()
    assert filters.shape == (3, 64)
    assert (filters.reshape(3, 8, 8)[:, [0, 6, 7]] == 0).all()


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: models.DenoisingAutoencoder(6, level=1.5), RangeError),
        (lambda: models.DenoisingAutoencoder(6, level=float("nan")), RangeError),
        (lambda: models.DenoisingAutoencoder(6, corruption="gaussian", level=-1), RangeError),
        (lambda: models.DenoisingAutoencoder(6, corruption="gauss"), UnknownNameError),
        (lambda: models.DenoisingAutoencoder(6, latent_dim=0), RangeError),
        (lambda: models.Autoencoder(6, code_activation="nothing"), UnknownNameError),
        (lambda: models.Autoencoder(6, penalties=(models.KLSparsity(),)), SettingsError),
        (lambda: models.KLSparsity(1.0), RangeError),
        (lambda: models.L1Sparsity(-1), RangeError),
        (lambda: models.Contraction(float("inf")), RangeError),
        (lambda: models.StackedAutoencoder(6, (5,), 3, corruption_levels=(0.1, 0.2, 0.3)), SettingsError),
        (lambda: models.StackedClassifier(6, 3, ()), SettingsError),
        (lambda: models.StackedClassifier(6, 3).example_terms(pt.matrix()), SettingsError),
        (lambda: models.ConvAutoencoder(36, channels=(2, 3, 4)), ShapeError),
        (lambda: models.ConvAutoencoder(30), ShapeError),
    ],
)
def test_bad_settings_are_named_errors(build, error):
    with pytest.raises(error):
        build()
