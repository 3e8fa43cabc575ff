"""Decoders, priors and weights of VAEs against SciPy and NumPy; compositions and bad ones."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import expit, log_softmax, logsumexp
from scipy.stats import bernoulli, norm

from symgen import backends, models
from symgen.errors import NotSupportedError, RangeError, SettingsError, ShapeError
from symgen.evaluation import evaluate
from symgen.random import RandomStreams

RNG = np.random.default_rng(0)
REALS = RNG.normal(size=(7, 6))
BITS = (REALS > 0).astype("float64")
Z = RNG.normal(size=(7, 2))


def value(variable, **options):
    return pytensor.function([], variable, mode=backends.select("py"), **options)()


def moved(model):
    """The model with parameters away from their first values, and these by name."""
    rng = np.random.default_rng(1)
    for param in model.params:
        param.set_value(param.get_value() + rng.normal(0, 0.4, param.get_value().shape))
    return model, {param.name: param.get_value() for param in model.params}


def linear(z, w, name):
    return z @ w[f"{name}.W"] + w[f"{name}.b"]


def vae(**parts):
    return moved(models.VAE(6, (), 2, dtype="float64", **parts))


def test_decoders_equal_scipy():
    features = pt.as_tensor(Z)
    model, w = vae()
    p = expit(linear(Z, w, "decoder.logits"))
    right = bernoulli.logpmf(BITS, p).sum(1)
    np.testing.assert_allclose(value(model.likelihood.log_prob(BITS, features)), right, rtol=1e-12)

    model, w = vae(likelihood=models.GaussianDecoder(0.02))
    scale = np.sqrt(0.02 + np.logaddexp(0, linear(Z, w, "decoder.raw_variance")))
    right = norm.logpdf(REALS, linear(Z, w, "decoder.mu"), scale).sum(1)
    np.testing.assert_allclose(value(model.likelihood.log_prob(REALS, features)), right, rtol=1e-12)

    for learned in (False, True):
        likelihood = models.SphericalGaussianDecoder(0.3, learned=learned)
        model, w = vae(likelihood=likelihood)
        assert ("decoder.log_var" in w) == learned
        scale = np.exp(w.get("decoder.log_var", np.log(0.3)) / 2)
        right = norm.logpdf(REALS, linear(Z, w, "decoder.mu"), scale).sum(1)
        log_prob = value(model.likelihood.log_prob(REALS, features))
        np.testing.assert_allclose(log_prob, right, rtol=1e-12)


def mixture_log_prob(z, weights, mu, log_var):
    parts = norm.logpdf(z[:, None], mu, np.exp(log_var / 2)).sum(2)
    return logsumexp(np.log(weights) + parts, axis=1)


def test_priors_equal_scipy():
    model, _ = vae()
    np.testing.assert_allclose(value(model.prior.log_prob(Z)), norm.logpdf(Z).sum(1), rtol=1e-12)

    model, w = vae(prior=models.MixturePrior(4))
    weights = np.exp(log_softmax(w["prior.logits"]))
    right = mixture_log_prob(Z, weights, w["prior.mu"], w["prior.log_var"])
    np.testing.assert_allclose(value(model.prior.log_prob(Z)), right, rtol=1e-12)

    model, w = vae(prior=models.VampPrior(5))
    u = expit(w["prior.inputs"])
    mu, log_var = linear(u, w, "encoder.mu"), linear(u, w, "encoder.log_var")
    right = mixture_log_prob(Z, np.full(5, 0.2), mu, log_var)
    np.testing.assert_allclose(value(model.prior.log_prob(Z)), right, rtol=1e-12)


@pytest.mark.parametrize("prior", [models.MixturePrior(4), models.VampPrior(5)])
def test_draws_of_a_prior_have_its_density(prior):
    """Draws of a one-dimensional prior fill the bins that its density says; which integrates to 1."""
    model, _ = moved(models.VAE(6, (), 1, dtype="float64", prior=prior))
    edges = np.linspace(-15, 15, 3001)
    middles = (edges[1:] + edges[:-1]) / 2
    shares = np.exp(value(model.prior.log_prob(pt.as_tensor(middles[:, None])))) * 0.01
    assert shares.sum() == pytest.approx(1, abs=1e-6)
    srng = RandomStreams(0)
    draws = value(model.prior.sample(20_000, srng), updates=srng.updates)[:, 0]
    coarse = shares.reshape(-1, 50).sum(1)
    counts = np.histogram(draws, edges[::50])[0]
    error = np.sqrt(20_000 * coarse * (1 - coarse)) + 1
    assert (np.abs(counts - 20_000 * coarse) < 4.5 * error).all()


def test_vampprior_begins_at_examples():
    model = models.VAE(6, (), 2, prior=models.VampPrior(9))
    model.initialize(BITS)
    inputs = value(model.prior.pseudo_inputs())
    np.testing.assert_allclose(inputs[:7], np.clip(BITS, 0.05, 0.95), atol=1e-6)
    assert (inputs[7:] != inputs[:2]).all() and np.abs(inputs[7:] - inputs[:2]).max() < 0.1
    real = models.VAE(6, (), 2, prior=models.VampPrior(3), likelihood=models.GaussianDecoder())
    real.initialize(REALS)
    np.testing.assert_allclose(value(real.prior.pseudo_inputs()), REALS[:3], rtol=1e-6)


class Stretch:
    """``z = a(h) z_0 + h``, with the contract of a flow and nothing else."""

    def __init__(self, latent_dim, dtype):
        first = np.linspace(-0.5, 0.5, latent_dim).astype(dtype)
        self.rate = pytensor.shared(first, name="stretch.rate")
        self.params = [self.rate]

    def forward_and_log_det(self, z, context):
        log_a = self.rate * context
        return pt.exp(log_a) * z + context, log_a.sum(axis=1)


class StretchPosterior(models.FlowPosterior):
    def make_flow(self, latent_dim, seed, dtype):
        return Stretch(latent_dim, dtype)


def test_flow_posterior_has_the_density_of_its_draws():
    """A stretched Gaussian is a Gaussian, whose density SciPy knows."""
    model, w = vae(posterior=StretchPosterior(2))
    q = model.posterior_parameters(pt.as_tensor(BITS))
    z, log_q = model.posterior.sample_and_log_prob(q, RandomStreams(6))
    z, log_q = pytensor.function([], [z, log_q], mode=backends.select("py"))()
    mu, log_var, h = (linear(BITS, w, f"encoder.{name}") for name in ("mu", "log_var", "context"))
    log_a = w["stretch.rate"] * h
    right = norm.logpdf(z, np.exp(log_a) * mu + h, np.exp(log_a + log_var / 2)).sum(1)
    np.testing.assert_allclose(log_q, right, rtol=1e-11)
    code = value(model.encode(pt.as_tensor(BITS)))
    np.testing.assert_allclose(code, np.exp(log_a) * mu + h, rtol=1e-12)


def test_inverse_autoregressive_posterior_has_the_density_of_its_draws():
    """The log determinant against differences of the map from noise to code."""
    model, w = vae(posterior=models.IAFPosterior(2, (20,), 3))
    x = pt.as_tensor(BITS[:1])
    mu, log_var, h = model.posterior_parameters(x)
    z_0 = pt.dmatrix("z_0")
    z_of_noise = model.posterior.flow.forward_and_log_det(z_0, h)[0]
    f = pytensor.function([z_0], z_of_noise, mode=backends.select("py"))
    epsilon = value(RandomStreams(6).normal((1, 2), dtype="float64"))
    m, v = linear(BITS[:1], w, "encoder.mu"), linear(BITS[:1], w, "encoder.log_var")
    start = m + np.exp(v / 2) * epsilon
    steps = 1e-6 * np.eye(2)
    jacobian = np.stack([(f(start + step) - f(start - step))[0] / 2e-6 for step in steps])
    right = norm.logpdf(start, m, np.exp(v / 2)).sum() - np.log(np.abs(np.linalg.det(jacobian)))
    z, log_q = model.posterior.sample_and_log_prob((mu, log_var, h), RandomStreams(6))
    z, log_q = pytensor.function([], [z, log_q], mode=backends.select("py"))()
    np.testing.assert_allclose(z, f(start), rtol=1e-10)
    assert log_q[0] == pytest.approx(right, rel=1e-7)
    assert abs(np.log(np.abs(np.linalg.det(jacobian)))) > 0.05  # the flow does something
    assert (abs(jacobian) > 1e-6).all()  # and its second step begins at the other end


def test_convolutional_networks_halve_and_double_the_image():
    model = models.ConvVAE(8 * 12, (8, 12), (3, 4), 3, 5)
    shapes = {param.name: param.get_value().shape for param in model.params}
    assert shapes["encoder.1.W"] == (4, 3, 3, 3) and shapes["encoder.mu.W"] == (4 * 2 * 3, 5)
    assert shapes["decoder.0.W"] == (5, 4 * 2 * 3) and shapes["decoder.logits.W"] == (3, 1, 3, 3)
    x = pt.as_tensor(RNG.random((2, 96)).astype("float32"))
    assert value(model.reconstruct(x)).shape == (2, 96)


def test_log_weights_equal_numpy_and_k_rows_belong_to_one_example():
    model, w = vae()
    log_w = value(model.log_weights(pt.as_tensor(BITS), RandomStreams(4), 3))
    epsilon = value(RandomStreams(4).normal((21, 2), dtype="float64")).reshape(7, 3, 2)
    for b, row in enumerate(BITS):
        mu, log_var = linear(row, w, "encoder.mu"), linear(row, w, "encoder.log_var")
        z = mu + np.exp(log_var / 2) * epsilon[b]
        right = (
            bernoulli.logpmf(row, expit(linear(z, w, "decoder.logits"))).sum(1)
            + norm.logpdf(z).sum(1)
            - norm.logpdf(z, mu, np.exp(log_var / 2)).sum(1)
        )
        np.testing.assert_allclose(log_w[b], right, rtol=1e-12)


def test_iwae_is_the_log_mean_of_its_weights():
    model, _ = moved(models.IWAE(6, (5,), 2, k=4, dtype="float64"))
    x = pt.as_tensor(BITS)
    log_w = value(model.log_weights(x, RandomStreams(2), 4))
    terms = model.example_terms(x, RandomStreams(2))
    right = np.log(4) - logsumexp(log_w, axis=1)
    np.testing.assert_allclose(value(terms["iwae_bound"]), right, rtol=1e-12)
    result = evaluate(model, BITS, backend="py")
    assert result.metric == "IWAE bound, k = 4" and result.value < 0
    assert result.bound == "lower bound on log p(x)"


def test_sampled_kl_averages_to_the_closed_form():
    """A mixture prior of one standard normal has the KL term of the plain VAE, by other means."""
    plain, w = vae()
    mixed = models.VAE(6, (), 2, dtype="float64", prior=models.MixturePrior(1))
    for param in mixed.params:
        param.set_value(w.get(param.name, np.zeros(param.get_value().shape)))
    kl = [
        evaluate(model, BITS, n_samples=1000, backend="py").terms["kl"] for model in (plain, mixed)
    ]
    assert kl[1] == pytest.approx(kl[0], rel=0.02)


def test_kl_to_a_prior_without_closed_form_is_taken_at_the_draw():
    model, w = vae(prior=models.MixturePrior(4))
    kl = value(model.example_terms(pt.as_tensor(BITS), RandomStreams(4))["kl"])
    epsilon = value(RandomStreams(4).normal((7, 2), dtype="float64"))
    mu, scale = linear(BITS, w, "encoder.mu"), np.exp(linear(BITS, w, "encoder.log_var") / 2)
    z, weights = mu + scale * epsilon, np.exp(log_softmax(w["prior.logits"]))
    log_p = mixture_log_prob(z, weights, w["prior.mu"], w["prior.log_var"])
    np.testing.assert_allclose(kl, norm.logpdf(z, mu, scale).sum(1) - log_p, rtol=1e-11)


def test_context_reaches_encoder_and_decoder():
    model, _ = moved(models.VAE(6, (5,), 2, dtype="float64", context_dim=2))
    one, other = (pt.as_tensor(np.eye(2)[[i] * 7]) for i in (0, 1))
    x, z = pt.as_tensor(BITS), pt.as_tensor(Z)
    assert (value(model.encode(x, one)[0]) != value(model.encode(x, other)[0])).all()
    assert (value(model.decode(z, one)) != value(model.decode(z, other))).all()
    draws = [value(model.sample(7, RandomStreams(0), context)) for context in (one, other)]
    assert (draws[0] != draws[1]).all()


def test_interpolation_ends_at_the_reconstructions():
    model, _ = vae()
    x0, x1 = pt.as_tensor(BITS[:3]), pt.as_tensor(BITS[3:6])
    path = value(model.interpolate(x0, x1, 5))
    assert path.shape == (5, 3, 6)
    np.testing.assert_allclose(path[0], value(model.reconstruct(x0)), rtol=1e-12)
    np.testing.assert_allclose(path[-1], value(model.reconstruct(x1)), rtol=1e-12)


def test_a_description_is_not_changed_by_the_model_it_is_given_to():
    prior, likelihood = models.MixturePrior(3), models.GaussianDecoder()
    first = models.VAE(6, (), 2, prior=prior, likelihood=likelihood)
    second = models.VAE(6, (), 2, prior=prior, likelihood=likelihood)
    assert prior.params == () and likelihood.params == ()
    assert not set(first.params) & set(second.params)


def test_document_presets_have_the_networks_of_the_documents():
    def shapes(name, **settings):
        return {
            tuple(param.get_value().shape)
            for param in models.MODELS[name](784, **settings).params
            if param.name.endswith(".W")
        }

    assert shapes("vae_document_000") == {(784, 64), (64, 4), (4, 64), (64, 784)}
    assert shapes("vae_document_001", latent_dim=20) == {(784, 256), (256, 20), (20, 256), (256, 784)}
    assert shapes("vae_document_002") == {(784, 128), (128, 4), (4, 128), (128, 784)}
    assert models.MODELS["vae_document_002"](784).beta == pytest.approx(0.0392)


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: models.IWAE(6, k=0), RangeError),
        (lambda: models.IWAE(6, k=2.5), RangeError),
        (lambda: models.VAE(6, context_dim=-1), RangeError),
        (lambda: models.MixturePrior(0), RangeError),
        (lambda: models.VampPrior(0), RangeError),
        (lambda: models.GaussianDecoder(0), RangeError),
        (lambda: models.SphericalGaussianDecoder(float("nan")), RangeError),
        (lambda: models.VAE(6, context_dim=2, prior=models.VampPrior(3)), SettingsError),
        (lambda: models.VAE(6).log_weights(pt.matrix(), RandomStreams(0), 0), RangeError),
        (lambda: models.VAE(6).encode(pt.matrix(), pt.matrix()), SettingsError),
        (lambda: models.VAE(6, context_dim=2).sample(3, RandomStreams(0)), SettingsError),
        (lambda: models.VAE(6, context_dim=2).decode(pt.matrix(), pt.vector()), ShapeError),
        (lambda: models.MODELS["vae_document_002"](6, latent_dim=0), RangeError),
        (lambda: models.VAE(6, prior=models.VampPrior(3), posterior=models.IAFPosterior()), SettingsError),
        (lambda: models.VAE(6, posterior=models.FlowPosterior()), NotSupportedError),
        (lambda: models.IAFPosterior(0), RangeError),
        (lambda: models.ConvVAE(36, channels=(2, 3, 4)), ShapeError),
        (lambda: models.ConvVAE(35), ShapeError),
        (lambda: models.ConvVAE(32, (4, 4)), ShapeError),
        (lambda: models.ConvVAE(16, channels=()), SettingsError),
        (lambda: models.ConvVAE(16, filter_size=2), SettingsError),
        (lambda: models.ConvVAE(16, latent_dim=0), RangeError),
    ],
)
def test_bad_compositions_are_named_errors(build, error):
    with pytest.raises(error):
        build()
