import hashlib

import numpy as np
import pytest
from scipy import stats

from symgen import models
from symgen.errors import NonFiniteError, RangeError, SettingsError, ShapeError, UntrainedModelError
from symgen.evaluation import (
    ExampleTerms,
    Result,
    bits_per_dimension,
    evaluate,
    exact_log_z,
    importance_log_prob,
    iwae_curve,
    log_likelihood,
    pseudo_likelihood,
    raise_log_likelihood,
)
from symgen.evaluation.result import mean_and_standard_error

X = np.random.default_rng(0).random((23, 6)).astype("float32")


@pytest.fixture(scope="module")
def model():
    return models.VAE(6, (5,), 2)


def test_mean_and_standard_error_equal_scipy():
    values = np.random.default_rng(1).normal(size=50)
    mean, error = mean_and_standard_error(values, "it")
    assert mean == pytest.approx(values.mean()) and error == pytest.approx(stats.sem(values))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_non_finite_value_is_never_averaged_away(wrong):
    with pytest.raises(NonFiniteError, match="1 of 3 that are not, first for example 1"):
        mean_and_standard_error([1.0, wrong, 2.0], "it")


def test_elbo_has_sign_unit_bound_and_terms_that_add_up(model):
    result = evaluate(model, X, n_samples=3, backend="py", untrained=True, dataset="noise", split="test")
    assert (result.metric, result.unit) == ("ELBO", "nats per example")
    assert result.bound.startswith("lower bound on log p(x)")
    assert result.value < 0 < result.standard_error
    assert -sum(result.terms.values()) == pytest.approx(result.value)
    assert (result.n, result.n_samples, result.dataset, result.split) == (23, 3, "noise", "test")


def test_autoencoder_claims_no_bound():
    result = evaluate(models.Autoencoder(6, (), 2), X, backend="py", untrained=True)
    assert result.bound == "none" and "ELBO" not in result.metric


def test_chunks_change_nothing_but_the_draws(model):
    ae = models.Autoencoder(6, (), 2)
    terms = ExampleTerms(ae, "py")
    whole, chunked = (terms(X, batch_size=size)["reconstruction"] for size in (100, 4))
    np.testing.assert_allclose(whole, chunked, rtol=1e-6)


