"""Bits per dimension of models whose probability of grey levels is known."""

import numpy as np
import pytensor
import pytest
import scipy.stats

from symgen.errors import NonFiniteError, NotSupportedError, RangeError
from symgen.evaluation import bits_per_dimension
from symgen.models import Autoencoder, Flow, IndependentBernoulli, flows

LEVELS, DIM = 5, 3
OPTIONS = {"levels": LEVELS, "dtype": "float64"}
X = np.random.default_rng(4).integers(LEVELS, size=(40, DIM)) / (LEVELS - 1)


@pytest.fixture(autouse=True)
def interpreted():
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        yield


def bits(model, x=X, **options):
    return bits_per_dimension(model, x, backend="py", **options)


@pytest.mark.parametrize("levels", [LEVELS, 256])
def test_uniform_levels_cost_the_logarithm_of_their_number(levels):
    """A logistic variable is the logit of a uniform one: the density on [0, 1) is 1. Bytes cost 8 bits."""
    logit = flows.Logit(DIM, alpha=0)
    x = np.random.default_rng(5).integers(levels, size=(40, DIM)) / (levels - 1)
    result = bits(Flow(flows.StandardLogistic(DIM), [logit], levels=levels, dtype="float64"), x)
    assert result.value == pytest.approx(np.log2(levels), abs=1e-12)
    assert result.unit == "bits per dimension" and result.bound == "upper bound"


def logistic_flow():
    """A logistic density on the dequantised levels, without and with a logit on the way."""
    norm = flows.ActNorm(DIM, dtype="float64")
    norm.shift.set_value(np.array([0.2, 0.5, 0.6]))
    norm.log_scale.set_value(np.log([0.1, 0.3, 0.2]))
    return Flow(flows.StandardLogistic(DIM), [norm], **OPTIONS)


def exact_bits_of_logistic_flow():
    edges = np.arange(LEVELS + 1) / LEVELS
    k = np.round(X * (LEVELS - 1)).astype(int)
    below, above = (
        scipy.stats.logistic.cdf(edges[i], [0.2, 0.5, 0.6], [0.1, 0.3, 0.2]) for i in (k, k + 1)
    )
    return -np.log2(above - below).mean()


def test_more_draws_tighten_the_bound_to_the_exact_probability():
    model, exact = logistic_flow(), exact_bits_of_logistic_flow()
    one = np.mean([bits(model, seed=seed).value for seed in range(20)])
    many = bits(model, n_samples=400)
    assert many.n_samples == 400 and many.n == 40
    assert exact < many.value + 1e-3 and many.value == pytest.approx(exact, abs=5e-3)
    assert exact + 0.01 < one


def test_the_slope_of_the_logit_is_counted():
    """A logistic of scale s seen through the logit: the cells' probabilities by its own CDF."""
    norm = flows.ActNorm(DIM, dtype="float64")
    shift, scale, alpha = np.array([-0.5, 0.2, 1.0]), np.array([0.5, 1.5, 0.8]), 0.05
    norm.shift.set_value(shift)
    norm.log_scale.set_value(np.log(scale))
    model = Flow(flows.StandardLogistic(DIM), [norm, flows.Logit(DIM, alpha)], **OPTIONS)
    edges = np.arange(LEVELS + 1) / LEVELS
    on_the_line = np.log((alpha + 0.9 * edges) / (1 - alpha - 0.9 * edges))
    k = np.round(X * (LEVELS - 1)).astype(int)
    below, above = (scipy.stats.logistic.cdf(on_the_line[i], shift, scale) for i in (k, k + 1))
    exact = -np.log2(above - below).mean()
    assert bits(model, n_samples=400).value == pytest.approx(exact, abs=5e-3)


def test_bits_of_binary_images_and_their_error_are_scipys():
    model = IndependentBernoulli(DIM, dtype="float64")
    model.b.set_value(np.array([-1.0, 0.3, 2.0]))
    x = X.round()
    by_example = -scipy.stats.bernoulli.logpmf(x, scipy.special.expit(model.b.get_value())).mean(1)
    result = bits(model, x)
    assert result.value == pytest.approx(by_example.mean() / np.log(2), rel=1e-12)
    assert result.standard_error == pytest.approx(scipy.stats.sem(by_example) / np.log(2), rel=1e-12)
    assert result.bound == "exact"


def test_the_same_seed_gives_the_same_bits():
    model = logistic_flow()
    assert bits(model, n_samples=3, seed=1) == bits(model, n_samples=3, seed=1)
    assert bits(model, seed=1).value != bits(model, seed=2).value


def test_models_and_data_that_have_no_bits():
    with pytest.raises(NotSupportedError, match="levels="):
        bits(flows.Gaussian(DIM))
    with pytest.raises(NotSupportedError, match="levels="):
        bits(Autoencoder(DIM, (2,), 1))
    with pytest.raises(RangeError, match="levels"):
        bits(logistic_flow(), X * 0.9)
    with pytest.raises(RangeError, match="draws"):
        bits(logistic_flow(), n_samples=0)


def test_a_flow_that_has_diverged_is_not_averaged_away():
    model = logistic_flow()
    model.bijectors[0].log_scale.set_value(np.array([np.nan, 0, 0]))
    with pytest.raises(NonFiniteError):
        bits(model)
