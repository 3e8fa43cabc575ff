"""Steps are flattened into rows before they are transposed."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.shape import Reshape

from symgen import backends
from symgen.ops.contiguous import TransposedToRows


@pytest.mark.parametrize(
    ("order", "units", "moved"), [((2, 0, 1), 4, False), ((2, 1, 0), 4, True), ((2, 0, 1), 2, True)]
)
def test_flattened_then_transposed(order, units, moved):
    x = pt.tensor("x", dtype="float64", shape=(None, None, 4))
    f = pytensor.function(
        [x], x.transpose(*order).reshape((units, -1)) + 1.0, mode=backends.select("c")
    )
    nodes = f.maker.fgraph.toposort()
    reshaped = [node.inputs[0] for node in nodes if isinstance(node.op, Reshape)]
    before = [v.owner.inputs[0] if isinstance(_op(v), TransposedToRows) else v for v in reshaped]
    after = [isinstance(_op(v), DimShuffle) for v in before]
    assert after == [moved]
    values = np.random.default_rng(0).normal(size=(3, 5, 4))
    right = values.transpose(order).reshape(units, -1) + 1
    np.testing.assert_array_equal(f(values), right)
    backwards = values[::-1]
    np.testing.assert_array_equal(f(backwards), backwards.transpose(order).reshape(units, -1) + 1)


def _op(variable):
    return None if variable.owner is None else variable.owner.op


def test_the_gradient_of_a_recurrent_networks_weights_has_no_such_copy():
    x = pt.tensor("x", dtype="float64", shape=(None, 2, 4))
    w = pytensor.shared(np.eye(4) / 2, shape=(4, 4))
    states = pytensor.scan(
        lambda now, h, w: pt.tanh(now + pt.dot(h, w)),
        sequences=x,
        outputs_info=pt.zeros((2, 4)),
        non_sequences=w,
        return_updates=False,
    )
    f = pytensor.function([x], pytensor.grad(states[-1].sum(), w), mode=backends.select("c"))
    orders = [
        tuple(node.op.new_order)
        for node in f.maker.fgraph.toposort()
        if isinstance(node.op, DimShuffle)
    ]
    assert (2, 0, 1) not in orders
    values = np.random.default_rng(1).normal(size=(3, 2, 4))
    h, kept = np.zeros((2, 4)), []
    for now in values:
        kept.append(h)
        h = np.tanh(now + h @ w.get_value())
        kept.append(h)
    right, back = np.zeros((4, 4)), np.ones((2, 4))
    for before, after in zip(kept[-2::-2], kept[::-2], strict=True):
        inside = back * (1 - after**2)
        right += before.T @ inside
        back = inside @ w.get_value().T
    np.testing.assert_allclose(f(values), right, rtol=1e-12)
