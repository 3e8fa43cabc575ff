"""The gradient of slices that are a whole together is one join, of a last step one addition; all else
stays as it is."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.basic import Join
from pytensor.tensor.subtensor import IncSubtensor

from symgen import backends

A = pt.tensor("a", dtype="float64", shape=(None, 3))
B = pt.tensor("b", dtype="float64", shape=(None, 2))
LEFT, RIGHT = np.arange(12.0).reshape(4, 3), -np.ones((4, 2))
ZEROS = pt.zeros((A.shape[0], 5))


def compiled(out, inputs=(A, B)):
    f = pytensor.function(
        list(inputs), out, mode=backends.select("c"), on_unused_input="ignore"
    )
    ops = [type(node.op) for node in f.maker.fgraph.toposort()]
    return f, sum(issubclass(op, Join) for op in ops), sum(issubclass(op, IncSubtensor) for op in ops)


@pytest.mark.parametrize(
    "out",
    [
        ZEROS[:, :3].inc(A)[:, 3:].inc(B),
        ZEROS[:, 3:].inc(B)[:, :3].inc(A),
        ZEROS[:, -2:].inc(B) + ZEROS[:, :-2].inc(A),
    ],
)
def test_parts_of_a_whole_are_joined_in_their_places(out):
    f, joins, additions = compiled(out)
    assert (joins, additions) == (1, 0)
    np.testing.assert_array_equal(f(LEFT, RIGHT), np.concatenate([LEFT, RIGHT], axis=1))


@pytest.mark.parametrize(
    ("out", "right"),
    [
        (ZEROS[:, :3].inc(A), [[0, 1, 2, 0, 0]]),  # not all of it
        (ZEROS[:, :3].inc(A)[:, 2:4].inc(B), [[0, 1, 1, -1, 0]]),  # overlapping
        ((ZEROS + 1)[:, :3].inc(A)[:, 3:].inc(B), [[1, 2, 3, 0, 0]]),  # not onto zeros
        (ZEROS[:, :3].inc(A)[:, 3:].inc(pt.specify_shape(B[:1], (1, 2))), [[0, 1, 2, -1, -1]]),
    ],
)
def test_what_is_no_such_whole_is_still_added(out, right):
    f, joins, additions = compiled(out)
    assert joins == 0 and additions > 0
    np.testing.assert_array_equal(f(LEFT, RIGHT)[:1], right)


def test_the_gradient_of_a_split_by_slices():
    x = pt.tensor("x", dtype="float64", shape=(None, 5))
    loss = (pt.exp(x[:, :3]).sum() * pt.sin(x[:, 3:]).sum()) / 2
    f, joins, additions = compiled(pytensor.grad(loss, x), [x])
    assert (joins, additions) == (1, 0)
    values = np.random.default_rng(0).normal(size=(4, 5))
    e, s = np.exp(values[:, :3]), np.sin(values[:, 3:])
    right = np.concatenate([e * s.sum(), np.cos(values[:, 3:]) * e.sum()], axis=1) / 2
    np.testing.assert_allclose(f(values), right, rtol=1e-13)


@pytest.mark.parametrize("index", [-1, -3])
def test_a_step_is_added_to_the_longer_zeros_at_once(index):
    x = pt.tensor("x", dtype="float64", shape=(2,))
    out = pt.zeros((5, 2))[2:].inc(pt.zeros((3, 2))[index].inc(x))
    f, _, additions = compiled(out, [x])
    assert additions == 1
    right = np.zeros((5, 2))
    right[index] = [3, 4]
    np.testing.assert_array_equal(f([3, 4]), right)


@pytest.mark.parametrize(
    ("out", "right"),
    [
        (lambda x: pt.zeros((3, 2))[1:].inc(pt.zeros((1, 2))[-1].inc(x)), [[0, 0], [3, 4], [3, 4]]),
        (lambda x: pt.ones((3, 2))[1:].inc(pt.zeros((2, 2))[-1].inc(x)), [[1, 1], [1, 1], [4, 5]]),
        (lambda x: pt.zeros((3, 2))[1:].inc(pt.ones((2, 2))[-1].inc(x)), [[0, 0], [1, 1], [4, 5]]),
        (lambda x: pt.zeros((3, 2))[:2].inc(pt.zeros((2, 2))[-1].inc(x)), [[0, 0], [3, 4], [0, 0]]),
        (lambda x: pt.zeros((3, 2))[1:].inc(pt.zeros((2, 2))[0].inc(x)), [[0, 0], [3, 4], [0, 0]]),
    ],
)
def test_what_is_no_step_of_the_longer_zeros_is_as_it_was(out, right):
    x = pt.tensor("x", dtype="float64", shape=(2,))
    f, _, _ = compiled(out(x), [x])
    np.testing.assert_array_equal(f([3, 4]), right)
