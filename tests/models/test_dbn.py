import itertools

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import rbm_by_hand as by_hand

import symgen
from symgen import backends, datasets, evaluation, training
from symgen.errors import RangeError
from symgen.models import DBN, RBM, DBNClassifier
from symgen.random import RandomStreams

X = (np.random.default_rng(0).random((5, 4)) < 0.4) * 1.0


class Fixed:
    """Random streams that hand out given numbers."""

    def __init__(self, *arrays):
        self.arrays = list(arrays)

    def uniform(self, size, dtype=None):
        return pt.as_tensor_variable(self.arrays.pop(0))


def network(hidden_dims=(3, 2), **settings):
    return by_hand.set_random(DBN(4, hidden_dims, dtype="float64", **settings), 0.8, seed=1)


def values(dbn):
    p = by_hand.parameters(dbn)
    return [p[f"{kind}.0.{name}"] for kind in ("recognition", "generative") for name in "Wb"]


def bernoulli_log_prob(x, logits):
    return (x * logits - np.logaddexp(0, logits)).sum(-1)


def test_bound_is_the_mean_by_recognition_and_below_the_exact_likelihood():
    dbn = network()
    up, up_b, down, down_b = values(dbn)
    top = by_hand.joint(*(p.get_value() for p in dbn.top.params))
    log_p_h, h = by_hand.log_p_visible(top), by_hand.states(3)
    log_p_x = bernoulli_log_prob(X[:, None], (h @ down.T + down_b)[None])  # (batch, states)
    exact = np.logaddexp.reduce(log_p_x + log_p_h, axis=1)
    log_q = bernoulli_log_prob(h[None], (X @ up + up_b)[:, None])
    right = (np.exp(log_q) * (log_p_x + log_p_h - log_q)).sum(1)
    assert (right < exact - 0.01).all()

    log_z = evaluation.exact_log_z(dbn.top, backend="py")
    result = evaluation.lower_bound(dbn, X, log_z, n_samples=3000, backend="c")
    assert result.value == pytest.approx(right.mean(), abs=0.02)
    assert (result.bound, result.n_samples) == ("lower bound on log p(x)", 3000)
    ais = evaluation.ais_log_z(dbn.top, betas=100, backend="c")
    of_ais = evaluation.lower_bound(dbn, X, ais, backend="py")
    assert of_ais.bound.startswith("estimate of a lower bound") and of_ais.interval is not None
    with pytest.raises(RangeError, match="zeros and ones"):
        evaluation.lower_bound(dbn, X / 2, log_z, backend="py")


def test_samples_have_the_exact_means():
    dbn = network()
    _, _, down, down_b = values(dbn)
    p = np.exp(by_hand.log_p_visible(by_hand.joint(*(q.get_value() for q in dbn.top.params))))
    right = p @ by_hand.sigmoid(by_hand.states(3) @ down.T + down_b)
    means = symgen.function([], dbn.sample(4000, RandomStreams(1)), backend="c")()
    assert (np.abs(means.mean(0) - right) < 4 * means.std(0) / np.sqrt(4000)).all()


def test_a_tied_layer_learns_as_the_one_rbm_that_it_is():
    dbn = DBN(4, (3, 2), dtype="float64")
    rbm = RBM(4, 3, dtype="float64")
    value = np.random.default_rng(2).normal(size=(4, 3))
    (up, _), (down, _) = dbn.recognition[0], dbn.generative[0]
    for W in (up, down, rbm.W):
        W.set_value(value)
    rng = np.random.default_rng(3)
    draws, x = (rng.random((1, 5, 3)), rng.random((1, 5, 4))), pt.dmatrix("x")
    (phase,) = dbn.pretraining()[0].objectives(x, Fixed(*draws))
    (plain,) = rbm.objectives(x, Fixed(*draws))
    assert set(phase.params) == {*dbn.recognition[0], *dbn.generative[0]}
    of_up, of_down, right = pytensor.function(
        [x],
        [*pytensor.grad(phase.loss, [up, down]), pytensor.grad(plain.loss, rbm.W)],
        mode=backends.select("py"),
    )(X)
    np.testing.assert_array_equal(of_up, of_down)
    np.testing.assert_allclose(of_up, right, rtol=1e-12)


