import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import rbm_by_hand as by_hand

import symgen
from symgen import backends, models, training
from symgen.errors import RangeError, ShapeError
from symgen.models import RBM, BoltzmannMachine, GaussianRBM, PersistentRBM, TemperedRBM
from symgen.random import RandomStreams

X = (np.random.default_rng(0).random((7, 6)) < 0.4).astype("float64")


@pytest.fixture
def rbm():
    return by_hand.set_random(RBM(6, 4, dtype="float64"), 0.8, seed=1)


class Fixed:
    """Random streams that hand out given numbers, and keep count of what they were asked for."""

    def __init__(self, *arrays):
        self.arrays = list(arrays)

    def uniform(self, size, dtype=None):
        return pt.as_tensor_variable(self.arrays.pop(0))

    def updates_of(self, *outputs):
        return {}


def function(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode=backends.select("py"), **options)


def test_free_energies_are_sums_over_the_other_layer(rbm):
    table = by_hand.joint(**by_hand.parameters(rbm))
    v, h = pt.dmatrix(), pt.dmatrix()
    f = function([v, h], [rbm.free_energy(v), rbm.hidden_free_energy(h)])
    of_v, of_h = f(by_hand.states(6), by_hand.states(4))
    np.testing.assert_allclose(of_v, -np.logaddexp.reduce(table, axis=1), rtol=1e-12)
    np.testing.assert_allclose(of_h, -np.logaddexp.reduce(table, axis=0), rtol=1e-12)


def test_conditionals_are_those_of_the_joint(rbm):
    table = by_hand.joint(**by_hand.parameters(rbm))
    p = np.exp(table - by_hand.log_z(table))
    v, h = pt.dmatrix(), pt.dmatrix()
    up, down = function([v, h], [rbm.propup(v)[1], rbm.propdown(h)[1]])(
        by_hand.states(6), by_hand.states(4)
    )
    np.testing.assert_allclose(up, p @ by_hand.states(4) / p.sum(1)[:, None], rtol=1e-10)
    np.testing.assert_allclose(down, p.T @ by_hand.states(6) / p.sum(0)[:, None], rtol=1e-10)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("persistent", [False, True])
def test_get_cost_updates_equals_a_loop_in_numpy(rbm, k, persistent):
    rng = np.random.default_rng(3)
    W, hbias, vbias = by_hand.parameters(rbm).values()
    u_start, u_h, u_v = rng.random((7, 4)), rng.random((k, 7, 4)), rng.random((k, 7, 6))
    chain = pytensor.shared((rng.random((7, 4)) < 0.5).astype("float64"))
    x = pt.dmatrix("x")
    draws = Fixed(u_h, u_v) if persistent else Fixed(u_start, u_h, u_v)
    cost, new = rbm.get_cost_updates(x, draws, lr=0.3, persistent=chain if persistent else None, k=k)

    h = chain.get_value() if persistent else (u_start < by_hand.sigmoid(X @ W + hbias)) * 1.0
    for step in range(k):
        logits = h @ W.T + vbias
        v = (u_v[step] < by_hand.sigmoid(logits)) * 1.0
        h = (u_h[step] < by_hand.sigmoid(v @ W + hbias)) * 1.0
    up, up_end = by_hand.sigmoid(X @ W + hbias), by_hand.sigmoid(v @ W + hbias)
    moved = [
        W + 0.3 * (X.T @ up - v.T @ up_end) / 7,
        hbias + 0.3 * (up.mean(0) - up_end.mean(0)),
        vbias + 0.3 * (X.mean(0) - v.mean(0)),
    ]
    if persistent:
        turned = X.copy()
        turned[:, 0] = 1 - turned[:, 0]
        F = lambda v: -v @ vbias - np.logaddexp(0, v @ W + hbias).sum(1)
        expected = 6 * np.log(by_hand.sigmoid(F(turned) - F(X))).mean()
    else:
        p = by_hand.sigmoid(logits)
        expected = (X * np.log(p) + (1 - X) * np.log(1 - p)).sum(1).mean()

    value = function([x], cost, updates=new)(X)
    assert value == pytest.approx(expected, rel=1e-12)
    for param, right in zip(rbm.params, moved, strict=True):
        np.testing.assert_allclose(param.get_value(), right, rtol=1e-12)
    if persistent:
        np.testing.assert_array_equal(chain.get_value(), h)


