"""What is known before a scan is multiplied in its steps where all products are a large array."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scan.op import Scan

from symgen import backends

STEPS, BATCH, INPUTS, UNITS = 50, 32, 5, 384


def network(inputs=INPUTS, steps=STEPS, batch=BATCH, bias=True, x_shape=None, also=()):
    """A recurrent network's gradients by its weights; x, W, b are its function's arguments."""
    x = pt.tensor("x", dtype="float32", shape=x_shape or (steps, batch, inputs))
    w = pt.tensor("W", dtype="float32", shape=(inputs, UNITS))
    b = pt.tensor("b", dtype="float32", shape=(UNITS,))
    u = pt.constant(np.full((UNITS, UNITS), 1e-3, "float32"))
    rows = pt.dot(x.reshape((-1, inputs)), w)
    rows = (rows + b if bias else rows).reshape((steps, batch, UNITS))
    h = pytensor.scan(
        lambda row, h, u: pt.tanh(row + pt.dot(h, u)),
        sequences=rows, outputs_info=pt.zeros((batch, UNITS), dtype="float32"), non_sequences=u,
        return_updates=False,
    )  # fmt: skip
    loss = (h[-1] ** 2).sum()
    outputs = [loss, *pytensor.grad(loss, [w, b] if bias else [w]), *(f(rows) for f in also)]
    return pytensor.function([x, w, b], outputs, mode=backends.select("c"), on_unused_input="ignore")


def widths(f):
    """The last length of what the forward scan reads step by step."""
    scan = next(node for node in f.maker.fgraph.toposort() if isinstance(node.op, Scan))
    return [variable.type.shape[-1] for variable in scan.op.outer_seqs(scan.inputs)]


def by_hand(x, w, b):
    """Loss and gradients by w and b, in float64."""
    x, w, b = (value.astype("float64") for value in (x, w, b))
    states = [np.zeros((x.shape[1], w.shape[1]))]
    u = np.full((w.shape[1],) * 2, 1e-3)
    for now in x:
        states.append(np.tanh(now @ w + b + states[-1] @ u))
    d_h, d_w, d_b = 2 * states[-1], np.zeros_like(w), np.zeros_like(b)
    for now, h in zip(x[::-1], states[:0:-1], strict=True):
        d_a = d_h * (1 - h**2)
        d_w, d_b, d_h = d_w + now.T @ d_a, d_b + d_a.sum(axis=0), d_a @ u.T
    return np.sum(states[-1] ** 2), d_w, d_b


def values(rng, inputs=INPUTS, steps=STEPS, batch=BATCH):
    x = rng.normal(size=(steps, batch, inputs)).astype("float32")
    return x, rng.normal(size=(inputs, UNITS)).astype("float32") / 4, rng.normal(size=UNITS).astype("float32")


@pytest.mark.parametrize("bias", [True, False])
def test_the_step_multiplies(bias, rng):
    f = network(bias=bias)
    assert widths(f) == [INPUTS]
    x, w, b = values(rng)
    right = by_hand(x, w, b if bias else 0 * b)
    for value, expected in zip(f(x, w, b), right, strict=False):
        np.testing.assert_allclose(value, expected, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize(
    "changed", [{"inputs": 65}, {"steps": 30}, {"batch": 31}, {"also": [pt.sum]}, {"x_shape": (None,) * 3}]
)
def test_where_that_does_not_pay_it_is_done_at_once(changed, rng):
    f = network(**changed)
    assert widths(f) == [UNITS]
    sizes = {name: changed[name] for name in changed if name not in ("also", "x_shape")}
    x, w, b = values(rng, **sizes)
    for value, expected in zip(f(x, w, b), by_hand(x, w, b), strict=False):
        np.testing.assert_allclose(value, expected, rtol=2e-4, atol=2e-4)
