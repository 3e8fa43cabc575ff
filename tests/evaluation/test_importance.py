"""The bounds' order against exact log p(x): a linear-Gaussian VAE in closed form, a 1-D code by quadrature."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from symgen import backends, models
from symgen.errors import NonFiniteError, NotSupportedError, RangeError, SettingsError, ShapeError
from symgen.evaluation import evaluate, importance_log_prob, iwae_curve

KS = (1, 5, 50, 1000)


def linear_gaussian(**settings):
    """``x | z ~ N(z W + b, 0.3 I)``, where z matters; q misses the posterior, and has heavier tails."""
    likelihood = models.SphericalGaussianDecoder(0.3)
    model = models.VAE(3, (), 2, likelihood=likelihood, dtype="float64", **settings)
    rng = np.random.default_rng(5)
    for param in model.params:
        scale = {"encoder.log_var": 0.02, "encoder.mu": 0.3}.get(param.name[:-2], 0.7)
        param.set_value(rng.normal(0, scale, param.get_value().shape))
    return model


@pytest.fixture(scope="module")
def exact():
    """(model, data drawn from it, exact log p of each example by SciPy)."""
    model = linear_gaussian()
    w = {param.name: param.get_value() for param in model.params}
    covariance = w["decoder.mu.W"].T @ w["decoder.mu.W"] + 0.3 * np.eye(3)
    p = multivariate_normal(w["decoder.mu.b"], covariance)
    x = p.rvs(40, random_state=1)
    return model, x, p.logpdf(x)


def test_elbo_iwae_and_exact_log_prob_are_in_order(exact):
    model, x, log_p = exact
    elbo = evaluate(model, x, n_samples=2000, backend="py").value
    results = iwae_curve(model, x, KS, backend="py")
    bounds = [result.value for result in results]
    noise = 3 * results[-1].details["monte_carlo_error"]
    assert not any(result.details for result in results[:-1])  # they are those of all draws
    values = [elbo - 0.05, *bounds, log_p.mean() + noise]
    assert values == sorted(values)
    assert bounds[0] == pytest.approx(elbo, abs=0.05)
    assert bounds[-1] - bounds[0] > 0.3  # the test would see a bound that does not rise
    assert bounds[-1] == pytest.approx(log_p.mean(), abs=noise) and noise < 0.03


def test_importance_sampling_gives_the_exact_log_prob_with_its_sign(exact):
    model, x, log_p = exact
    result = importance_log_prob(model, x, 2000, backend="py", dataset="noise", split="test")
    error = result.details["monte_carlo_error"]
    assert result.value - result.details["bias"] == pytest.approx(log_p.mean(), abs=3 * error)
    assert 0 < error < 0.02 and -0.01 < result.details["bias"] < 0
    assert 1 < result.details["least_effective_draws"] < 2000
    low, high = result.interval
    assert low < log_p.mean() < high and high - low > 2 * 1.96 * result.standard_error
    assert (low + high) / 2 == pytest.approx(result.value - result.details["bias"], rel=1e-12)
    assert result.standard_error == pytest.approx(log_p.std(ddof=1) / np.sqrt(40), rel=0.05)
    assert result.bound == "lower bound on log p(x) in expectation"
    assert (result.n, result.n_samples, result.split) == (40, 2000, "test")


def test_monte_carlo_error_and_bias_are_those_of_repetitions(exact):
    """One example many times: what differs between them is the draws alone."""
    model, x, log_p = exact
    result = importance_log_prob(model, np.repeat(x[:1], 3000, axis=0), 50, backend="py")
    assert result.details["monte_carlo_error"] == pytest.approx(result.standard_error, rel=0.1)
    bias = result.value - log_p[0]
    assert result.details["bias"] == pytest.approx(bias, rel=0.25)
    assert bias < -3 * result.standard_error  # a lower bound in expectation


def test_bound_rises_for_each_example_whatever_the_draws(exact):
    model, x, _ = exact
    for row in x[:5]:
        values = [r.value for r in iwae_curve(model, row[None], (1, 2, 4, 8), backend="py", seed=3)]
        assert values == sorted(values)


class NormalWeights(models.VAE):
    """Log weights that are standard normal draws, whatever the example."""

    def log_weights(self, x, srng, k, context=None):
        return srng.normal((x.shape[0], k), dtype=self.dtype)


@pytest.mark.parametrize("k", [7, 73])  # the compiled function makes 50 at a time at most
def test_so_many_draws_are_made_as_are_asked_for(k):
    model = NormalWeights(3, (), 2, dtype="float64")
    result = importance_log_prob(model, np.zeros((4000, 3)), k, backend="py", untrained=True)
    draws = np.random.default_rng(0).normal(size=(100_000, k))
    expected = logsumexp(draws, axis=1) - np.log(k)
    assert result.standard_error * np.sqrt(4000) == pytest.approx(expected.std(), rel=0.06)
    assert result.value == pytest.approx(expected.mean(), abs=4 * result.standard_error)


def test_one_dimensional_code_agrees_with_quadrature():
    prior = models.MixturePrior(3)
    model = models.VAE(4, (5,), 1, context_dim=2, prior=prior, dtype="float64")
    rng = np.random.default_rng(2)
    for param in model.params:
        param.set_value(param.get_value() + rng.normal(0, 0.5, param.get_value().shape))
    x = (rng.random((6, 4)) > 0.5).astype("float64")
    context = np.eye(2)[[0, 1, 0, 1, 0, 1]]
    z = np.linspace(-12, 12, 4001)
    w = {param.name: param.get_value() for param in model.params}
    weights = np.exp(w["prior.logits"]) / np.exp(w["prior.logits"]).sum()
    scale = np.exp(w["prior.log_var"][:, 0] / 2)
    prior = (weights * norm.pdf(z[:, None], w["prior.mu"][:, 0], scale)).sum(1)
    exact = []
    for row, c in zip(x, context, strict=True):
        given = pt.as_tensor(np.tile(c, (len(z), 1)))
        p = model.decode(pt.as_tensor(z[:, None]), given)
        p = pytensor.function([], p, mode=backends.select("py"))()
        log_joint = (row * np.log(p) + (1 - row) * np.log1p(-p)).sum(1) + np.log(prior)
        exact.append(logsumexp(log_joint) + np.log(z[1] - z[0]))
    result = importance_log_prob(model, x, 4000, context=context, backend="py")
    tolerance = 4 * result.details["monte_carlo_error"]
    assert result.value - result.details["bias"] == pytest.approx(np.mean(exact), abs=tolerance)
    assert tolerance < 0.1


def test_bad_input_is_a_named_error(exact):
    model, x, _ = exact
    for k in (0, 2.5, -3):
        with pytest.raises(RangeError):
            importance_log_prob(model, x, k, backend="py", untrained=True)
    with pytest.raises(RangeError, match="divide"):
        iwae_curve(model, x, (3, 50), backend="py", untrained=True)
    with pytest.raises(RangeError):
        iwae_curve(model, x, (), backend="py", untrained=True)
    with pytest.raises(ShapeError):
        importance_log_prob(model, x[:, :2], backend="py", untrained=True)
    with pytest.raises(NonFiniteError):
        importance_log_prob(model, np.full_like(x, np.nan), backend="py", untrained=True)
    with pytest.raises(RangeError):
        importance_log_prob(models.VAE(3, (), 2), x * 10, backend="py", untrained=True)
    with pytest.raises(SettingsError):
        importance_log_prob(models.VAE(3, (), 2, context_dim=2), np.abs(x) / 20, backend="py", untrained=True)
    with pytest.raises(NotSupportedError, match="log_weights"):
        importance_log_prob(models.Autoencoder(3, (), 2), np.abs(x) / 20, backend="py", untrained=True)


def test_weights_that_overflow_are_never_averaged_away():
    model = linear_gaussian()
    model.params[0].set_value(model.params[0].get_value() * np.nan)
    with pytest.raises(NonFiniteError, match="4 of 4"):
        importance_log_prob(model, np.ones((4, 3)), 5, backend="py")
