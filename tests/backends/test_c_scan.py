"""Scans in the C mode: the step compiled with symgen's rewrites, values and gradients by hand."""

import warnings

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scan.op import Scan
from python_nodes import python_nodes

from symgen import backends
from symgen.rewrites.unit_stride_elemwise import UnitStrideElemwise


def scan(step, **options):
    """``pytensor.scan`` without the updates, which later versions do not return."""
    return pytensor.scan(step, return_updates=False, **options)


def scans(function):
    return [n.op for n in function.maker.fgraph.toposort() if isinstance(n.op, Scan)]


@pytest.fixture(scope="module")
def network():
    """The last state of a recurrent network and the gradient of its sum by the weights."""
    x, start, w = pt.ftensor3("x"), pt.fmatrix("start"), pt.fmatrix("w")
    states = scan(lambda now, state: pt.tanh(now + state @ w), sequences=x, outputs_info=start)
    gradient = pytensor.grad(states[-1].sum(), w)
    return pytensor.function([x, start, w], [states[-1], gradient], mode=backends.select("c"))


def test_steps_are_compiled_with_symgens_rewrites(network):
    forward, backward = scans(network)
    for op in (forward, backward):
        inner = op.fn.maker.fgraph.apply_nodes
        assert any(isinstance(node.op, UnitStrideElemwise) for node in inner)
        assert python_nodes(op.fn) == []


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_recurrent_network_is_that_written_out_by_hand(network, steps):
    rng = np.random.default_rng(steps)
    x, start = rng.normal(size=(steps, 3, 4)), rng.normal(size=(3, 4))
    w = rng.normal(size=(4, 4)) / 2
    states = [start]
    for now in x:
        states.append(np.tanh(now + states[-1] @ w))
    gradient, back = np.zeros_like(w), np.ones_like(start)
    for before, after in zip(states[-2::-1], states[:0:-1], strict=True):
        inside = back * (1 - after**2)
        gradient += before.T @ inside
        back = inside @ w.T
    last, by_w = network(*(a.astype("float32") for a in (x, start, w)))
    assert last.dtype == by_w.dtype == "float32"
    np.testing.assert_allclose(last, states[-1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(by_w, gradient, rtol=1e-4, atol=1e-5)


def test_a_scan_within_a_scan():
    """Powers of each number, added up: sum over k of a^k, by two loops."""
    a = pt.dmatrix("a")

    def power(row):
        options = {"outputs_info": pt.ones_like(row), "non_sequences": row, "n_steps": 3}
        powers = scan(lambda p, r: p * r, **options)
        return pt.exp(-powers[-1]) + powers.sum(axis=0)

    sums = scan(power, sequences=a)
    f = pytensor.function([a], sums, mode=backends.select("c"))
    values = np.random.default_rng(0).normal(size=(4, 5))
    right = np.exp(-(values**3)) + values + values**2 + values**3
    np.testing.assert_allclose(f(values), right, rtol=1e-12, atol=1e-12)
    (outer,) = scans(f)
    (inner,) = scans(outer.fn)
    assert inner.mode is outer.mode


def test_a_mode_of_the_users_own_stays():
    x = pt.dvector("x")
    options = {"sequences": x, "outputs_info": np.float64(0), "mode": "FAST_COMPILE"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTensor 3.3 would rather have no mode there
        sums = scan(lambda a, s: s + a, **options)
    f = pytensor.function([x], sums, mode=backends.select("c"))
    np.testing.assert_array_equal(f([1, 2, 3]), [1, 3, 6])
    assert [op.mode for op in scans(f)] == ["FAST_COMPILE"]
