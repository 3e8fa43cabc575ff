import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import rbm_by_hand as by_hand

import symgen
from symgen import backends, evaluation
from symgen.errors import NotSupportedError, RangeError
from symgen.models import BoltzmannMachine
from symgen.random import RandomStreams

X = (np.random.default_rng(0).random((7, 5)) < 0.4) * 1.0


def machine(n_hidden=2, seed=1, **settings):
    model = BoltzmannMachine(5, n_hidden, dtype="float64", **settings)
    return by_hand.set_random(model, 0.8, seed)


def log_p_star(model):
    """``-E(s)`` of all states, pair by pair."""
    W, b = by_hand.parameters(model).values()
    s, n = by_hand.states(model.n_units), model.n_units
    value = s @ b
    for i in range(n):
        for j in range(i + 1, n):
            value += W[i, j] * s[:, i] * s[:, j]
    return s, value


def of_visible(model):
    """log p* of visible states: the hidden ones, the higher bits, summed out."""
    value = log_p_star(model)[1].reshape(2**model.n_hidden, 2**model.n_visible)
    return np.logaddexp.reduce(value, axis=0)


@pytest.mark.parametrize("n_hidden", [0, 1, 3])
def test_energies_are_sums_over_pairs(n_hidden):
    model = machine(n_hidden)
    s, v = pt.dmatrix(), pt.dmatrix()
    f = pytensor.function([s, v], [model.energy(s), model.free_energy(v)], mode=backends.select("py"))
    energy, free_energy = f(by_hand.states(model.n_units), by_hand.states(5))
    np.testing.assert_allclose(energy, -log_p_star(model)[1], rtol=1e-10)
    np.testing.assert_allclose(free_energy, -of_visible(model), rtol=1e-10)
    log_z = evaluation.exact_log_z(model, backend="py").value
    assert log_z == pytest.approx(np.logaddexp.reduce(log_p_star(model)[1]), rel=1e-12)


def test_sweeps_reach_the_exact_marginals():
    model, n = machine(), 4000
    s, value = log_p_star(model)
    p = np.exp(value - np.logaddexp.reduce(value))
    draws = symgen.function([], model.sample(n, RandomStreams(2)), backend="c")()
    second = (s.T @ (p[:, None] * s))[:5, :5]
    assert (np.abs(draws.T @ draws / n - second) < 4 * np.sqrt(second * (1 - second) / n)).all()


def test_gradient_of_long_chains_is_the_exact_one():
    model = machine(n_chains=60_000, k=30)
    s, value = log_p_star(model)
    p = np.exp(value - np.logaddexp.reduce(value))
    joint = value.reshape(4, 32)  # hidden, visible
    at = X @ 2 ** np.arange(5)
    clamped = np.zeros((7, 7))
    for row in at.astype(int):
        q = np.exp(joint[:, row] - np.logaddexp.reduce(joint[:, row]))
        states = s.reshape(4, 32, 7)[:, row]
        clamped += states.T @ (q[:, None] * states) / len(X)
    right = s.T @ (p[:, None] * s) - clamped
    x = pt.dmatrix("x")
    (objective,) = model.objectives(x, RandomStreams(3))
    f = symgen.function([x], pytensor.grad(objective.loss, model.params), backend="c")
    W, b = f(X)
    noise = 4 * 0.5 / np.sqrt(60_000)
    np.testing.assert_allclose(W, np.triu(right, 1), atol=noise)
    np.testing.assert_allclose(b, np.diag(right), atol=noise)


def test_annealing_bounds_log_z_from_both_sides():
    model = BoltzmannMachine(5, 2)
    walks = evaluation.Annealing(model, "c")
    inside = 0
    for seed in range(20):
        by_hand.set_random(model, 1.0, seed)
        s, value = log_p_star(model)
        log_z = np.logaddexp.reduce(value)
        start = s[np.random.default_rng(seed).choice(len(s), 200, p=np.exp(value - log_z))]
        forward = evaluation.ais_log_z(model, betas=50, n_chains=200, seed=seed, walks=walks)
        back = evaluation.reverse_ais_log_z(model, start, betas=50, seed=seed, walks=walks)
        inside += sum(r.interval[0] <= log_z <= r.interval[1] for r in (forward, back))
    assert inside >= 38


def test_pseudo_likelihood_is_the_sum_of_conditionals():
    model, log_p = machine(), of_visible(machine())
    at = lambda row: log_p[int(row @ 2 ** np.arange(5))]
    right = np.mean(
        [sum(at(x) - np.logaddexp(at(x), at(np.abs(x - e))) for e in np.eye(5)) for x in X]
    )
    assert evaluation.pseudo_likelihood(model, X, backend="py").value == pytest.approx(right)


def test_bad_input_is_a_named_error():
    with pytest.raises(RangeError, match="at most 12 hidden"):
        BoltzmannMachine(5, 13)
    with pytest.raises(RangeError, match="at least 1"):
        BoltzmannMachine(0)
    with pytest.raises(RangeError, match="at least 1"):
        BoltzmannMachine(5, -1)
    with pytest.raises(NotSupportedError, match="visible units alone"):
        evaluation.raise_log_likelihood(machine(), X, backend="py")
