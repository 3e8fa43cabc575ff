"""GANs: losses by hand, a known optimum, the document's two functions against the fused step."""

import inspect

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from symgen import models, updates
from symgen.errors import RangeError, SettingsError, ShapeError, UnknownNameError
from symgen.layers import BatchNorm
from symgen.models import DCGAN, GAN, DeepGAN, FeatureMatchingGAN
from symgen.models.gans import losses
from symgen.random import RandomStreams
from symgen.training import fit

X = np.random.default_rng(0).random((12, 16))
SMALL = {"latent_dim": 3, "generator_dims": (8,), "discriminator_dims": (8, 6)}


def function(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode="FAST_COMPILE", **options)


# losses -----------------------------------------------------------------------------------

D = np.linspace(-3, 3, 13)
BY_HAND = {
    "non_saturating": (-np.log(expit(D)), -np.log(1 - expit(D)), -np.log(expit(D))),
    "minimax": (-np.log(expit(D)), -np.log(1 - expit(D)), np.log(1 - expit(D))),
    "wasserstein": (-D, D, -D),
    "hinge": (np.maximum(0, 1 - D), np.maximum(0, 1 + D), -D),
    "least_squares": ((D - 1) ** 2 / 2, D**2 / 2, (D - 1) ** 2 / 2),
}


@pytest.mark.parametrize("name", losses.ADVERSARIAL_LOSSES)
def test_loss_of_each_output_by_hand(name):
    d, loss = pt.dvector("d"), losses.ADVERSARIAL_LOSSES[name]
    values = function([d], [loss.real(d), loss.fake(d), loss.generated(d)])(D)
    np.testing.assert_allclose(values, BY_HAND[name], rtol=1e-12, atol=1e-12)


def jensen_shannon(p, q):
    m = (p + q) / 2
    return (p * np.log(p / m) + q * np.log(q / m)).sum() / 2


@pytest.mark.parametrize(
    ("name", "optimum"),
    [
        ("non_saturating", lambda p, q: 2 * np.log(2) - 2 * jensen_shannon(p, q)),
        ("hinge", lambda p, q: 2 * np.minimum(p, q).sum()),
        ("least_squares", lambda p, q: (p * q / (p + q)).sum() / 2),
    ],
)
def test_the_best_discriminator_measures_a_divergence(name, optimum):
    """Free outputs on five atoms: Goodfellow 2014 theorem 1; total variation; Mao 2017 equation 6."""
    p, q = np.random.default_rng(1).dirichlet(np.ones(5), size=2)
    d, loss = pt.dvector("d"), losses.ADVERSARIAL_LOSSES[name]
    value = function([d], [loss.real(d), loss.fake(d)])

    def at(output, a, b):
        real, fake = value(np.array([output]))
        return float(a * real[0] + b * fake[0])

    best = [minimize_scalar(at, args=pair, bounds=(-20, 20), method="bounded").fun for pair in zip(p, q)]
    assert sum(best) == pytest.approx(optimum(p, q), abs=1e-6)


def test_gradient_penalty_of_a_linear_critic():
    w = np.array([3.0, 4.0])
    rng = np.random.default_rng(0)
    real, fake, u = rng.normal(size=(5, 2)), rng.normal(size=(5, 2)), rng.random(5)
    penalty = losses.gradient_penalty(lambda x: pt.dot(x, w), *map(pt.constant, (real, fake, u)))
    np.testing.assert_allclose(function([], penalty)(), 16, rtol=1e-9)


def test_gradient_penalty_lies_between_and_has_a_gradient():
    """``d = a sum(x^3)``, whose slope is ``3 a x^2``; the derivative by ``a`` worked out."""
    rng = np.random.default_rng(0)
    real, fake, u = rng.random((5, 2)), rng.random((5, 2)), rng.random(5)
    a = pt.dscalar("a")
    critic = lambda x: a * (x**3).sum(axis=1)  # noqa: E731
    penalty = losses.gradient_penalty(critic, *map(pt.constant, (real, fake, u))).sum()
    value, slope = function([a], [penalty, pytensor.grad(penalty, a)])(0.7)
    x = u[:, None] * real + (1 - u[:, None]) * fake
    norm = np.sqrt((x**4).sum(axis=1)) * 3
    assert value == pytest.approx(((0.7 * norm - 1) ** 2).sum(), rel=1e-9)
    assert slope == pytest.approx((2 * (0.7 * norm - 1) * norm).sum(), rel=1e-9)


