import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import rbm_by_hand as by_hand

import symgen
from symgen import backends, evaluation
from symgen.errors import NotSupportedError, RangeError
from symgen.models import ConditionalRBM
from symgen.random import RandomStreams

RNG = np.random.default_rng(0)
X, C = (RNG.random((6, 5)) < 0.5) * 1.0, np.eye(3)[[0, 1, 2, 0, 1, 2]]


@pytest.fixture
def rbm():
    model = ConditionalRBM(5, 3, 4, k=30, dtype="float64")
    return by_hand.set_random(model, 0.8, seed=1)


def biases(model, c):
    p = by_hand.parameters(model)
    return p["W"], p["hbias"] + c @ p["B"], p["vbias"] + c @ p["A"]


def test_free_energy_has_the_biases_of_each_context(rbm):
    x, c = pt.dmatrix(), pt.dmatrix()
    f = pytensor.function([x, c], rbm.free_energy(x, c), mode=backends.select("py"))
    right = [
        -(v @ vbias + np.logaddexp(0, v @ W + hbias).sum())
        for v, (W, hbias, vbias) in zip(X, (biases(rbm, c) for c in C), strict=True)
    ]
    np.testing.assert_allclose(f(X, C), right, rtol=1e-12)


def test_gradient_of_long_chains_is_the_exact_one(rbm):
    x, c = pt.dmatrix("x"), pt.dmatrix("c")
    (objective,) = rbm.objectives(x, RandomStreams(1), context=c)
    assert objective.params == rbm.params
    f = symgen.function([x, c], pytensor.grad(objective.loss, rbm.params), backend="c")
    values = f(np.repeat(X, 20_000, 0), np.repeat(C, 20_000, 0))
    exact = [by_hand.exact_gradient(v[None], *biases(rbm, k)) for v, k in zip(X, C, strict=True)]
    W, hbias, vbias = (np.stack(parts) for parts in zip(*exact, strict=True))
    right = [W.mean(0), hbias.mean(0), vbias.mean(0), C.T @ vbias / 6, C.T @ hbias / 6]
    for got, expected in zip(values, right, strict=True):
        np.testing.assert_allclose(got, expected, atol=4 * 0.5 / np.sqrt(len(X) * 20_000))


def test_samples_follow_their_contexts(rbm):
    n, c = 6000, pt.as_tensor(np.repeat(np.eye(3), 2000, 0))
    draws = symgen.function([], rbm.sample(n, RandomStreams(2), context=c), backend="c")()
    for k in range(3):
        table = by_hand.joint(*biases(rbm, np.eye(3)[k]))
        mean = np.exp(by_hand.log_p_visible(table)) @ by_hand.states(5)
        got = draws[2000 * k : 2000 * (k + 1)].mean(0)
        assert (np.abs(got - mean) < 4 * np.sqrt(mean * (1 - mean) / 2000)).all()


def test_each_context_has_its_own_likelihood(rbm):
    with pytest.raises(NotSupportedError, match=r"given\(context\)"):
        evaluation.exact_log_z(rbm)
    with pytest.raises(NotSupportedError, match=r"given\(context\)"):
        evaluation.log_likelihood(rbm, X, None)
    at = rbm.given(C[1])
    log_z = evaluation.exact_log_z(at, backend="py")
    log_p = by_hand.log_p_visible(by_hand.joint(*biases(rbm, C[1])))
    right = np.mean([log_p[int(v @ 2 ** np.arange(5))] for v in X])
    assert evaluation.log_likelihood(at, X, log_z, backend="py").value == pytest.approx(right)


def test_a_context_of_nothing_is_a_named_error():
    with pytest.raises(RangeError, match="context_dim"):
        ConditionalRBM(5, 0)
