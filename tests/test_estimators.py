"""scikit-learn's own checks of every estimator; pipelines, searches, pickles; scores by their oracles."""

import io
import itertools

import joblib
import numpy as np
import pytest
from scipy.special import expit, logsumexp
from scipy.stats import norm
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from symgen import estimators, evaluation
from symgen.datasets import load_digits
from symgen.errors import NonFiniteError, RangeError

FAST = {"n_iter": 1, "batch_size": 100, "backend": "py", "random_state": 0}
SMALL = {
    "Autoencoder": estimators.Autoencoder(2, hidden_dims=(), **FAST),
    "DenoisingAutoencoder": estimators.DenoisingAutoencoder(2, hidden_dims=(), **FAST),
    "VAE": estimators.VAE(2, hidden_dims=(), n_draws=2, **FAST),
    "GaussianRBM": estimators.GaussianRBM(2, k=2, n_chains=5, **FAST),
    "BernoulliRBM": estimators.BernoulliRBM(2, binarize=0.0, **FAST),
    "FlowDensity": estimators.FlowDensity(n_layers=1, hidden_dims=(3,), **FAST),
}
RNG = np.random.default_rng(0)
X = RNG.random((30, 6)).astype("float32")


@parametrize_with_checks(list(SMALL.values()))
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", SMALL)
def test_pickle_gives_the_same_numbers_and_holds_no_graph(name):
    estimator = clone(SMALL[name]).fit(X)
    file = io.BytesIO()
    joblib.dump(estimator, file)
    assert b"pytensor" not in file.getvalue()
    file.seek(0)
    twin = joblib.load(file)
    np.testing.assert_array_equal(twin.score_samples(X), estimator.score_samples(X))
    if hasattr(estimator, "transform"):
        np.testing.assert_array_equal(twin.transform(X), estimator.transform(X))
    if hasattr(estimator, "sample"):
        np.testing.assert_array_equal(twin.sample(3, 1), estimator.sample(3, 1))


@pytest.mark.parametrize("name", SMALL)
def test_passes_over_the_same_data_are_those_of_fit(name):
    whole = clone(SMALL[name]).set_params(n_iter=3, batch_size=7).fit(X)
    parts = clone(SMALL[name]).set_params(batch_size=7)
    for _ in range(3):
        assert parts.partial_fit(X) is parts
    for one, two in zip(whole.model_.params, parts.model_.params, strict=True):
        np.testing.assert_array_equal(one.get_value(), two.get_value(), err_msg=one.name)
    _, reported, *_ = whole.history_[0]  # the loss, or what an RBM reports for it
    losses = [[row[reported] for row in each.history_] for each in (whole, parts)]
    np.testing.assert_allclose(*losses, rtol=1e-6)
    assert [row["epoch"] for row in parts.history_] == [1, 2, 3]


def test_portions_of_a_stream_bring_a_fitted_model_further():
    """Data of three dimensions in six, portion by portion of unequal sizes, through a pickle."""
    stream = RNG.normal(size=(400, 3)) @ RNG.normal(size=(3, 6))
    options = {**FAST, "n_iter": 5, "batch_size": 20}
    model = estimators.Autoencoder(3, hidden_dims=(), learning_rate=0.01, **options)
    scores = [model.fit(stream[:100]).score(stream)]
    for _ in range(3):
        for start, end in ((100, 150), (150, 290), (290, 400)):
            model.partial_fit(stream[start:end])
        scores.append(model.score(stream))
        file = io.BytesIO()
        joblib.dump(model, file)
        file.seek(0)
        model = joblib.load(file)
    assert scores == sorted(scores) and scores[-1] > scores[0] / 3
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(stream[:, :4])
    assert len(model.history_) == 5 + 9


def test_a_portion_that_explodes_leaves_the_model_as_it_was():
    options = {**FAST, "batch_size": 5, "optimizer": "sgd"}
    model = estimators.Autoencoder(2, hidden_dims=(), learning_rate=1e-3, **options).partial_fit(X)
    before = weights(model)
    wild = clone(model).set_params(learning_rate=1e30)
    with pytest.raises(NonFiniteError, match="pass 1"):
        wild.partial_fit(X)
    assert not hasattr(wild, "model_")
    with pytest.raises(NonFiniteError, match="pass 2"):
        model.partial_fit(X * np.float32(1e30))
    for name, value in weights(model).items():
        np.testing.assert_array_equal(value, before[name])
    assert len(model.history_) == 1