def test_same_seed_same_numbers(model):
    terms = ExampleTerms(model, "py")
    first, second, other = (terms(X, seed=seed)["reconstruction"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_bad_input_is_a_named_error(model):
    with pytest.raises(RangeError):
        evaluate(model, X, n_samples=0, backend="py", untrained=True)
    with pytest.raises(ShapeError):
        evaluate(model, X[:, :3], backend="py", untrained=True)
    with pytest.raises(RangeError):
        evaluate(model, X * 3, backend="py", untrained=True)


def test_float64_model_sees_float64_data():
    """The terms of a float64 model hold no rounding of its data to float32."""
    model = models.Autoencoder(6, (), 2, dtype="float64", loss="squared_error")
    x = np.random.default_rng(3).random((4, 6))
    w = {p.name: p.get_value() for p in model.params}
    code = np.maximum(x @ w["encoder.0.W"] + w["encoder.0.b"], 0)
    error = ((code @ w["decoder.0.W"] + w["decoder.0.b"] - x) ** 2).sum(1).mean()
    assert -evaluate(model, x, backend="py", untrained=True).value == pytest.approx(error, rel=1e-13)


def test_grey_levels_for_a_model_of_binary_data_are_refused():
    with pytest.raises(RangeError, match="--binarize") as error:
        evaluate(models.IndependentBernoulli(6), X, backend="py", untrained=True)
    assert f"{X.size} of {X.size} values" in str(error.value)


def test_a_model_as_it_was_drawn_is_refused_unless_that_is_said(model):
    for call in (evaluate, bits_per_dimension, iwae_curve, importance_log_prob):
        kind = models.IndependentBernoulli(6) if call is bits_per_dimension else model
        with pytest.raises(UntrainedModelError, match="untrained=True"):
            call(kind, X, backend="py")
    rbm = models.RBM(6, 2)
    for call in (log_likelihood, pseudo_likelihood, raise_log_likelihood):
        more = [exact_log_z(rbm, backend="py")] if call is log_likelihood else []
        with pytest.raises(UntrainedModelError):
            call(rbm, X > 0.5, *more, backend="py")
    rbm.vbias.set_value(rbm.vbias.get_value() + 1)
    assert pseudo_likelihood(rbm, X > 0.5, backend="py").value < 0


def test_the_elbo_of_grey_levels_is_said_to_be_one_of_binary_images(model):
    """The Bernoulli term of grey levels is a mean over binary images: no bound on log p of the levels."""
    of_grey = "lower bound on log p(x), mean over binary images drawn with the grey levels as probabilities"
    options = {"backend": "py", "untrained": True}
    assert evaluate(model, X, **options).bound == of_grey
    assert importance_log_prob(model, X, 5, **options).bound == of_grey.replace("p(x)", "p(x) in expectation")
    assert evaluate(model, X > 0.5, **options).bound == "lower bound on log p(x)"
    real = models.VAE(6, (5,), 2, likelihood=models.GaussianDecoder())
    assert evaluate(real, X, **options).bound == "lower bound on log p(x)"


def test_a_result_says_which_data_it_is_of_though_nobody_named_them(model):
    bits = (X > 0.5).astype("float32")
    hashed = hashlib.sha256(b"(23, 6) <f4\n" + bits.tobytes()).hexdigest()
    for call in (evaluate, importance_log_prob):
        result = call(model, bits, backend="py", untrained=True, **({} if call is evaluate else {"k": 2}))
        assert (result.dataset_hash, result.binarization) == (hashed, "0 and 1 as given")
    grey = evaluate(model, X, backend="py", untrained=True, dataset="noise")
    assert (grey.dataset, grey.split, grey.binarization) == ("noise", "not named", "none")
    assert grey.dataset_hash != hashed


def test_one_example_has_no_standard_error(model):
    options = {"backend": "py", "untrained": True}
    one = evaluate(model, X[:1], **options)
    assert one.standard_error is None and one.with_error(2) == f"{one.value:.2f}"
    many = evaluate(model, X, **options)
    assert many.with_error(1) == f"{many.value:.1f} ± {many.standard_error:.1f}"
    assert importance_log_prob(model, X[:1], 5, **options).interval is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": np.nan},
        {"value": -np.inf},
        {"standard_error": np.nan},
        {"interval": (0.0, np.inf)},
        {"terms": {"kl": np.nan}},
        {"details": {"floor": np.nan}},
    ],
)
def test_a_result_holds_finite_numbers_only(wrong):
    good = {"value": 1.0, "standard_error": 0.1, "interval": (0.0, 2.0), "terms": {"kl": 1.0}}
    about = {"metric": "it", "unit": "nats", "bound": "none", "n": 2, "n_samples": 1}
    assert Result(**about, **good).value == 1
    with pytest.raises(NonFiniteError, match="it to be finite"):
        Result(**about, **{**good, **wrong})


@pytest.mark.parametrize("wrong", [0, -1, 2.5, np.nan, np.inf, "3", True, None])
def test_numbers_of_draws_and_of_examples_at_once_are_whole(model, wrong):
    """A batch size of -1 gave an ELBO of 0, no example having been looked at."""
    options = {"backend": "py", "untrained": True}
    for call in (
        lambda: evaluate(model, X, n_samples=wrong, **options),
        lambda: evaluate(model, X, batch_size=wrong, **options),
        lambda: importance_log_prob(model, X, wrong, **options),
        lambda: bits_per_dimension(models.IndependentBernoulli(6), X > 0.5, n_samples=wrong, **options),
        lambda: bits_per_dimension(models.IndependentBernoulli(6), X > 0.5, batch_size=wrong, **options),
        lambda: pseudo_likelihood(models.RBM(6, 2), X > 0.5, batch_size=wrong, **options),
    ):
        with pytest.raises(RangeError, match="a whole number of") as caught:
            call()
        assert caught.value.remedy


def test_terms_of_another_model_are_refused(model):
    other = ExampleTerms(models.VAE(6, (5,), 2, seed=1), "py")
    with pytest.raises(SettingsError, match="another VAE"):
        evaluate(model, X, terms=other, backend="py", untrained=True)
