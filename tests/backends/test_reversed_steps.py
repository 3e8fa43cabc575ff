"""Sums and products over all steps of a scan take them in the order in which they come."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.blas import Dot22
from pytensor.tensor.subtensor import Subtensor

from symgen import backends

STEPS, BATCH = 3, 5


def sequence(name, width, steps=STEPS):
    return pt.tensor(name, dtype="float64", shape=(steps, BATCH, width))


def reads_backwards(variable):
    """Whether a variable, but for reshaping and transposing, is ``x[::-1]``."""
    while variable.owner is not None and not isinstance(variable.owner.op, Subtensor):
        variable = variable.owner.inputs[0]
    return variable.owner is not None


def rows(x):
    return x.reshape((-1, x.type.shape[2]), ndim=2)


def values_of(variables):
    rng = np.random.default_rng(0)
    return [rng.normal(size=[n or STEPS for n in v.type.shape]) for v in variables]


def flat(values):
    return values.reshape(-1, values.shape[2])


def test_a_sum_of_turned_steps_does_not_turn_them():
    x = sequence("x", 4)
    f = pytensor.function([x], rows(x[::-1]).sum(axis=0), mode=backends.select("c"))
    assert not any(isinstance(node.op, Subtensor) for node in f.maker.fgraph.apply_nodes)
    (value,) = values_of([x])
    np.testing.assert_allclose(f(value), value.sum(axis=(0, 1)), rtol=1e-13)


@pytest.mark.parametrize(
    ("width", "steps", "turned"),
    [(2, STEPS, [True, False]), (9, STEPS, [False, True]), (2, None, [False, True])],
)
def test_a_product_turns_the_smaller_factor(width, steps, turned):
    a, x = sequence("a", width, steps), sequence("x", 4)
    out = pt.dot(rows(a).T, rows(x[::-1]))
    f = pytensor.function([a, x], out, mode=backends.select("c"))
    (product,) = [node for node in f.maker.fgraph.apply_nodes if isinstance(node.op, Dot22)]
    assert [reads_backwards(v) for v in product.inputs] == turned
    a_value, x_value = values_of([a, x])
    right = flat(a_value).T @ flat(x_value[::-1])
    np.testing.assert_allclose(f(a_value, x_value), right, rtol=1e-12)


def test_turned_steps_that_are_needed_otherwise_stay():
    x = sequence("x", 4)
    turned = rows(x[::-1])
    out = [turned.sum(axis=0), pt.exp(turned)]
    f = pytensor.function([x], out, mode=backends.select("c"))
    assert any(isinstance(node.op, Subtensor) for node in f.maker.fgraph.apply_nodes)
    (value,) = values_of([x])
    total, powers = f(value)
    np.testing.assert_allclose(total, value.sum(axis=(0, 1)), rtol=1e-13)
    np.testing.assert_allclose(powers, np.exp(flat(value[::-1])), rtol=1e-13)
