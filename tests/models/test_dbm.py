import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import rbm_by_hand as by_hand

import symgen
from symgen import backends, evaluation, training
from symgen.errors import RangeError
from symgen.models import DBM
from symgen.random import RandomStreams

X = (np.random.default_rng(0).random((5, 4)) < 0.4) * 1.0


def machine(hidden_dims=(3, 2), seed=1, scale=0.8, **settings):
    return by_hand.set_random(DBM(4, hidden_dims, dtype="float64", **settings), scale, seed)


def table(model):
    """All states of all layers as one row each, and ``-E`` of them, term by term."""
    p, dims = by_hand.parameters(model), model.dims
    s = by_hand.states(sum(dims))
    layers = np.split(s, np.cumsum(dims)[:-1], axis=1)
    value = sum(layer @ p[f"b.{i}"] for i, layer in enumerate(layers))
    for i in range(len(dims) - 1):
        value = value + np.einsum("ni,ij,nj->n", layers[i], p[f"W.{i}"], layers[i + 1])
    return s, layers, value


def log_p_visible(model):
    _, _, value = table(model)
    by_visible = value.reshape(-1, 2**model.input_dim)  # the visible units are the lowest bits
    return np.logaddexp.reduce(by_visible, axis=0) - np.logaddexp.reduce(value)


def compiled(inputs, outputs):
    return pytensor.function(inputs, outputs, mode=backends.select("py"))


@pytest.mark.parametrize("hidden_dims", [(3, 2), (3, 2, 2)])
def test_log_z_is_the_sum_over_all_states_from_either_side(hidden_dims):
    model = machine(hidden_dims)
    right = np.logaddexp.reduce(table(model)[2])
    assert evaluation.exact_log_z(model, backend="py").value == pytest.approx(right, rel=1e-12)
    for units, free_energy in model.states():
        s = pt.dmatrix()
        energies = compiled([s], free_energy(s))(by_hand.states(units))
        assert np.logaddexp.reduce(-energies) == pytest.approx(right, rel=1e-12)


def test_chains_reach_the_exact_marginals():
    model, n = machine((3, 2, 2)), 4000
    s, _, value = table(model)
    p = np.exp(value - np.logaddexp.reduce(value))
    means = symgen.function([], model.sample(n, RandomStreams(2)), backend="c")()
    right = (p @ s)[:4]
    assert (np.abs(means.mean(0) - right) < 4 * means.std(0) / np.sqrt(n)).all()


def test_mean_field_makes_the_bound_highest_and_it_stays_below_the_likelihood():
    model = machine(mean_field_steps=60)
    x = pt.dmatrix("x")
    means = model.mean_field(x)
    bound, m1, m2 = compiled([x], [model.unnormalised_bound(x), *means])(X)
    p = by_hand.parameters(model)

    def by_hand_bound(m1, m2):
        entropy = -sum((m * np.log(m) + (1 - m) * np.log(1 - m)).sum(1) for m in (m1, m2))
        energy = X @ p["b.0"] + m1 @ p["b.1"] + m2 @ p["b.2"]
        energy += ((X @ p["W.0"]) * m1).sum(1) + ((m1 @ p["W.1"]) * m2).sum(1)
        return energy + entropy

    np.testing.assert_allclose(bound, by_hand_bound(m1, m2), rtol=1e-10)
    rng = np.random.default_rng(3)
    for _ in range(20):
        moved = [np.clip(m + rng.normal(0, 0.03, m.shape), 1e-3, 1 - 1e-3) for m in (m1, m2)]
        assert (by_hand_bound(*moved) < bound).all()
    log_z = evaluation.exact_log_z(model, backend="py")
    exact = np.mean([log_p_visible(model)[int(row @ 2 ** np.arange(4))] for row in X])
    result = evaluation.lower_bound(model, X, log_z, backend="py")
    assert exact - 1 < result.value < exact
    assert (result.bound, result.n_samples) == ("lower bound on log p(x)", 1)


