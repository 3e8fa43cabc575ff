import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import rbm_by_hand as by_hand
from scipy import stats

import symgen
from symgen import backends, datasets, evaluation, training
from symgen.errors import NotSupportedError, RangeError
from symgen.models import GaussianRBM
from symgen.random import RandomStreams


def machine(n_visible=2, n_hidden=3, seed=1, **settings):
    return by_hand.set_random(
        GaussianRBM(n_visible, n_hidden, dtype="float64", **settings), 0.7, seed
    )


def draws_of(model, n, seed):
    return symgen.function([], model.sample(n, RandomStreams(seed)), backend="c")()


def mixture(model):
    """Weights and means of the Gaussian mixture that the model is, by hand."""
    W, hbias, vbias, log_var = by_hand.parameters(model).values()
    h, var = by_hand.states(model.n_hidden), np.exp(log_var)
    means = vbias + h @ W.T
    exponent = ((means**2 - vbias**2) / (2 * var)).sum(1)
    log_weights = h @ hbias + exponent + np.log(2 * np.pi * var).sum() / 2
    return log_weights, means, var


def test_free_energy_is_the_sum_over_hidden_states():
    model = machine()
    W, hbias, vbias, log_var = by_hand.parameters(model).values()
    v, h = np.random.default_rng(2).normal(size=(5, 2)), by_hand.states(3)
    var = np.exp(log_var)
    energy = ((v - vbias) ** 2 / (2 * var)).sum(1)[:, None] - (v / var) @ W @ h.T - h @ hbias
    x = pt.dmatrix()
    f = pytensor.function([x], model.free_energy(x), mode=backends.select("py"))
    np.testing.assert_allclose(f(v), -np.logaddexp.reduce(-energy, axis=1), rtol=1e-12)


def test_density_is_that_of_the_mixture_and_log_z_is_exact():
    model = machine()
    log_weights, means, var = mixture(model)
    log_z = evaluation.exact_log_z(model, backend="py")
    assert log_z.value == pytest.approx(np.logaddexp.reduce(log_weights), rel=1e-12)
    x = np.random.default_rng(3).normal(size=(40, 2))
    parts = [
        w + stats.norm.logpdf(x, mean, np.sqrt(var)).sum(1)
        for w, mean in zip(log_weights - log_z.value, means, strict=True)
    ]
    result = evaluation.log_likelihood(model, x, log_z, backend="py")
    assert result.value == pytest.approx(np.logaddexp.reduce(parts).mean(), rel=1e-10)


def test_annealing_finds_log_z():
    model = GaussianRBM(4, 5)
    walks, inside = evaluation.Annealing(model, "c"), 0
    for seed in range(40):
        by_hand.set_random(model, 0.6, seed)
        result = evaluation.ais_log_z(model, betas=200, n_chains=200, seed=seed, walks=walks)
        low, high = result.interval
        inside += low <= np.logaddexp.reduce(mixture(model)[0]) <= high
    assert inside >= 38


def test_chains_reach_the_mixture():
    model, n = machine(), 4000
    log_weights, means, var = mixture(model)
    p = np.exp(log_weights - np.logaddexp.reduce(log_weights))
    draws = draws_of(model, n, 4)
    mean = p @ means
    second = p @ (means**2) + var
    error = np.sqrt((second - mean**2) / n)
    assert (np.abs(draws.mean(0) - mean) < 4 * error).all()
    np.testing.assert_allclose((draws**2).mean(0), second, rtol=0.15)


def test_gradient_nears_the_exact_one_as_k_grows():
    x_value = np.random.default_rng(5).normal(size=(5, 2)) + 1
    data, errors = np.repeat(x_value, 6_000, axis=0), []
    model, x = machine(n_chains=0), pt.dmatrix("x")
    model.k = pt.lscalar("k")  # one function for all k
    (objective,) = model.objectives(x, RandomStreams(6))
    states = pt.as_tensor(by_hand.states(3))
    log_z = pt.logsumexp(-model.hidden_free_energy(states))  # checked above, by hand
    exact = pytensor.grad(model.free_energy(x).mean() + log_z, model.params)
    gradients = [*pytensor.grad(objective.loss, model.params), *exact]
    f = pytensor.function([x, model.k], gradients, mode=backends.select("py"))
    for k in (1, 30):
        values = f(data, k)
        errors.append(max(np.abs(a - b).max() for a, b in zip(values[:4], values[4:], strict=True)))
    assert errors[0] > 4 * errors[1] and errors[1] < 0.05


