"""A gradient's products stay in the steps of a scan where each adds over many rows."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scan.op import Scan

from symgen import backends

STEPS, INPUTS, UNITS = 3, 4, 5


def products_of_backward_scan(f):
    backward = [node for node in f.maker.fgraph.toposort() if isinstance(node.op, Scan)][1]
    step = backward.op.fn.maker.fgraph.toposort()
    return sum(type(node.op).__name__.startswith(("Dot", "Gemm")) for node in step)


@pytest.mark.parametrize(("rows", "products"), [(8, 1), (512, 2)])
def test_a_gradient_of_many_rows_a_step_is_added_up_in_the_steps(rows, products):
    """``h = tanh(x + h W)``; the gradient is also that of the recurrence written out."""
    x = pt.tensor("x", dtype="float64", shape=(STEPS, rows, UNITS))
    W = pt.tensor("W", dtype="float64", shape=(UNITS, UNITS))
    h = pytensor.scan(
        lambda now, h, W: pt.tanh(now + pt.dot(h, W)),
        sequences=x,
        outputs_info=pt.zeros((rows, UNITS), dtype="float64"),
        non_sequences=W,
        return_updates=False,
    )
    f = pytensor.function([x, W], pytensor.grad(h[-1].sum(), W), mode=backends.select("c"))
    assert products_of_backward_scan(f) == products

    rng = np.random.default_rng(rows)
    x_value, W_value = rng.normal(size=(STEPS, rows, UNITS)), 0.3 * rng.normal(size=(UNITS, UNITS))
    states = [np.zeros((rows, UNITS))]
    for now in x_value:
        states.append(np.tanh(now + states[-1] @ W_value))
    right, back = np.zeros_like(W_value), np.ones((rows, UNITS))
    for t in reversed(range(STEPS)):
        inside = back * (1 - states[t + 1] ** 2)
        right += states[t].T @ inside
        back = inside @ W_value.T
    np.testing.assert_allclose(f(x_value, W_value), right, rtol=1e-10)