def test_gradient_is_that_of_the_bound_with_the_models_mean():
    model = machine(n_chains=40_000, k=30, mean_field_steps=60)
    _, layers, value = table(model)
    p = np.exp(value - np.logaddexp.reduce(value))
    x = pt.dmatrix("x")
    (objective,) = model.objectives(x, RandomStreams(4))
    f = symgen.function(
        [x], [*pytensor.grad(objective.loss, model.params), *model.mean_field(x)], backend="c"
    )
    *gradients, m1, m2 = f(X)
    data = (X, m1, m2)
    right = [
        layers[i].T @ (p[:, None] * layers[i + 1]) - data[i].T @ data[i + 1] / 5 for i in (0, 1)
    ]
    right += [p @ layer - m.mean(0) for layer, m in zip(layers, data, strict=True)]
    for got, expected in zip(gradients, right, strict=True):
        np.testing.assert_allclose(got, expected, atol=4 * 0.5 / np.sqrt(40_000))


def test_annealing_bounds_log_z_from_both_sides():
    model = DBM(4, (3, 2))
    walks, inside = evaluation.Annealing(model, "c"), 0
    for seed in range(20):
        by_hand.set_random(model, 1.0, seed)
        _, layers, value = table(model)
        log_z = np.logaddexp.reduce(value)
        chosen = np.random.default_rng(seed).choice(len(value), 200, p=np.exp(value - log_z))
        forward = evaluation.ais_log_z(
            model, data=X, betas=100, n_chains=200, seed=seed, walks=walks
        )
        back = evaluation.reverse_ais_log_z(
            model, layers[1][chosen], data=X, betas=100, seed=seed, walks=walks
        )
        inside += sum(r.interval[0] <= log_z <= r.interval[1] for r in (forward, back))
    assert inside >= 38


def test_annealing_of_a_machine_whose_graph_does_not_tell_how_many_units_it_anneals():
    class Untold(DBM):
        def annealed_start(self, n, base, srng):
            units = pytensor.shared(np.int64(sum(self.dims[1::2])))
            return super().annealed_start(n, base, srng)[:, :units]

    model = by_hand.set_random(Untold(4, (3, 2)), 1.0, 0)
    walks = evaluation.Annealing(model, "c")
    assert walks.state_dim == 3  # the odd layer, and not the four visible units
    log_z = np.logaddexp.reduce(table(model)[2])
    low, high = evaluation.ais_log_z(model, n_chains=200, betas=100, walks=walks).interval
    assert low <= log_z <= high


@pytest.mark.parametrize(("layer", "copies", "weight"), [(0, (2, 1), 1), (1, (1, 1), 2), (2, (1, 2), 1)])
def test_greedy_layers_have_their_inputs_doubled(layer, copies, weight):
    """Free energy by hand, of an RBM with so many copies of each side, the visible ones alike."""
    model = machine((3, 2, 2))
    rbm, (W, hbias, vbias) = model.greedy_rbm(layer)
    W, hbias, vbias = (p.get_value() for p in (W, hbias, vbias))
    v, h = by_hand.states(len(vbias)), by_hand.states(len(hbias))
    one = copies[0] * weight * v @ W @ h.T + h @ hbias
    right = -copies[0] * v @ vbias - copies[1] * np.logaddexp.reduce(one, axis=1)
    x = pt.dmatrix()
    np.testing.assert_allclose(compiled([x], rbm.free_energy(x))(v), right, rtol=1e-10)


def test_pretraining_and_training_raise_the_exact_likelihood():
    lines = by_hand.states(3)
    images = [np.repeat(line[None], 3, 0).ravel() for line in lines]
    images += [np.repeat(line[:, None], 3, 1).ravel() for line in lines]
    data = np.unique(images, axis=0)
    x, model = np.tile(data, (20, 1)).astype("float32"), DBM(9, (6, 4), mean_field_steps=5)

    def likelihood():
        return np.mean([log_p_visible(model)[int(row @ 2 ** np.arange(9))] for row in data])

    options = {"batch_size": 20, "optimizer": "sgd", "show": "none", "backend": "c"}
    training.pretrain(model, x, epochs=100, learning_rate=0.1, **options)
    greedy = likelihood()
    training.fit(model, x, epochs=150, learning_rate=0.1, **options)
    assert greedy > -9 * np.log(2) and likelihood() > -4.5


def test_bad_sizes_are_named_errors():
    for settings, words in (
        ({"hidden_dims": (3,)}, "two hidden"),
        ({"hidden_dims": (3, 0)}, "at least 1"),
        ({"k": 0}, "k to be"),
        ({"mean_field_steps": 0}, "mean_field_steps"),
    ):
        with pytest.raises(RangeError, match=words):
            DBM(4, **settings)