def test_persistent_chains_of_both_layers_go_on_where_they_were():
    """A minibatch's update of the first layer, and of the top on what the first makes of the data, by hand."""
    dbn = network(n_chains=6)
    rng, x = np.random.default_rng(5), pt.dmatrix("x")
    up, up_b, down, down_b = values(dbn)
    pairs = [((up + down) / 2, up_b, down_b), [p.get_value() for p in dbn.top.params]]
    up_draws = rng.random((5, 3))
    below = [X, (up_draws < by_hand.sigmoid(X @ up + up_b)) * 1.0]
    for phase, (W, hbias, vbias), data in zip(dbn.pretraining(), pairs, below, strict=True):
        (chains,) = phase.buffers
        v = chains.get_value()
        assert v.shape == (6, len(vbias)) and set(np.unique(v)) == {0.0, 1.0}
        draws = [rng.random((1, 6, len(hbias))), rng.random((1, 6, len(vbias))), rng.random(5)]
        given = draws if phase.layer == 0 else [up_draws, *draws]
        (objective,) = phase.objectives(x, Fixed(*given))
        of_hbias, of_vbias = pytensor.function(
            [x], pytensor.grad(objective.loss, phase.params[-2:]), updates=objective.updates, mode="FAST_COMPILE"
        )(X)
        h = (draws[0][0] < by_hand.sigmoid(v @ W + hbias)) * 1.0
        end = (draws[1][0] < by_hand.sigmoid(h @ W.T + vbias)) * 1.0
        np.testing.assert_array_equal(chains.get_value(), end)
        np.testing.assert_allclose(of_vbias, end.mean(0) - data.mean(0), atol=1e-12)
        means = [by_hand.sigmoid(each @ W + hbias).mean(0) for each in (end, data)]
        np.testing.assert_allclose(of_hbias, means[0] - means[1], atol=1e-12)
    assert not any(phase.buffers for phase in DBN(4, (3, 2)).pretraining())


def test_progress_of_pretraining_names_the_layer(capsys):
    x = np.eye(6, dtype="float32")
    training.pretrain(DBN(6, (4, 3)), x, epochs=1, batch_size=3, backend="py", show="lines")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"layer {i} of 2, epoch 1/1" for i in (1, 2)]


def test_pretraining_moves_each_layer_and_keeps_both_ways_the_same():
    dbn = DBN(6, (5, 4, 3))
    x = (np.random.default_rng(4).random((40, 6)) < 0.3).astype("float32")
    before = [param.get_value() for param in dbn.params]
    training.pretrain(dbn, x, epochs=2, batch_size=10, show="none", backend="c")
    for old, param in zip(before, dbn.params, strict=True):
        assert (old != param.get_value()).any(), param.name
    for (up, _), (down, _) in zip(dbn.recognition, dbn.generative, strict=True):
        np.testing.assert_array_equal(up.get_value(), down.get_value())


@pytest.mark.parametrize(("dims", "beyond"), [((3, 4), 0), ((3, 6), 2), ((3, 3), None)])
def test_a_layer_begins_as_the_one_below_upside_down(dims, beyond):
    """By enumeration: its distribution of its visible units is the RBM's of its hidden ones."""
    dbn = network(dims)
    dbn.top = RBM(*dims, dtype="float64")
    lower, upper = dbn.pretraining()
    (W, hbias), (_, vbias) = dbn.recognition[0], dbn.generative[0]
    first = dbn.top.W.get_value()
    upper.initialize(X)
    if beyond is None:  # fewer units than pixels: the log odds of what comes up
        share = (by_hand.sigmoid(X @ W.get_value() + hbias.get_value()).sum(0) + 0.5) / 6
        np.testing.assert_allclose(dbn.top.vbias.get_value(), np.log(share / (1 - share)))
        return
    np.testing.assert_array_equal(dbn.top.W.get_value()[:, 4:], first[:, 4:])
    top_W, top_h, top_v = (p.get_value() for p in dbn.top.params)
    of_rbm = by_hand.joint(W.get_value(), hbias.get_value(), vbias.get_value())
    log_h = np.logaddexp.reduce(of_rbm, axis=0)
    of_top = by_hand.log_p_visible(by_hand.joint(top_W, top_h, top_v))
    tolerance = {"atol": 1e-3} if beyond else {"rtol": 1e-10}  # units beyond have weights of 0.01
    np.testing.assert_allclose(of_top, log_h - np.logaddexp.reduce(log_h), **tolerance)
    dbn.top.vbias.set_value(top_v + 1)
    dbn.pretraining()[1].initialize(X)  # a layer that goes on does not begin anew
    np.testing.assert_array_equal(dbn.top.vbias.get_value(), top_v + 1)


def test_a_second_layer_and_then_up_down_lift_the_bound_above_the_exact_likelihood_of_the_first():
    x = (datasets.load("digits").splits["train"] > 0.5).astype("float32")
    options = {"batch_size": 20, "optimizer": "sgd", "show": "none", "backend": "c"}
    dbn = DBN(64, (12, 64))
    lower, upper = dbn.pretraining()
    training.fit(lower, x, epochs=60, learning_rate=0.05, **options)
    rbm = RBM(64, 12)
    of_lower = (*dbn.recognition[0], dbn.generative[0][1])
    for param, value in zip(rbm.params, of_lower, strict=True):
        param.set_value(value.get_value())
    log_z = evaluation.exact_log_z(rbm, backend="c")
    of_rbm = evaluation.log_likelihood(rbm, x, log_z, backend="c").value
    training.fit(upper, x, epochs=30, learning_rate=0.01, **options)

    def bound():
        log_z = evaluation.exact_log_z(dbn.top, backend="c")
        return evaluation.lower_bound(dbn, x, log_z, n_samples=20, backend="c").value

    greedy = bound()
    assert greedy > of_rbm + 0.05
    training.fit(dbn, x, epochs=30, learning_rate=0.01, **options)
    assert bound() > greedy + 0.05