def test_training_raises_the_exact_likelihood():
    rng = np.random.default_rng(7)
    data = (rng.choice([-1, 1], (500, 1)) * [2, 1] + rng.normal(0, 0.4, (500, 2))).astype("float32")
    model = GaussianRBM(2, 3, k=5, n_chains=0)  # two clusters, between which no chain crosses
    training.fit(
        model, data, epochs=150, batch_size=50, optimizer="adam", learning_rate=0.01, show="none",
        backend="c",
    )  # fmt: skip
    result = evaluation.log_likelihood(
        model, data, evaluation.exact_log_z(model, backend="c"), backend="c"
    )
    one_gaussian = stats.multivariate_normal(data.mean(0), np.diag(data.var(0))).logpdf(data).mean()
    assert result.value > one_gaussian + 0.5


def test_persistent_chains_leave_no_mode_far_from_the_data():
    """Exact log p of digits, and where long chains end: contrastive divergence fails at both."""
    x = datasets.load("digits").splits["train"]
    log_p, distance = {}, {}
    for n_chains, k in ((0, 1), (100, 10)):
        model = GaussianRBM(64, 16, k, n_chains)
        training.fit(model, x, epochs=200, batch_size=100, show="none", backend="c")
        log_z = evaluation.exact_log_z(model, backend="c")
        log_p[n_chains] = evaluation.log_likelihood(model, x, log_z, backend="c").value
        distance[n_chains] = np.abs(draws_of(model, 200, 3).mean(0) - x.mean(0)).mean()
    print(log_p, distance)
    assert log_p[100] > log_p[0] + 10
    assert distance[100] < 0.1 < distance[0]


def test_chains_move_by_k_steps_and_begin_like_the_data():
    model, rng = machine(k=2, n_chains=3), np.random.default_rng(8)
    W, hbias, vbias, log_var = by_hand.parameters(model).values()
    v = start = model.chains.get_value()
    u_h, noise = rng.random((2, 3, 3)), rng.normal(size=(2, 3, 2))
    for step in range(2):
        h = (u_h[step] < by_hand.sigmoid((v / np.exp(log_var)) @ W + hbias)) * 1.0
        v = h @ W.T + vbias + np.exp(log_var / 2) * noise[step]

    class Fixed:
        uniform = staticmethod(lambda size, dtype: pt.as_tensor(u_h))
        normal = staticmethod(lambda size, dtype: pt.as_tensor(noise))

    x = pt.dmatrix("x")
    (objective,) = model.objectives(x, Fixed)
    moved = pytensor.function([], objective.updates[model.chains], mode=backends.select("py"))()
    np.testing.assert_allclose(moved, v, rtol=1e-12)
    assert start.shape == (3, 2) and not np.allclose(start, v)

    model = GaussianRBM(2, 3, n_chains=20_000)
    data = (rng.normal(size=(500, 2)) * [1, 4] + [3, -2]).astype("float32")
    model.initialize(data)
    chains = model.chains.get_value()
    np.testing.assert_allclose(chains.mean(0), data.mean(0), atol=0.15)
    np.testing.assert_allclose(chains.std(0), data.std(0), rtol=0.05)
    assert GaussianRBM(2, 3, n_chains=0).buffers == []
    with pytest.raises(RangeError, match="n_chains"):
        GaussianRBM(2, 3, n_chains=-1)


def test_pseudo_likelihood_is_a_named_error():
    with pytest.raises(NotSupportedError, match="binary visible units"):
        evaluation.pseudo_likelihood(machine(), np.zeros((3, 2)), backend="py")
