"""``theano.tensor.nnet.ctc`` against the sum over all paths."""

import itertools

import numpy as np
import pytest
from pytensor.gradient import NullTypeGradError

import symgen.theano.tensor as T
from symgen import theano
from symgen.errors import DtypeError, ShapeError
from symgen.theano.tensor.nnet import ctc as module
from symgen.theano.tensor.nnet.ctc import ConnectionistTemporalClassification, ctc

CLASSES = 3
ACTIVATIONS = np.random.default_rng(11).normal(size=(4, 5, CLASSES)) * 2
LABELS = np.array([[1, -1], [2, 2], [1, 2], [-1, -1], [2, 1]], "int32")
LENGTHS = np.array([4, 4, 3, 2, 1], "int32")


def by_all_paths(activations, labels):
    """Add up the probabilities of all paths that become the labels."""
    p = np.exp(activations - activations.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    total = 0.0
    for path in itertools.product(range(p.shape[1]), repeat=len(p)):
        merged = [label for label, _ in itertools.groupby(path) if label != 0]
        if merged == list(labels):
            total += np.prod(p[np.arange(len(p)), path])
    return total


@pytest.fixture(scope="module")
def cost_and_gradient():
    a, labels, lengths = T.dtensor3(), T.imatrix(), T.ivector()
    cost = ctc(a, labels, lengths)
    finite = T.switch(T.isinf(cost), 0.0, cost)
    outputs = [cost, theano.grad(finite.sum(), a)]
    return theano.function([a, labels, lengths], outputs, mode="FAST_COMPILE")


def test_cost_is_that_of_all_paths(cost_and_gradient):
    cost, _ = cost_and_gradient(ACTIVATIONS, LABELS, LENGTHS)
    for n in range(4):
        labels = [label for label in LABELS[n] if label >= 0]
        likelihood = by_all_paths(ACTIVATIONS[: LENGTHS[n], n], labels)
        np.testing.assert_allclose(cost[n], -np.log(likelihood), rtol=1e-12)
    assert cost[4] == np.inf  # two labels in one step


def test_gradient_is_that_of_central_differences(cost_and_gradient):
    _, gradient = cost_and_gradient(ACTIVATIONS, LABELS, LENGTHS)
    assert np.isfinite(gradient).all()
    assert not gradient[:, 4].any() and not gradient[3, 2].any()
    step = 1e-5
    for place in itertools.product((0, 2), (0, 1, 2, 3), range(CLASSES)):
        change = np.zeros_like(ACTIVATIONS)
        change[place] = step
        up, down = (
            cost_and_gradient(ACTIVATIONS + s * change, LABELS, LENGTHS)[0][place[1]]
            for s in (1, -1)
        )
        np.testing.assert_allclose(gradient[place], (up - down) / (2 * step), rtol=1e-6, atol=1e-9)


def test_cost_and_gradient_are_finite_far_out(cost_and_gradient):
    cost, gradient = cost_and_gradient(ACTIVATIONS * 1000, LABELS, LENGTHS)
    assert np.isfinite(cost[:4]).all() and np.isfinite(gradient).all()


def test_op_class_and_refusals():
    a, labels, lengths = T.ftensor3(), T.imatrix(), T.ivector()
    op = ConnectionistTemporalClassification(compute_grad=False)
    cost = op(a, labels, lengths)
    assert cost.dtype == "float32" and cost.ndim == 1
    with pytest.raises(NullTypeGradError):
        theano.grad(cost.sum(), a)
    with pytest.raises(ShapeError, match="batch"):
        ctc(T.fmatrix(), labels, lengths)
    with pytest.raises(DtypeError, match="labels"):
        ctc(a, T.fmatrix(), lengths)
    assert module.ctc_available() and module.ctc_present()