def test_up_down_gradients_equal_numpy_at_the_same_draws():
    dbn = network(k=2)
    up, up_b, down, down_b = values(dbn)
    W, hbias, vbias = (p.get_value() for p in dbn.top.params)
    rng = np.random.default_rng(5)
    u_up, u_h, u_v, u_down = (
        rng.random(shape) for shape in ((5, 3), (2, 5, 2), (2, 5, 3), (5, 4))
    )
    x = pt.dmatrix("x")
    (objective,) = dbn.objectives(x, Fixed(u_up, u_h, u_v, u_down))
    f = pytensor.function(
        [x], [objective.reported, *pytensor.grad(objective.loss, dbn.params)],
        mode=backends.select("py"),
    )  # fmt: skip
    reported, *gradients = f(X)

    h = (u_up < by_hand.sigmoid(X @ up + up_b)) * 1.0
    v = h
    for step in range(2):
        above = (u_h[step] < by_hand.sigmoid(v @ W + hbias)) * 1.0
        v = (u_v[step] < by_hand.sigmoid(above @ W.T + vbias)) * 1.0
    fantasy = (u_down < by_hand.sigmoid(v @ down.T + down_b)) * 1.0
    awake = by_hand.sigmoid(h @ down.T + down_b) - X
    asleep = by_hand.sigmoid(fantasy @ up + up_b) - v
    p_start, p_end = by_hand.sigmoid(h @ W + hbias), by_hand.sigmoid(v @ W + hbias)
    right = [
        fantasy.T @ asleep / 5,
        asleep.mean(0),
        awake.T @ h / 5,
        awake.mean(0),
        (v.T @ p_end - h.T @ p_start) / 5,
        (p_end - p_start).mean(0),
        (v - h).mean(0),
    ]
    for got, expected in zip(gradients, right, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)
    assert reported == pytest.approx(-bernoulli_log_prob(X, h @ down.T + down_b).mean())


def test_bad_sizes_are_named_errors():
    for sizes, words in (((3,), "two hidden"), ((3, 0), "at least 1")):
        with pytest.raises(RangeError, match=words):
            DBN(4, sizes)
    with pytest.raises(RangeError, match="n_chains to be a whole number of at least 0"):
        DBN(4, (3, 2), n_chains=-1)
    with pytest.raises(RangeError, match="number of hidden layers"):
        DBNClassifier(4, 3, ())


def test_phases_are_trained_in_the_minibatches_of_the_whole():
    phase = DBNClassifier(4, 3, (2,)).pretraining()[0]
    assert phase.training == {"optimizer": "sgd", "learning_rate": 0.05, "batch_size": 20}
    assert "batch_size" not in DBN(4, (3, 2)).pretraining()[0].training


def test_classifier_learns_from_pretrained_layers():
    """Which of two halves has more ones: 8 pixels, all 2^8 images but ties."""
    x = np.array(list(itertools.product((0, 1), repeat=8)), "float32")
    excess = x[:, :4].sum(1) - x[:, 4:].sum(1)
    x, labels = x[excess != 0], (excess[excess != 0] > 0).astype(int)
    model = DBNClassifier(8, 2, (16, 8))
    context = np.eye(2, dtype="float32")[labels]
    before = [param.get_value() for param in (*model.params, *model.buffers)]
    training.pretrain(model, x, context=context, epochs=2, batch_size=20, show="none", backend="c")
    moved = [
        (old != new.get_value()).any()
        for old, new in zip(before, (*model.params, *model.buffers), strict=True)
    ]
    assert moved == [True] * 4 + [False] * 2 + [True] * 2  # all but the softmax
    run = training.fit(
        model, x, context=context, epochs=60, batch_size=20, optimizer="adam", learning_rate=0.02,
        show="none", backend="c",
    )  # fmt: skip
    assert run.history[-1]["train_loss"] < 0.1
    x_ = pt.fmatrix()
    p = pytensor.function([x_], model.predict_proba(x_), mode=backends.select("py"))(x)
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-5)
    assert (p.argmax(1) == labels).mean() > 0.97
    result = evaluation.evaluate(model, x, context=context, backend="py")
    assert result.metric == "log p(label | x)"
    assert result.value == pytest.approx(np.log(p[np.arange(len(x)), labels]).mean(), rel=1e-4)
