"""A scan keeps the products that its gradient would compute again: graph, values, gradients."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scalar.basic import Composite, Tanh
from pytensor.scalar.math import Sigmoid
from pytensor.scan.op import Scan
from pytensor.tensor.elemwise import Elemwise
from scipy.special import expit

from symgen import backends
from symgen.layers import line_lstm
from symgen.rewrites import keep_products
from symgen.rewrites.scan_mode import AnotherView

BATCH, UNITS = 3, 4


def scan(step, **options):
    """``pytensor.scan`` without the updates, which later versions do not return."""
    return pytensor.scan(step, return_updates=False, **options)


def products_of_scans(f):
    """How many matrix products each scan's step holds, forward scan first."""
    scans = [node.op for node in f.maker.fgraph.toposort() if isinstance(node.op, Scan)]
    kinds = ("Dot", "Gemm", "Gemv", "BatchedDot")
    steps = [op.fn.maker.fgraph.toposort() for op in scans]
    return [sum(type(node.op).__name__.startswith(kinds) for node in step) for step in steps]


def lstm_by_hand(x, h, c, w):
    """Loss ``sum(h_T * c_T)`` and its gradients by x and w, written out."""

    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    def split(a):
        return np.split(a, 4, axis=1)

    kept = []
    for now in x:
        i, f, g, o = split(now + h @ w)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        new_c = f * c + i * g
        kept.append((h, c, i, f, g, o, new_c))
        h, c = o * np.tanh(new_c), new_c
    loss, d_h, d_c = np.sum(h * c), c, h
    d_x, d_w = np.zeros_like(x), np.zeros_like(w)
    for t in reversed(range(len(x))):
        h, c, i, f, g, o, new_c = kept[t]
        d_c = d_c + d_h * o * (1 - np.tanh(new_c) ** 2)
        d_a = [d_c * g * i * (1 - i), d_c * c * f * (1 - f), d_c * i * (1 - g**2)]
        d_a = np.concatenate([*d_a, d_h * np.tanh(new_c) * o * (1 - o)], axis=1)
        d_x[t], d_h, d_c = d_a, d_a @ w.T, d_c * f
        d_w += h.T @ d_a
    return loss, d_x, d_w


def lstm(x, h, c, w):
    """The same loss as a graph."""

    def step(now, h, c, w):
        i, f, g, o = pt.split(now + pt.dot(h, w), [UNITS] * 4, n_splits=4, axis=1)
        c = pt.sigmoid(f) * c + pt.sigmoid(i) * pt.tanh(g)
        return pt.sigmoid(o) * pt.tanh(c), c

    h, c = scan(step, sequences=x, outputs_info=[h, c], non_sequences=w)
    return (h[-1] * c[-1]).sum()


@pytest.fixture(scope="module")
def trained():
    """The loss of an LSTM and its gradients, compiled."""
    x, h, c, w = pt.dtensor3("x"), pt.dmatrix("h"), pt.dmatrix("c"), pt.dmatrix("w")
    loss = lstm(x, h, c, w)
    outputs = [loss, *pytensor.grad(loss, [x, w])]
    return pytensor.function([x, h, c, w], outputs, mode=backends.select("c"))


def test_the_backward_scan_multiplies_once_a_step(trained):
    assert products_of_scans(trained) == [1, 1]


@pytest.mark.parametrize("steps", [1, 2, 9])
def test_an_lstm_and_its_gradients_are_those_written_out(trained, steps):
    rng = np.random.default_rng(steps)
    x = rng.normal(size=(steps, BATCH, 4 * UNITS))
    h, c = rng.normal(size=(2, BATCH, UNITS))
    w = rng.normal(size=(UNITS, 4 * UNITS))
    for value, right in zip(trained(x, h, c, w), lstm_by_hand(x, h, c, w), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-10, atol=1e-12)


def test_the_sum_is_kept_and_not_only_the_product(trained):
    scans = [n for n in trained.maker.fgraph.toposort() if isinstance(n.op, Scan)]
    # What it reads besides: new cell, both states' gradients' starts; no x, no earlier h.
    widths = [v.type.shape[-1] for v in scans[1].op.outer_seqs(scans[1].inputs)]
    assert len(widths) <= 5
    assert scans[0].op.info.n_nit_sot == 1


