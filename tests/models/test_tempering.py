import numpy as np
import pytensor.tensor as pt
import pytest
import rbm_by_hand as by_hand

import symgen
from symgen.errors import RangeError
from symgen.models import RBM, TemperedRBM
from symgen.models.energy.draws import run_chain
from symgen.models.energy.tempering import tempered_step
from symgen.random import RandomStreams

N = 2000


def bimodal(model):
    """All zeros and all ones are far modes, with a share of 0.3 and 0.7 or so."""
    W = np.full((6, 2), 4.0)
    model.W.set_value(W.astype(model.dtype))
    model.vbias.set_value(np.full(6, -W.sum(1)[0] / 2 + 0.1, model.dtype))
    model.hbias.set_value(np.full(2, -W.sum(0)[0] / 2 + 0.1, model.dtype))
    return model


def share_of_ones(draws):
    return (draws.mean(axis=1) > 0.5).mean()


def test_tempered_chains_keep_the_marginals_where_a_plain_chain_stays_in_its_mode():
    rbm = bimodal(RBM(6, 2))
    table = by_hand.joint(**by_hand.parameters(rbm))
    p, v = np.exp(by_hand.log_p_visible(table)), by_hand.states(6)
    exact = p[v.mean(1) > 0.5].sum()
    assert 0.6 < exact < 0.8 and p[0] > 0.1 and p[-1] > 0.4
    betas, zeros = np.linspace(0, 1, 8).astype("float32"), np.zeros((8, N, 6), "float32")
    step = lambda v, draws: [tempered_step(rbm, v, betas, pt.zeros(6, "float32"), draws)]
    tempered = run_chain(step, [pt.as_tensor(zeros)], 150, RandomStreams(1))[0][-1]
    plain = run_chain(
        lambda v, draws: [rbm.gibbs_vhv(v, draws)[-1]], [pt.as_tensor(zeros[0])], 150, RandomStreams(2)
    )[0]
    tempered, plain = symgen.function([], [tempered, plain], backend="c")()
    error = np.sqrt(exact * (1 - exact) / N)
    assert abs(share_of_ones(tempered) - exact) < 4 * error
    assert abs(share_of_ones(plain) - exact) > 40 * error
    mean = p @ v
    assert (np.abs(tempered.mean(0) - mean) < 4 * np.sqrt(mean * (1 - mean) / N)).all()


def test_one_step_leaves_every_temperature_as_it_is():
    """From exact draws at each temperature: all pair moments of pixels stay, at each of them."""
    rbm, n = by_hand.set_random(RBM(5, 3, dtype="float64"), 1.5, seed=3), 60_000
    W, hbias, vbias = by_hand.parameters(rbm).values()
    betas, v, rng = np.array([0.0, 0.4, 0.7, 1.0]), by_hand.states(5), np.random.default_rng(0)
    start, moments = [], []
    for beta in betas:
        # the base is the visible bias itself, so that only W and hbias are scaled
        log_p = v @ vbias + np.logaddexp(0, beta * (v @ W + hbias)).sum(1)
        p = np.exp(log_p - np.logaddexp.reduce(log_p))
        start.append(v[rng.choice(len(v), n, p=p / p.sum())])
        moments.append(v.T @ (p[:, None] * v))
    step = tempered_step(rbm, pt.as_tensor(np.stack(start)), betas, rbm.vbias, RandomStreams(1))
    after = symgen.function([], step, backend="c")()
    assert (after != np.stack(start)).any(axis=(1, 2)).all()
    for draws, second in zip(after, moments, strict=True):
        error = np.sqrt(second * (1 - second) / n)
        assert (np.abs(draws.T @ draws / n - second) < 4.5 * error).all()


def test_training_keeps_tempered_chains_and_their_last_row_is_the_model():
    rbm = bimodal(TemperedRBM(6, 2, k=3, n_chains=4, n_temperatures=5))
    x = pt.fmatrix("x")
    (objective,) = rbm.objectives(x, RandomStreams(1))
    assert list(objective.updates) == [rbm.chains]
    before = rbm.chains.get_value()
    symgen.function([x], objective.loss, updates=objective.updates, backend="c")(np.ones((2, 6), "f"))
    after = rbm.chains.get_value()
    assert after.shape == (5, 4, 6) and (before != after).any()
    draws = symgen.function([], rbm.sample(500, RandomStreams(2)), backend="c")()
    assert 0.5 < share_of_ones(draws) < 0.9


def test_one_temperature_is_a_named_error():
    with pytest.raises(RangeError, match="PersistentRBM"):
        TemperedRBM(6, 2, n_temperatures=1)