def test_get_cost_updates_hold_all_that_a_function_needs():
    """The draws go on from call to call, and the watched pixel goes round."""
    rbm, x = RBM(3, 2), pt.fmatrix("x")
    cost, new = rbm.get_cost_updates(x, RandomStreams(1), persistent=pytensor.shared(X[:, :2].astype("f")))
    step = function([x], cost, updates=new)
    (bit,) = [variable for variable in new if variable.name == "bit_i_idx"]
    (state,) = [v for v in new if (v.name or "").startswith("rng")][:1]
    seen = []
    for _ in range(4):
        step(X[:, :3].astype("f"))
        seen.append((int(bit.get_value()), tuple(state.get_value())))
    assert [b for b, _ in seen] == [1, 2, 0, 1] and len({s for _, s in seen}) == 4


def test_gradient_of_contrastive_divergence_nears_the_exact_one_as_k_grows():
    """The mean of CD-k over many draws; at k = 30 within the noise of the draws."""
    data = np.repeat(X, 4_000, axis=0)
    noise = 0.5 / np.sqrt(len(data))
    rbm = by_hand.set_random(RBM(6, 4, dtype="float64"), 2.0, seed=1)
    exact = by_hand.exact_gradient(X, **by_hand.parameters(rbm))
    rbm.k, x = pt.lscalar("k"), pt.dmatrix("x")  # one function for all k
    (objective,) = rbm.objectives(x, RandomStreams(2))
    gradients = pytensor.grad(objective.loss, rbm.params)
    f = pytensor.function([x, rbm.k], gradients, mode=backends.select("py"))
    errors = []
    for k in (1, 2, 30):
        error = [np.abs(g - e).max() for g, e in zip(f(data, k), exact, strict=True)]
        errors.append(max(error))
    assert errors[0] > 5 * errors[1] and errors[0] > 20 * noise
    assert errors[2] < 4 * noise


def test_persistent_chains_go_on_where_they_were():
    rbm = by_hand.set_random(PersistentRBM(6, 4, k=2, n_chains=5, dtype="float64"), 0.8, seed=1)
    W, hbias, vbias = by_hand.parameters(rbm).values()
    rng, v, x = np.random.default_rng(4), rbm.chains.get_value(), pt.dmatrix("x")
    u_h, u_v, u_pixel = rng.random((2, 5, 4)), rng.random((2, 5, 6)), rng.random(7)
    (objective,) = rbm.objectives(x, Fixed(u_h, u_v, u_pixel))
    loss = function([x], objective.loss, updates=objective.updates)(X)
    for step in range(2):
        h = (u_h[step] < by_hand.sigmoid(v @ W + hbias)) * 1.0
        v = (u_v[step] < by_hand.sigmoid(h @ W.T + vbias)) * 1.0
    np.testing.assert_array_equal(rbm.chains.get_value(), v)
    F = lambda v: -v @ vbias - np.logaddexp(0, v @ W + hbias).sum(1)
    assert loss == pytest.approx(F(X).mean() - F(v).mean())


def test_gibbs_chains_reach_the_exact_marginals(rbm):
    table = by_hand.joint(**by_hand.parameters(rbm))
    p, v = np.exp(by_hand.log_p_visible(table)), by_hand.states(6)
    n = 4000
    draws = symgen.function([], rbm.sample(n, RandomStreams(5)), backend="c")()
    second = v.T @ (p[:, None] * v)  # means on the diagonal
    error = np.sqrt(second * (1 - second) / n)
    assert (np.abs(draws.T @ draws / n - second) < 4 * error).all()


@pytest.mark.filterwarnings("ignore:Scan return signature")
def test_sampling_by_scan_as_in_the_tutorial_reaches_the_exact_marginals(rbm):
    """rbm.gibbs_vhv as the step of a scan, the chain in a shared variable, the scan's updates passed on."""
    srng, chain = RandomStreams(4), pytensor.shared(np.zeros((400, 6)), name="chain")
    outputs, updates = pytensor.scan(
        lambda v, *_: rbm.gibbs_vhv(v, srng),
        outputs_info=[None, None, None, None, None, chain],
        non_sequences=rbm.params,
        n_steps=60,
    )
    means, samples = outputs[4], outputs[5]
    updates[chain] = samples[-1]
    plot = function([], [means[-1], samples], updates=updates)
    first, steps = plot()
    second, later = plot()
    assert len({step.tobytes() for step in [*steps, *later]}) == 120
    p = np.exp(by_hand.log_p_visible(by_hand.joint(**by_hand.parameters(rbm))))
    marginals = p @ by_hand.states(6)
    np.testing.assert_allclose((first.mean(0) + second.mean(0)) / 2, marginals, atol=0.05)
    np.testing.assert_allclose(later.mean((0, 1)), marginals, atol=0.03)



