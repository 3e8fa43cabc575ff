"""The VAE's bound against NumPy and against quadrature; bad sizes and bad files."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import expit, logsumexp

from symgen import backends, models
from symgen.errors import (
    FileFormatError,
    MissingFileError,
    RangeError,
    SettingsError,
    ShapeError,
    UnknownNameError,
)
from symgen.evaluation import ExampleTerms
from symgen.models.weights import load_weights, save_weights
from symgen.random import RandomStreams

X = np.random.default_rng(0).random((7, 6))


def function(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode=backends.select("py"), **options)


def test_parameter_names_are_unique_and_say_where():
    names = [param.name for param in models.VAE(6, (5,), 2).params]
    assert len(set(names)) == len(names)
    assert {"encoder.0.W", "encoder.mu.b", "decoder.logits.W"} <= set(names)


def numpy_terms(model, x, epsilon):
    """The VAE's terms worked out from its weights in NumPy (relu hidden layer)."""
    w = {param.name: param.get_value().astype("float64") for param in model.params}
    hidden = np.maximum(x @ w["encoder.0.W"] + w["encoder.0.b"], 0)
    mu = hidden @ w["encoder.mu.W"] + w["encoder.mu.b"]
    log_var = hidden @ w["encoder.log_var.W"] + w["encoder.log_var.b"]
    z = mu + np.exp(log_var / 2) * epsilon
    p = expit(
        np.maximum(z @ w["decoder.0.W"] + w["decoder.0.b"], 0) @ w["decoder.logits.W"]
        + w["decoder.logits.b"]
    )
    reconstruction = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1)
    return reconstruction, 0.5 * (np.exp(log_var) + mu**2 - 1 - log_var).sum(1)


def test_vae_terms_equal_numpy():
    model = models.VAE(6, (5,), 2, dtype="float64", beta=0.3)
    x, srng = pt.dmatrix("x"), RandomStreams(3)
    terms = model.example_terms(x, srng)
    cost, _ = model.cost(x, RandomStreams(3))
    reconstruction, kl, total = function([x], [terms["reconstruction"], terms["kl"], cost])(X)
    again = RandomStreams(3).normal((7, 2), dtype="float64")
    right = numpy_terms(model, X, function([], again)())
    np.testing.assert_allclose(reconstruction, right[0], rtol=1e-12)
    np.testing.assert_allclose(kl, right[1], rtol=1e-12)
    assert total == pytest.approx((right[0] + 0.3 * right[1]).mean(), rel=1e-12)


def test_elbo_is_below_the_exact_log_probability():
    """One latent dimension: log p(x) by Gauss-Hermite quadrature."""
    model = models.VAE(6, (5,), 1, dtype="float64")
    x = (X > 0.5).astype("float64")
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    probabilities = function([], model.decode(pt.as_tensor(nodes[:, None])))()
    log_likelihood = x @ np.log(probabilities.T) + (1 - x) @ np.log(1 - probabilities.T)
    exact = logsumexp(log_likelihood + np.log(weights / np.sqrt(2 * np.pi)), axis=1)
    terms = ExampleTerms(model, "py")(x, n_samples=4000)
    elbo = -(terms["reconstruction"] + terms["kl"])
    gap = exact - elbo
    assert (gap > -0.02).all()
    assert gap.mean() < 1.0  # a bound, and not a useless one


def test_samples_are_probabilities_of_the_decoder():
    model = models.VAE(6, (5,), 2)
    srng = RandomStreams(0)
    draw = function([], model.sample(4, srng), updates=srng.updates)
    first, second = draw(), draw()
    assert first.shape == (4, 6) and first.dtype == "float32"
    assert ((first > 0) & (first < 1)).all() and (first != second).any()


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: models.VAE(0), RangeError),
        (lambda: models.VAE(6, (5, 0)), RangeError),
        (lambda: models.VAE(6, latent_dim=0), RangeError),
        (lambda: models.VAE(6, latent_dim=2.5), RangeError),
        (lambda: models.VAE(6, beta=-1), RangeError),
        (lambda: models.VAE(6, beta=float("nan")), RangeError),
        (lambda: models.VAE(6, activation="rleu"), UnknownNameError),
        (lambda: models.Autoencoder(6, loss="bce"), UnknownNameError),
        (lambda: models.VAE(6).encode(pt.vector()), ShapeError),
        (lambda: models.VAE(6).encode(pt.as_tensor(np.ones((2, 5)))), ShapeError),
    ],
)
def test_bad_sizes_are_named_errors(build, error):
    with pytest.raises(error):
        build()


def test_bad_weight_files_are_named_errors_and_change_nothing(tmp_path):
    path = tmp_path / "weights.safetensors"
    model = models.VAE(6, (5,), 2)
    before = model.params[0].get_value()
    with pytest.raises(MissingFileError):
        load_weights(model, path)
    save_weights(models.VAE(6, (4,), 2, seed=9), path)
    with pytest.raises(SettingsError, match=r"encoder.0.W.*\(6, 5\).*\(6, 4\)"):
        load_weights(model, path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(FileFormatError):
        load_weights(model, path)
    np.testing.assert_array_equal(model.params[0].get_value(), before)