# models -----------------------------------------------------------------------------------


def numpy_network(weights, network, x, last):
    """Dense layers of leaky rectifiers of slope 0.2, then the last one."""
    for k in range(sum(name.startswith(f"{network}.") and name.endswith(".W") for name in weights) - 1):
        x = x @ weights[f"{network}.{k}.W"] + weights[f"{network}.{k}.b"]
        x = np.where(x > 0, x, 0.2 * x)
    return x @ weights[f"{network}.{last}.W"] + weights.get(f"{network}.{last}.b", 0.0)


def test_document_003s_losses_equal_numpy():
    model = DeepGAN(16, **SMALL, dtype="float64")
    weights = {param.name: param.get_value() for param in model.params}
    x, srng = pt.dmatrix("x"), RandomStreams(3)
    discriminator, generator = model.objectives(x, srng)
    got = function([x], [discriminator.loss, generator.loss])(X)

    again = RandomStreams(3)
    z1, z2 = function([], [again.normal((12, 3), dtype="float64") for _ in range(2)])()
    fakes = [np.tanh(numpy_network(weights, "generator", z, "output")) for z in (z1, z2)]
    real, fake, generated = (
        numpy_network(weights, "discriminator", images, "verdict") for images in (2 * X - 1, *fakes)
    )
    expected = [
        -np.log(expit(real)).mean() - np.log(1 - expit(fake)).mean(),
        -np.log(expit(generated)).mean(),
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    sample = function([], model.generate(pt.constant(z1)))()
    np.testing.assert_allclose(sample, (fakes[0] + 1) / 2, rtol=1e-12)
    np.testing.assert_allclose(function([x], model.discriminate(x))(X), real[:, 0], rtol=1e-12)


def test_the_critics_loss_has_the_weighted_penalty_by_numpy():
    model = models.MODELS["wgan_gp"](16, **SMALL, gp_weight=7.0, dtype="float64")
    w = {param.name: param.get_value() for param in model.params}
    x, srng = pt.dmatrix("x"), RandomStreams(3)
    critic = model.objectives(x, srng)[0]
    loss, penalty = function([x], [critic.loss, critic.terms["gradient_penalty"]])(X)

    again = RandomStreams(3)
    z, u = again.normal((12, 3), dtype="float64"), again.uniform((12,), dtype="float64")
    z, u = function([], [z, u])()
    real, fake = 2 * X - 1, np.tanh(numpy_network(w, "generator", z, "output"))
    between = u[:, None] * real + (1 - u[:, None]) * fake
    slopes, hidden = [], between
    for k in (0, 1):
        hidden = hidden @ w[f"discriminator.{k}.W"] + w[f"discriminator.{k}.b"]
        slopes.append(np.where(hidden > 0, 1, 0.2))
        hidden = hidden * slopes[-1]
    slope = (w["discriminator.verdict.W"].T * slopes[1]) @ w["discriminator.1.W"].T
    slope = (slope * slopes[0]) @ w["discriminator.0.W"].T
    expected = ((np.linalg.norm(slope, axis=1) - 1) ** 2).mean()
    assert penalty == pytest.approx(expected, rel=1e-9) and expected > 0.01
    scores = [numpy_network(w, "discriminator", images, "verdict").mean() for images in (real, fake)]
    assert loss == pytest.approx(scores[1] - scores[0] + 7 * expected, rel=1e-9)


def test_document_003s_sizes():
    shapes = [param.get_value(borrow=True).shape for param in models.MODELS["gan_003"](784).params[::2]]
    generator = [(100, 256), (256, 512), (512, 1024), (1024, 784)]
    assert shapes == [*generator, (784, 1024), (1024, 512), (512, 256), (256, 1)]


@pytest.mark.parametrize(
    ("name", "in_nats"), [("gan", True), ("wgan_gp", False), ("hinge_gan", False), ("feature_matching_gan", False)]
)
def test_losses_are_said_to_be_in_nats_where_both_are(name, in_nats):
    assert models.MODELS[name](4).in_nats is in_nats


def test_feature_matching_by_numpy():
    model = FeatureMatchingGAN(16, **SMALL, dtype="float64")
    x, srng = pt.dmatrix("x"), RandomStreams(3)
    got = function([x], model.objectives(x, srng)[1].loss)(X)
    again = RandomStreams(3)
    _, z = function([], [again.normal((12, 3), dtype="float64") for _ in range(2)])()
    fake = model.generator(pt.constant(z))
    real, fake = function([x], [model.features(2 * x - 1), model.features(fake)])(X)
    assert got == pytest.approx(((real.mean(axis=0) - fake.mean(axis=0)) ** 2).sum(), rel=1e-12)


MODELS = {
    "gan": lambda: GAN(16, **SMALL, n_pieces=2, dtype="float64"),
    "gan_003, two steps of the discriminator": lambda: DeepGAN(16, **SMALL, n_critic=2, dtype="float64"),
    "wgan_gp": lambda: models.MODELS["wgan_gp"](16, **SMALL, n_critic=3, dtype="float64"),
    "dcgan": lambda: DCGAN(16, (4, 4), 3, (2, 3), 3, dtype="float64"),
}


@pytest.mark.parametrize("name", MODELS)
def test_two_functions_give_the_numbers_of_the_fused_step(name):
    """Document 000's loop: two dictionaries of updates, two compiled functions, in turn."""
    fused, model, rate = MODELS[name](), MODELS[name](), 0.01
    options = {"optimizer": "rmsprop", "learning_rate": rate, "epochs": 2, "batch_size": 4, "seed": 5}
    run = fit(fused, X, **options, backend="py", show="none")

    x, srng = pt.dmatrix("x"), RandomStreams(5)
    discriminator, generator = model.objectives(x, srng)
    if hasattr(model, "initialize"):
        model.initialize(X[np.random.default_rng([5, 0]).permutation(12)[:4]])
    train_discriminator, train_generator = (
        function(
            [x],
            player.loss,
            updates={
                **updates.rmsprop(player.loss, player.params, learning_rate=rate),
                **player.updates,
                **srng.updates_of(player.loss),
            },
        )
        for player in (discriminator, generator)
    )
    watch_generator = function([x], generator.loss, updates=srng.updates_of(generator.loss))
    step, history = 0, []
    for epoch in range(2):
        order, sums = np.random.default_rng([5, epoch]).permutation(12), np.zeros(2)
        for i in range(0, 12, 4):
            batch, step = X[order[i : i + 4]], step + 1
            due = step % model.n_critic == 0
            sums += train_discriminator(batch), (train_generator if due else watch_generator)(batch)
        history.append(sums / 3)
    for row, expected in zip(run.history, history, strict=True):
        got = row["train_discriminator_loss"], row["train_generator_loss"]
        np.testing.assert_allclose(got, expected, rtol=1e-9)
    for one, two in zip([*fused.params, *fused.buffers], [*model.params, *model.buffers], strict=True):
        np.testing.assert_allclose(one.get_value(), two.get_value(), rtol=1e-8, atol=1e-12)
    for moved, first in zip(model.buffers, MODELS[name]().buffers, strict=True):
        assert (moved.get_value() != first.get_value()).all()


def by_minibatch(network, x):
    """The network's layers one by one, batch normalisation by the moments of `x` alone."""
    for layer in network.layers:
        if not isinstance(layer, BatchNorm):
            x = function([], layer(pt.constant(x)))()
            continue
        gamma, beta = (param.get_value()[:, None, None] for param in layer.params)
        mean, var = (f(axis=(0, 2, 3), keepdims=True) for f in (x.mean, x.var))
        x = (x - mean) / np.sqrt(var + 1e-5) * gamma + beta
    return x


def test_dcgan_judges_data_and_samples_as_minibatches_of_their_own():
    model = DCGAN(16, (4, 4), 3, (2, 3), 3, dtype="float64")
    for param in model.params:
        if param.name.endswith("W"):  # far from the small first weights
            param.set_value(param.get_value() * 20)
    x, srng = pt.dmatrix("x"), RandomStreams(3)
    losses_ = function([x], [objective.loss for objective in model.objectives(x, srng)])(X)
    again = RandomStreams(3)
    z = function([], [again.normal((12, 3), dtype="float64") for _ in range(2)])()
    images = [2 * X - 1, *(by_minibatch(model.generator, noise) for noise in z)]
    real, fake, generated = (
        by_minibatch(model.features, each) @ model.verdict.W.get_value() + model.verdict.b.get_value()
        for each in images
    )
    expected = [
        -np.log(expit(real)).mean() - np.log(1 - expit(fake)).mean(),
        -np.log(expit(generated)).mean(),
    ]
    np.testing.assert_allclose(losses_, expected, rtol=1e-9)
    assert abs(expected[0] - 2 * np.log(2)) > 0.01  # the verdicts say something


def test_dcgan_samples_by_the_running_statistics():
    model = DCGAN(16, (4, 4), 3, (2, 3), 3, dtype="float64")
    z = pt.constant(np.random.default_rng(0).normal(size=(5, 3)))
    images = function([], model.generate(z))
    alone = function([], model.generate(z[:1]))
    before = images()
    np.testing.assert_allclose(alone(), before[:1], rtol=1e-12)  # no word of the rest of the batch
    mean = model.buffers[0]
    mean.set_value(mean.get_value() - 0.01)
    assert (images() != before).any()
    assert {b.name for b in model.buffers} == {
        f"{layer}.norm.{kind}"
        for layer in ("generator.0", "generator.1", "discriminator.1")
        for kind in ("mean", "var")
    }


CONDITIONAL = {
    "conditional_gan": {"generator_dims": (8,), "discriminator_dims": (8,)},
    "conditional_dcgan": {"channels": (2, 3), "filter_size": 3},
}


@pytest.mark.parametrize("name", CONDITIONAL)
def test_the_label_reaches_both_networks(name):
    model = models.MODELS[name](16, 3, latent_dim=3, **CONDITIONAL[name])
    assert model.name == name
    for param in model.params:
        if param.name.endswith("W"):  # far from the small first weights
            param.set_value(param.get_value() * 10)
    z, x = (pt.constant(np.ones((3, n), "float32")) for n in (3, 16))
    labels = pt.constant(np.eye(3, dtype="float32"))
    images, outputs = function([], [model.generate(z, labels), model.discriminate(x, labels)])()
    assert np.abs(images[0] - images[1]).max() > 1e-3 and len(set(outputs)) == 3


def test_a_narrow_generator_answers_to_z_as_a_wide_one():
    """At first the logits of the samples spread as far, whatever the width of the hidden layers."""
    z = pt.constant(np.random.default_rng(0).normal(size=(200, 100)))
    spread = []
    for units in (64, 1200):
        images = GAN(16, 100, (units, units), (8,), n_pieces=2, dtype="float64").generate(z)
        spread.append(logit(function([], images)()).std(axis=0).mean())
    assert spread[0] == pytest.approx(spread[1], rel=0.3)


def test_initialize_starts_from_the_mean_of_the_data():
    model = GAN(16, **SMALL, n_pieces=2)
    model.initialize(X.astype("float32"))
    srng = RandomStreams(0)
    mean = function([], model.sample(2000, srng))().mean(axis=0)
    np.testing.assert_allclose(mean, X.mean(axis=0), atol=0.02)


# a known optimum --------------------------------------------------------------------------

CENTRES, SIGMA = np.array([[1.5, 0.0], [-0.8, 1.2], [-0.8, -1.2]]), 0.6


def log_data(x):
    square = ((x[:, None] - CENTRES) ** 2).sum(axis=2)
    return np.log(np.exp(-square / 2 / SIGMA**2).mean(axis=1) / (2 * np.pi * SIGMA**2))


def log_generated(x):
    return -(x**2).sum(axis=1) / 2 - np.log(2 * np.pi)


def test_the_discriminator_reaches_its_optimum_on_a_mixture():
    """Three Gaussians against ``G(z) = z``: ``2 log 2 - 2 JSD`` by quadrature on a grid."""
    line = np.linspace(-6, 6, 401)
    grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    p, q = np.exp(log_data(grid)), np.exp(log_generated(grid))
    cell = (line[1] - line[0]) ** 2
    assert p.sum() * cell == pytest.approx(1, abs=1e-6)
    optimum = 2 * np.log(2) - 2 * jensen_shannon(p * cell, q * cell)

    model = DeepGAN(2, 2, (), (48, 48), "tanh", "linear", dtype="float64")
    model.generator.params[0].set_value(np.eye(2))
    x, srng = pt.dmatrix("x"), RandomStreams(1)
    discriminator, _ = model.objectives(x, srng)
    rate = pt.dscalar("rate")
    train = function(
        [x, rate],
        discriminator.loss,
        updates={
            **updates.adam(discriminator.loss, discriminator.params, learning_rate=rate),
            **srng.updates_of(discriminator.loss),
        },
    )
    rng = np.random.default_rng(2)

    def data(n):
        return CENTRES[rng.integers(3, size=n)] + SIGMA * rng.normal(size=(n, 2))

    steps = 500
    for step in range(steps):
        train(data(400), 0.01 * (1 - step / steps))
    n = 100_000
    outputs = function([x], model.discriminate(x))
    loss = np.log1p(np.exp(-outputs(data(n)))) + np.log1p(np.exp(outputs(rng.normal(size=(n, 2)))))
    error = loss.std() / np.sqrt(n)
    assert optimum - 4 * error < loss.mean() < optimum + 4 * error + 0.01
    near = grid[(p + q) > 0.02]
    right = expit(log_data(near) - log_generated(near))
    assert np.abs(expit(outputs(near)) - right).max() < 0.1


WIDE = pt.matrix("wide", shape=(None, 17))

# bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RangeError, "latent_dim", lambda: DeepGAN(16, 0)),
        (RangeError, "n_critic", lambda: DeepGAN(16, n_critic=0)),
        (RangeError, "gp_weight", lambda: DeepGAN(16, gp_weight=-1)),
        (RangeError, "gp_weight", lambda: DeepGAN(16, gp_weight=float("nan"))),
        (RangeError, "context_dim", lambda: DeepGAN(16, context_dim=-1)),
        (UnknownNameError, "'hinge'", lambda: DeepGAN(16, loss="hinges")),
        (UnknownNameError, "'tanh'", lambda: DeepGAN(16, output="tan")),
        (UnknownNameError, "'relu'", lambda: DeepGAN(16, activation="rellu")),
        (RangeError, "rate", lambda: GAN(16, dropout=1)),
        (RangeError, "n_pieces", lambda: GAN(16, n_pieces=0)),
        (RangeError, r"data in \[0, 1\]", lambda: GAN(16, **SMALL).initialize(X * 2)),
        (ShapeError, "multiple of 4", lambda: DCGAN(36)),
        (ShapeError, "multiple of 4", lambda: DCGAN(64, (16, 8))),
        (ShapeError, "image_shape", lambda: DCGAN(65)),
        (SettingsError, "odd", lambda: DCGAN(64, filter_size=4)),
        (SettingsError, "channels", lambda: DCGAN(64, channels=())),
        (ShapeError, r"\(batch, 16\)", lambda: DeepGAN(16, **SMALL).objectives(WIDE, None)),
        (ShapeError, "generator", lambda: DeepGAN(16, **SMALL).generate(WIDE)),
        (SettingsError, "context", lambda: DeepGAN(16, context_dim=3).sample(2, RandomStreams(0))),
        (
            SettingsError,
            "no context",
            lambda: DeepGAN(16).sample(2, RandomStreams(0), pt.fmatrix("context")),
        ),
    ],
)
def test_bad_input_has_a_named_error(error, message, call):
    with pytest.raises(error, match=message):
        call()


def test_a_label_is_a_second_channel_of_the_discriminators_image():
    model = models.MODELS["conditional_dcgan"](16, 3, channels=(2,), filter_size=3)
    x, labels = np.random.default_rng(0).random((3, 16)), np.eye(3)
    images = function([], model.features.layers[0](pt.constant(np.hstack([x, labels]))))()
    W = model.features.layers[0].W.get_value()
    np.testing.assert_allclose(images[:, 0], x.reshape(3, 4, 4))
    np.testing.assert_allclose(images[:, 1], W.reshape(3, 4, 4), rtol=1e-6)


def test_presets_fix_what_names_them_and_leave_the_rest():
    wgan = models.MODELS["wgan_gp"](16, 3, activation="tanh")
    assert (wgan.loss, wgan.n_critic, wgan.gp_weight) == ("wasserstein", 5, 10.0)
    assert wgan.activation == "tanh" and wgan.name == "wgan_gp"
    with pytest.raises(TypeError, match="loss"):
        models.MODELS["wgan_gp"](16, loss="hinge")
    with pytest.raises(TypeError, match="context_dim"):
        models.MODELS["conditional_gan"](16)
    assert "loss" not in inspect.signature(models.MODELS["wgan_gp"]).parameters