def test_chain_shows_means_of_each_step(rbm):
    x = pt.dmatrix("x")
    states = symgen.function([x], rbm.chain(x, RandomStreams(1), 5), backend="c")(X)
    assert states.shape == (5, 7, 6) and ((states > 0) & (states < 1)).all()
    assert (states[0] != states[1]).any()


def test_initialize_gives_pixels_their_shares():
    rbm = RBM(6, 4, dtype="float64")
    rbm.initialize(X)
    share = by_hand.sigmoid(rbm.vbias.get_value())
    np.testing.assert_allclose(share, (X.sum(0) + 0.5) / 8, rtol=1e-12)


@pytest.mark.parametrize("kind", [RBM, GaussianRBM, BoltzmannMachine, TemperedRBM])
def test_a_second_fit_goes_on_where_the_first_ended(kind):
    """With a rate of 0 nothing moves but what a new beginning would move."""
    model, data = kind(6, 4), X.astype("float32")
    options = {"epochs": 1, "batch_size": 7, "optimizer": "sgd", "show": "none", "backend": "py"}
    training.fit(model, data, learning_rate=0.1, **options)
    before = by_hand.parameters(model)
    training.fit(model, data[:, ::-1], learning_rate=0.0, **options)
    for name, value in by_hand.parameters(model).items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)


def test_training_raises_the_exact_likelihood():
    """Bars and stripes of 3 x 3; entropy of the data log 14 is the best there is."""
    lines = by_hand.states(3)
    images = [np.repeat(line[None], 3, 0).ravel() for line in lines]
    images += [np.repeat(line[:, None], 3, 1).ravel() for line in lines]
    data = np.unique(images, axis=0)
    x = np.tile(data, (20, 1)).astype("float32")
    for model in (RBM(9, 8, k=5), PersistentRBM(9, 8, k=5)):
        training.fit(
            model, x, epochs=150, batch_size=20, optimizer="sgd", learning_rate=0.2,
            show="none", backend="c",
        )  # fmt: skip
        log_p = by_hand.log_p_visible(by_hand.joint(**by_hand.parameters(model)))
        mean = np.mean([log_p[int(row @ 2 ** np.arange(9))] for row in data])
        assert -9 * np.log(2) < -3.2 < mean < -np.log(14)


@pytest.mark.parametrize("backend", ["numba", "jax", "torch"])
def test_five_steps_and_samples_agree_on_every_backend(backend):
    if backend != "numba":
        pytest.importorskip(backend)

    def run(backend):
        model = by_hand.set_random(PersistentRBM(6, 4, k=2, n_chains=5), 0.5, seed=1)
        x, srng = pt.matrix("x", dtype="float32", shape=(7, 6)), RandomStreams(1)
        (objective,) = model.objectives(x, srng)
        new = symgen.updates.sgd(objective.loss, model.params, learning_rate=0.1)
        step = symgen.function(
            [x], objective.reported, updates={**new, **objective.updates}, backend=backend
        )
        costs = [step(X.astype("float32")) for _ in range(5)]
        draw = symgen.function([], model.sample(3, RandomStreams(2)), backend=backend)
        return [np.array(costs), draw(), *(p.get_value() for p in (*model.params, model.chains))]

    for got, right in zip(run(backend), run("py"), strict=True):
        np.testing.assert_allclose(got, right, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "build", [lambda: RBM(0, 3), lambda: RBM(3, 0), lambda: RBM(3, 3, k=0), lambda: PersistentRBM(3, 3, n_chains=0)]
)
def test_sizes_of_nothing_are_named_errors(build):
    with pytest.raises(RangeError, match="at least 1"):
        build()


def test_other_bad_input_is_a_named_error(rbm):
    with pytest.raises(RangeError, match="k to be"):
        rbm.get_cost_updates(pt.dmatrix(), RandomStreams(1), k=0)
    with pytest.raises(ShapeError, match=r"\(batch, 6\)"):
        rbm.free_energy(pt.matrix(shape=(None, 5)))
    with pytest.raises(RangeError):
        training.fit(models.RBM(6, 4), 3 * X, epochs=1, batch_size=2, show="none", backend="py")
