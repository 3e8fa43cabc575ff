"""A classifier's training step in the C mode: no node of it in Python, its numbers by hand."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.special import log_softmax, softmax
from python_nodes import python_nodes
from scipy import special

from symgen import backends

N, B, RATE = 12, 4, np.float32(0.5)


@pytest.fixture(scope="module", params=["log_softmax", "log of softmax"])
def step(request):
    """Softmax regression with a hidden layer, as Theano's tutorials write it."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(N, 6)).astype("float32")
    labels = rng.integers(0, 3, size=N).astype("int32")
    order = rng.permutation(N)
    start = [rng.normal(size=s).astype("float32") for s in ((6, 5), (5,), (5, 3), (3,))]
    x, y, index = pt.fmatrix("x"), pt.ivector("y"), pt.lscalar("index")
    shared = [pytensor.shared(a) for a in (data, labels, order)]
    params = [pytensor.shared(a.copy(), name=f"p{k}") for k, a in enumerate(start)]
    w1, b1, w2, b2 = params
    scores = pt.tanh(x @ w1 + b1) @ w2 + b2
    if request.param == "log_softmax":
        log_p = log_softmax(scores, axis=-1)
    else:
        log_p = pt.log(softmax(scores, axis=-1))
    loss = -log_p[pt.arange(y.shape[0]), y].mean(dtype="float32")
    errors = pt.neq(pt.argmax(scores, axis=1), y).sum()
    grads = pytensor.grad(loss, params)
    rows = shared[2][index * B : (index + 1) * B]
    f = pytensor.function(
        [index],
        [loss, errors],
        updates={p: p - RATE * g for p, g in zip(params, grads, strict=True)},
        givens={x: shared[0][rows], y: shared[1][rows]},
        mode=backends.select("c"),
    )
    return f, params, start, data, labels, order


def by_hand(parameters, x, y):
    """(loss, errors, new parameters) in float64."""
    w1, b1, w2, b2 = (p.astype("float64") for p in parameters)
    hidden = np.tanh(x @ w1 + b1)
    scores = hidden @ w2 + b2
    loss = -special.log_softmax(scores, axis=1)[np.arange(len(y)), y].mean()
    d_scores = (special.softmax(scores, axis=1) - np.eye(3)[y]) / len(y)
    d_hidden = d_scores @ w2.T * (1 - hidden**2)
    grads = [x.T @ d_hidden, d_hidden.sum(0), hidden.T @ d_scores, d_scores.sum(0)]
    new = [p - RATE * g for p, g in zip((w1, b1, w2, b2), grads, strict=True)]
    return loss, (scores.argmax(1) != y).sum(), new


def test_no_node_runs_in_python(step):
    assert python_nodes(step[0]) == []


def test_steps_are_those_written_out_by_hand(step):
    f, params, start, data, labels, order = step
    expected = start
    for parameter, value in zip(params, start, strict=True):
        parameter.set_value(value)
    for k in (0, 2, 1):
        rows = order[k * B : (k + 1) * B]
        loss, errors = f(k)
        right, wrong, expected = by_hand(expected, data[rows].astype("float64"), labels[rows])
        assert loss.dtype == "float32" and loss == pytest.approx(right, rel=1e-5)
        assert errors == wrong
    for parameter, value in zip(params, expected, strict=True):
        np.testing.assert_allclose(parameter.get_value(), value, rtol=2e-5, atol=2e-6)