def test_features_help_a_classifier_in_a_pipeline():
    digits = load_digits()
    images, labels = digits.splits["train"][:600], digits.labels["train"][:600]
    denoising = estimators.DenoisingAutoencoder(
        16, hidden_dims=(), n_iter=15, learning_rate=0.01, backend="py", random_state=0
    )
    model = make_pipeline(denoising, LogisticRegression(max_iter=300)).fit(images, labels)
    assert model.score(digits.splits["test"], digits.labels["test"]) > 0.8


def test_grid_search_finds_the_size_that_rebuilds_best():
    """Data of three dimensions in six: a code of three numbers rebuilds them, one of one does not."""
    data = RNG.normal(size=(150, 3)) @ RNG.normal(size=(3, 6))
    options = {**FAST, "n_iter": 60, "batch_size": 25}
    estimator = estimators.Autoencoder(hidden_dims=(), learning_rate=0.01, **options)
    search = GridSearchCV(estimator, {"n_components": [1, 3]}, cv=2).fit(data)
    assert search.best_params_ == {"n_components": 3}
    assert search.best_score_ < 0


def weights(estimator):
    return {p.name: p.get_value().astype("float64") for p in estimator.model_.params}


def test_pseudo_likelihood_of_an_rbm_equals_enumeration():
    bits = (X > 0.5).astype("float32")
    estimator = estimators.BernoulliRBM(3, **FAST).fit(bits)
    w = weights(estimator)

    def free_energy(v):
        return -v @ w["vbias"] - np.logaddexp(0, v @ w["W"] + w["hbias"]).sum(-1)

    right = np.zeros(len(bits))
    for i in range(6):
        flipped = bits.copy()
        flipped[:, i] = 1 - flipped[:, i]
        right += np.log(expit(free_energy(flipped) - free_energy(bits)))
    np.testing.assert_allclose(estimator.score_samples(bits), right, rtol=1e-4)
    hidden = expit(bits @ w["W"] + w["hbias"])
    np.testing.assert_allclose(estimator.transform(bits), hidden, rtol=1e-5)


def test_gaussian_rbm_beats_independent_gaussians_at_its_defaults():
    """Exact log p of digits, both with a variance of a hundredth of the mean one at least."""
    images = load_digits().splits["train"]
    estimator = estimators.GaussianRBM(12, backend="c", random_state=0).fit(images)
    log_z = evaluation.exact_log_z(estimator.model_, backend="c").value
    variance = images.var(0)
    scale = np.sqrt(np.maximum(variance, 0.01 * variance.mean()))
    alone = norm.logpdf(images, images.mean(0), scale).sum(1).mean()
    assert estimator.score(images) - log_z > alone + 10


def test_persistent_chains_are_kept_in_the_pickle():
    estimator = estimators.BernoulliRBM(3, persistent=True, **FAST).fit(X)
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    chains = joblib.load(file).model_.chains.get_value()
    np.testing.assert_array_equal(chains, estimator.model_.chains.get_value())


def test_flow_density_scores_a_density_and_samples_it():
    data = np.column_stack([RNG.normal(2, 0.5, 1500), RNG.normal(-1, 2, 1500)])
    options = {"n_layers": 2, "hidden_dims": (16,), "learning_rate": 0.005, "n_iter": 12}
    flow = estimators.FlowDensity(**{**FAST, **options}).fit(data)
    entropy = sum(0.5 * np.log(2 * np.pi * np.e * scale**2) for scale in (0.5, 2))
    assert flow.score(data) == pytest.approx(-entropy, abs=0.1)
    draws = flow.sample(2000, random_state=0)
    np.testing.assert_allclose(draws.mean(0), [2, -1], atol=0.25)
    np.testing.assert_allclose(draws.std(0), [0.5, 2], rtol=0.15)


