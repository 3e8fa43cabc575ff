"""Diffusion: the bound against a process whose way back is known, the schedule, bad input."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.stats import norm

from symgen.errors import RangeError, ShapeError, UnknownNameError
from symgen.evaluation import ExampleTerms, bits_per_dimension, evaluate
from symgen.models import DDPM, Diffusion
from symgen.random import RandomStreams

SMALL = {"n_steps": 8, "hidden_dims": (5,), "beta_first": 0.05, "beta_last": 0.6, "dtype": "float64"}


def function(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode="FAST_COMPILE", **options)


class Stationary(DDPM):
    """Data that are standard normal stay so: the way back is known, its noise a share of ``x_t``."""

    share = 1.0

    def predict_noise(self, x_t, t):
        """``E[epsilon | x_t]`` where `share` is 1."""
        return self.share * self._at("noise", t) * x_t


X = np.random.default_rng(0).normal(size=(6, 3))


def elbo(model, x):
    terms = ExampleTerms(model, "py")(x)
    return -sum(terms[name] for name in model.metric_terms)


def test_the_bound_is_exact_where_the_way_back_is():
    """``log N(x; 0, I)`` for each example, whatever the schedule."""
    exact = norm.logpdf(X).sum(axis=1)
    draws = elbo(Stationary(3, **SMALL), np.repeat(X, 10_000, axis=0)).reshape(6, -1)
    error = draws.std(axis=1) / 100
    assert (error < 0.1).all() and (np.abs(draws.mean(axis=1) - exact) < 4 * error).all()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.3])
def test_the_bound_lies_below_log_p_where_the_way_back_is_another(share):
    model = Stationary(3, **SMALL)
    model.share = share
    x = np.random.default_rng(1).normal(size=(4000, 3))
    result = evaluate(model, x, backend="py", n_samples=5, untrained=True)
    gap = norm.logpdf(x).sum(axis=1).mean() - result.value
    assert gap > 5 * result.standard_error
    assert (result.metric, result.bound, result.unit) == (
        "ELBO",
        "lower bound on log p(x)",
        "nats per example",
    )


def test_forward_process_adds_up():
    """``x_t`` by one draw has the moments of t steps of ``N(sqrt(1 - beta) x, beta)``."""
    model = Diffusion(3, **SMALL)
    signal, variance = 1.0, 0.0
    betas = np.linspace(0.05, 0.6, 8)
    for t, beta in enumerate(betas):
        signal, variance = signal * np.sqrt(1 - beta), variance * (1 - beta) + beta
        assert model._tables["signal"].data[t, 0] == pytest.approx(signal, rel=1e-12)
        assert model._tables["noise"].data[t, 0] ** 2 == pytest.approx(variance, rel=1e-12)


def test_steps_are_uniform_and_spread_over_the_minibatch():
    model, srng = Diffusion(3, **SMALL), RandomStreams(0)
    steps = function([], model._steps(pt.constant(16), 0, srng), updates=srng.updates)
    draws = np.array([steps() for _ in range(400)])
    assert all((np.bincount(row, minlength=8) == 2).all() for row in draws)
    assert (np.bincount(draws[:, 0], minlength=8) > 25).all()  # each example sees all of them
    later = function([], model._steps(pt.constant(14), 1, srng))()
    np.testing.assert_array_equal(np.bincount(later, minlength=8), [0] + [2] * 7)


def test_the_model_of_2015_by_numpy():
    model = Diffusion(3, **SMALL)
    x_t, t = pt.dmatrix("x_t"), np.array([0, 3, 7, 1, 2, 5])
    z = function([x_t], model._network(x_t, pt.constant(t)))(X)
    mean, log_var = function([x_t], list(model.reverse(x_t, pt.constant(t))))(X)
    beta = np.linspace(0.05, 0.6, 8)[t][:, None]
    s = 1 / (1 + np.exp(-(z[:, 3:] + np.log(beta / (1 - beta)))))
    np.testing.assert_allclose(np.exp(log_var), s, rtol=1e-12)
    np.testing.assert_allclose(mean, (X - z[:, :3]) * (1 - s) + z[:, :3], rtol=1e-12)


def test_ddpm_descends_the_squared_error_of_the_noise_by_numpy():
    model, srng = Stationary(3, **SMALL), RandomStreams(4)
    cost, terms = model.cost(pt.constant(X), srng)
    again = RandomStreams(4)
    draws = again.uniform((1,), dtype="float64"), again.normal((6, 3), dtype="float64")
    value, by_name, u, epsilon = function([], [cost, *terms.values(), *draws])()
    t = np.floor((u + np.arange(6) / 6) % 1 * 8).astype(int)
    abar = np.cumprod(1 - np.linspace(0.05, 0.6, 8))[t][:, None]
    x_t = np.sqrt(abar) * X + np.sqrt(1 - abar) * epsilon
    expected = ((np.sqrt(1 - abar) * x_t - epsilon) ** 2).sum(axis=1).mean()
    assert value == pytest.approx(expected, rel=1e-12) and by_name == value
    assert list(terms) == ["simple"]


def test_noise_is_told_from_what_the_network_gives_by_numpy():
    model = DDPM(3, 8, (5, 4), "tanh", 0.05, 0.6, dtype="float64")
    rng = np.random.default_rng(3)
    for param in model.params:
        param.set_value(rng.normal(size=param.get_value().shape))
    W1, b1, W2, b2, W3, b3 = (param.get_value() for param in model.params)
    t = np.array([0, 1, 3, 4, 6, 7])
    pace = np.exp(-np.log(8) * np.linspace(0, 1, 8))
    time = np.concatenate([np.sin(t[:, None] * pace), np.cos(t[:, None] * pace)], axis=1)
    v = np.tanh(np.tanh(np.concatenate([X, time], axis=1) @ W1 + b1) @ W2 + b2) @ W3 + b3
    abar = np.cumprod(1 - np.linspace(0.05, 0.6, 8))[t][:, None]
    x_t, steps = pt.dmatrix(), pt.lvector()
    told = function([x_t, steps], model.predict_noise(x_t, steps))(X, t)
    np.testing.assert_allclose(told, np.sqrt(abar) * v + np.sqrt(1 - abar) * X, rtol=1e-10)


def test_noise_of_more_dimensions_than_the_network_has_hidden_units_is_told():
    """Standard normal data, a network that is new: ``E |epsilon - E[epsilon | x_t]|^2`` is ``abar_t`` a dimension, 40 of them."""
    x = np.random.default_rng(4).normal(size=(2000, 40))
    model = DDPM(40, **{**SMALL, "hidden_dims": (4,)})
    simple = ExampleTerms(model, "py")(x)["simple"]
    best = 40 * np.cumprod(1 - np.linspace(model.beta_first, model.beta_last, model.n_steps)).mean()
    assert simple.mean() == pytest.approx(best, rel=0.05)


def test_samples_of_the_known_process_are_standard_normal():
    model, srng = Stationary(3, **{**SMALL, "beta_first": 1e-4}), RandomStreams(2)
    samples = function([], model.sample(20_000, srng), updates=srng.updates)()
    assert np.abs(samples.mean(axis=0)).max() < 0.03
    np.testing.assert_allclose(np.cov(samples.T), np.eye(3), atol=0.04)


def test_grey_levels_count_their_cells():
    """Uniform noise of unit cells: the ELBO of levels is that of the numbers and the volume."""
    model = DDPM(3, **SMALL, levels=4)
    x = np.random.default_rng(0).integers(4, size=(500, 3)) / 3
    result = evaluate(model, x, backend="py", n_samples=5, untrained=True)
    assert result.terms["cell"] == pytest.approx(3 * np.log(2))  # cells of side 2 / 4
    # Of several draws the mean, not that of their exponentials, which bounds nothing here.
    bits = bits_per_dimension(model, x, backend="py", n_samples=5, untrained=True)
    error = np.hypot(bits.standard_error, result.standard_error / 3 / np.log(2))
    assert bits.value == pytest.approx(-result.value / 3 / np.log(2), abs=4 * error)
    assert bits.value > 2 and bits.bound == "upper bound"
    srng = RandomStreams(0)
    samples = function([], model.sample(50, srng))()
    assert set(np.round(samples * 3, 9).ravel()) <= {0.0, 1.0, 2.0, 3.0}


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RangeError, "n_steps", lambda: Diffusion(3, 1)),
        (RangeError, "n_steps", lambda: DDPM(3, 0)),
        (RangeError, "beta_first", lambda: DDPM(3, beta_first=0.0)),
        (RangeError, "beta_last", lambda: DDPM(3, beta_last=1.0)),
        (RangeError, "levels", lambda: DDPM(3, levels=1)),
        (RangeError, "grey levels", lambda: DDPM(3, levels=4).initialize(X)),
        (RangeError, "input_dim", lambda: Diffusion(0)),
        (UnknownNameError, "'relu'", lambda: Diffusion(3, activation="rellu")),
        (ShapeError, r"\(batch, 3\)", lambda: Diffusion(3).example_terms(pt.fvector(), None)),
    ],
)
def test_bad_input_has_a_named_error(error, message, call):
    with pytest.raises(error, match=message):
        call()