def functions_of_step(node, *ops):
    """How many scalar Ops of these kinds a compiled scan's step computes."""
    count = 0
    for inside in node.op.fn.maker.fgraph.toposort():
        if isinstance(inside.op, Elemwise):
            op = inside.op.scalar_op
            nodes = op.fgraph.toposort() if isinstance(op, Composite) else [inside]
            count += sum(isinstance(getattr(n.op, "scalar_op", n.op), ops) for n in nodes)
    return count


@pytest.mark.parametrize("batch", [BATCH, None])
def test_gates_are_kept_in_place_of_what_they_are_functions_of(batch):
    """Or of a batch that is not, but the same for all; the numbers are those of the loops by hand."""
    x, h, c = (
        pt.tensor(name, dtype="float64", shape=shape)
        for name, shape in [("x", (None, batch, 4 * UNITS)), ("h", (batch, UNITS)), ("c", (batch, UNITS))]
    )
    w = pt.tensor("w", dtype="float64", shape=(UNITS, 4 * UNITS))

    def step(now, h, c, w):
        gates = now + pt.dot(h, w)
        i, f, g, o = (gates[:, k * UNITS : (k + 1) * UNITS] for k in range(4))
        c = pt.sigmoid(f) * c + pt.sigmoid(i) * pt.tanh(g)
        return pt.sigmoid(o) * pt.tanh(c), c

    hs, cs = scan(step, sequences=x, outputs_info=[h, c], non_sequences=w)
    loss = (hs[-1] * cs[-1]).sum()
    outputs = [loss, *pytensor.grad(loss, [x, w])]
    trained = pytensor.function([x, h, c, w], outputs, mode=backends.select("c"))
    assert products_of_scans(trained) == [1, 1]
    backward = [n for n in trained.maker.fgraph.toposort() if isinstance(n.op, Scan)][1]
    assert functions_of_step(backward, Sigmoid) == 0

    rng = np.random.default_rng(8)
    values = [rng.normal(size=(5, BATCH, 4 * UNITS)), *rng.normal(size=(2, BATCH, UNITS))]
    values.append(rng.normal(size=(UNITS, 4 * UNITS)))
    for value, right in zip(trained(*values), lstm_by_hand(*values), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("batch", [BATCH, None])
def test_products_of_reshaped_states_are_kept(batch):
    """A window of a line's pixels, zeros beside it: the step makes them of a constant."""
    a = pt.tensor("a", dtype="float64", shape=(3, 5, batch, 4 * UNITS))
    W = pt.tensor("W", dtype="float64", shape=(3 * UNITS, 4 * UNITS))
    h = line_lstm.lines(a, W, 1, 1)
    f = pytensor.function([a, W], pytensor.grad((h**2).sum(), [a, W]), mode=backends.select("c"))
    assert products_of_scans(f) == [1, 1]
    backward = [n for n in f.maker.fgraph.toposort() if isinstance(n.op, Scan)][1]
    assert functions_of_step(backward, Sigmoid, Tanh) <= 1  # tanh(c), of a state

    rng = np.random.default_rng(2)
    a_value, W_value = rng.normal(size=(3, 5, BATCH, 4 * UNITS)), rng.normal(size=(3 * UNITS, 4 * UNITS))

    def loss(a, W):
        h = c = np.zeros((5, BATCH, UNITS))
        total = 0.0
        for now in a:
            wide = np.pad(h, ((1, 1), (0, 0), (0, 0)))
            now = now + np.concatenate([wide[:-2], wide[1:-1], wide[2:]], axis=2) @ W
            o, f, i, g = np.split(now, 4, axis=2)
            c = expit(f) * c + expit(i) * np.tanh(g)
            h = expit(o) * np.tanh(c)
            total += np.sum(h**2)
        return total

    for position, gradient in enumerate(f(a_value, W_value)):
        place = tuple(rng.integers(gradient.shape))
        step = np.zeros_like((a_value, W_value)[position])
        step[place] = 1e-5
        ends = [[a_value, W_value], [a_value, W_value]]
        for end, sign in zip(ends, (1, -1), strict=True):
            end[position] = end[position] + sign * step
        numeric = (loss(*ends[0]) - loss(*ends[1])) / 2e-5
        np.testing.assert_allclose(gradient[place], numeric, rtol=1e-7, atol=1e-9)


def test_what_a_step_adds_up_in_place_is_not_compared_number_by_number(trained):
    """PyTensor compares the memory where the array is the same one; here it is another."""
    backward = [n for n in trained.maker.fgraph.toposort() if isinstance(n.op, Scan)][1]
    results = backward.op.fn.maker.fgraph.outputs
    in_place = [v for v, kept in zip(results, backward.op.mitmots_preallocated, strict=False) if kept]
    assert in_place
    assert all(isinstance(v.owner.op, AnotherView) for v in in_place)


def test_two_states_back_and_a_truncated_gradient():
    """States of two steps before: ``h_t = tanh(h_{t-2} w + x_t)``, the gradient over 3 steps."""
    x, start, w = pt.dtensor3("x"), pt.dtensor3("start"), pt.dmatrix("w")
    states = scan(
        lambda now, older, w: pt.tanh(pt.tanh(pt.dot(older, w)) + now),
        sequences=x,
        outputs_info={"initial": start, "taps": [-2]},
        non_sequences=w,
        truncate_gradient=3,
    )
    gradient = pytensor.grad(states[-1].sum(), w)
    f = pytensor.function([x, start, w], gradient, mode=backends.select("c"))
    assert products_of_scans(f)[1] == 1
    rng = np.random.default_rng(0)
    x_value, start_value = rng.normal(size=(6, BATCH, UNITS)), rng.normal(size=(2, BATCH, UNITS))
    w_value = rng.normal(size=(UNITS, UNITS))
    states, inner = list(start_value), []
    for t, now in enumerate(x_value):
        inner.append(np.tanh(states[t] @ w_value))
        states.append(np.tanh(inner[t] + now))
    right, back = np.zeros_like(w_value), np.ones((BATCH, UNITS))
    for t in (5, 3):  # of the last three steps, those that the last state came by
        inside = back * (1 - states[t + 2] ** 2) * (1 - inner[t] ** 2)
        right += states[t].T @ inside
        back = inside @ w_value.T
    np.testing.assert_allclose(f(x_value, start_value, w_value), right, rtol=1e-10)


def test_a_scan_that_reads_another_matrix_keeps_nothing():
    """``dot(h, u)`` of a backward scan is not the ``dot(h, w)`` of the forward one."""
    start, w, u = pt.dmatrix("start"), pt.dmatrix("w"), pt.dmatrix("u")
    states = scan(
        lambda h, w: pt.tanh(pt.dot(h, w)), outputs_info=start, non_sequences=w, n_steps=4
    )
    backwards = states[:-1][::-1]
    total = scan(
        lambda h, s, u: s + pt.tanh(pt.dot(h, u)),
        sequences=backwards,
        outputs_info=pt.zeros_like(start),
        non_sequences=u,
    )
    f = pytensor.function([start, w, u], total[-1], mode=backends.select("c"))
    rng = np.random.default_rng(0)
    start_value, (w_value, u_value) = rng.normal(size=(BATCH, UNITS)), rng.normal(size=(2, UNITS, UNITS))
    states, right = [start_value], np.zeros_like(start_value)
    for _ in range(4):
        states.append(np.tanh(states[-1] @ w_value))
    for state in states[1:-1]:
        right += np.tanh(state @ u_value)
    np.testing.assert_allclose(f(start_value, w_value, u_value), right, rtol=1e-10)


@pytest.mark.parametrize(
    ("slices", "lags"),
    [
        (lambda v, n: v[::-1][:n], [0]),
        (lambda v, n: v[1:][::-1][0:][:n], [0, 0]),
        (lambda v, n: v[:-1][::-1][:n], [0, 1]),
        (lambda v, n: v[1:-2][:-1][::-1][:n], [0, 1, 3]),
        (lambda v, n: v[::-1][:-1][:n], [0]),
        (lambda v, n: v[:n], []),
        (lambda v, n: v[::-2][:n], []),
        (lambda v, n: v[::-1], []),
        (lambda v, n: v[::-1][1:][:n], []),
        (lambda v, n: v[::-1][:4][:n], []),
        (lambda v, n: v[-2::-1][:n], []),
    ],
)
def test_what_a_sequence_reads_backwards(slices, lags):
    v, n = pytensor.shared(np.arange(7.0)), pytensor.shared(np.int64(3))
    found = keep_products.read_backwards(slices(v, n), n)
    assert [lag for _, lag in found] == lags
    for variable, lag in found:
        f = pytensor.function([], [slices(v, n), variable], mode="FAST_COMPILE")
        sequence, read = f()
        assert [read[-1 - lag - s] for s in range(3)] == list(sequence)