def test_vae_score_is_an_importance_weighted_bound_by_quadrature():
    data = RNG.normal(size=(60, 4))
    options = {**FAST, "n_iter": 20}
    vae = estimators.VAE(1, hidden_dims=(), n_draws=400, learning_rate=0.01, **options).fit(data)
    w = weights(vae)
    z = np.linspace(-8, 8, 2001)
    scale = np.exp(w["decoder.log_var"] / 2)
    means = z[:, None] @ w["decoder.mu.W"] + w["decoder.mu.b"]
    log_joint = norm.logpdf(data[:, None], means, scale).sum(2) + norm.logpdf(z)
    exact = logsumexp(log_joint, axis=1) + np.log(z[1] - z[0])
    np.testing.assert_allclose(vae.score_samples(data), exact, atol=0.1)


def test_inverse_transform_rebuilds():
    model = estimators.Autoencoder(6, hidden_dims=(), **{**FAST, "n_iter": 200}, learning_rate=0.02)
    model.fit(X)
    rebuilt = model.inverse_transform(model.transform(X))
    np.testing.assert_allclose(((rebuilt - X) ** 2).sum(1), -model.score_samples(X), rtol=1e-4)
    assert np.abs(rebuilt - X).mean() < 0.1
    assert list(model.get_feature_names_out()) == [f"autoencoder{i}" for i in range(6)]


@pytest.mark.parametrize("name", SMALL)
def test_settings_of_a_model_to_come_leave_the_fitted_one_as_it_is(name):
    """Changed and not fitted again: numbers, names of the code and the pickle are those of the fit."""
    estimator = clone(SMALL[name]).fit(X)
    scores = estimator.score_samples(X)
    sizes = {"n_components": 5} if hasattr(estimator, "n_components") else {"n_layers": 2}
    file = io.BytesIO()
    joblib.dump(estimator.set_params(**sizes), file)
    file.seek(0)
    twin = joblib.load(file)
    for each in (estimator, twin):
        np.testing.assert_array_equal(each.score_samples(X), scores)
        if hasattr(each, "transform"):
            assert each.transform(X).shape == (30, len(each.get_feature_names_out())) == (30, 2)
    assert twin.get_params() == estimator.get_params()


def test_draws_chosen_after_the_fit_are_those_of_the_vaes_score():
    few = clone(SMALL["VAE"]).fit(X)
    few.score(X)
    many = clone(SMALL["VAE"]).set_params(n_draws=300).fit(X).score(X)
    assert few.set_params(n_draws=300).score(X) == many


def test_bad_input_is_a_named_error():
    with pytest.raises(RangeError, match="binarize"):
        estimators.BernoulliRBM(2, **FAST).fit(X * 3)
    with pytest.raises(RangeError):
        estimators.VAE(2, likelihood="bernoulli", hidden_dims=(), **FAST).fit(X - 1)
    for wrong in (0, 2.5, None, "64"):
        for name in ("VAE", "Autoencoder", "FlowDensity"):
            with pytest.raises(RangeError, match="hidden_dims"):
                clone(SMALL[name]).set_params(hidden_dims=wrong).fit(X)
    for name in SMALL:
        for size in sorted({"n_components", "n_iter", "batch_size"} & {*SMALL[name].get_params()}):
            for wrong in (0, -1, 2.5, "2", None):  # by the name that scikit-learn's user knows
                with pytest.raises(RangeError, match=size):
                    clone(SMALL[name]).set_params(**{size: wrong}).fit(X)
                if size != "n_iter":
                    with pytest.raises(RangeError, match=size):
                        clone(SMALL[name]).set_params(**{size: wrong}).partial_fit(X)
    for wrong in ("half", float("nan")):
        with pytest.raises(RangeError, match="binarize"):
            clone(SMALL["BernoulliRBM"]).set_params(binarize=wrong).fit(X)
    with pytest.raises(ValueError, match="minimum of 2"):
        clone(SMALL["GaussianRBM"]).fit(X[:1])
    with pytest.raises(ValueError, match="likelihood"):
        estimators.VAE(2, likelihood="poisson", **FAST).fit(X)
    for name, method in itertools.product(SMALL, ("transform", "score_samples", "sample")):
        if hasattr(SMALL[name], method):
            with pytest.raises(NotFittedError):
                getattr(clone(SMALL[name]), method)(*([] if method == "sample" else [X]))
