"""Slices of constant length: the rewrite that finds them, and their Op."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.subtensor import Subtensor

from symgen import backends
from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.ops.window_slice import WindowSlice
from symgen.rewrites.window_slice import constant_difference, linear_form, windows_everywhere

X = np.arange(60.0).reshape(20, 3)
i, j = pt.lscalar("i"), pt.iscalar("j")
x = pt.matrix("x")


def ops(*outputs):
    graph = FunctionGraph(outputs=list(outputs), clone=True)
    windows_everywhere.rewrite(graph)
    return [node.op for node in graph.toposort()]


@pytest.mark.parametrize(
    ("cut", "length"),
    [
        (x[i * 5 : (i + 1) * 5], 5),
        (x[j * 5 : j * 5 + 5], 5),
        (x[i + j : i + 3 + j, :2], 3),
        (x[-2 + i * 4 : 4 * i], 2),
        (x[3 * i - i : 2 * i + 1], 1),
        (x[pt.cast(i, "int32") : i + 7], 7),
    ],
)
def test_found(cut, length):
    (window,) = [op for op in ops(cut) if isinstance(op, WindowSlice)]
    assert (window.axis, window.length) == (0, length)


@pytest.mark.parametrize(
    "cut",
    [x[:i], x[i:], x[i : 2 * i], x[i:j], x[i : i + 4 : 2], x[i + 2 : i], x[2:5], x[i * i : j]],
)
def test_left_alone(cut):
    assert not any(isinstance(op, WindowSlice) for op in ops(cut))
    assert any(isinstance(op, Subtensor) for op in ops(cut))


def test_linear_forms():
    assert linear_form(3 * i - (i + 2) + 4 * j) == (-2, {i: 2, j: 4})
    assert linear_form(pt.constant(7)) == (7, {})
    assert constant_difference(2 * (i + 3), i + i) == 6
    assert constant_difference(i, j) is None


def test_the_op_is_the_slice():
    out = WindowSlice(1, 2)(x, i)
    assert out.type.shape == (None, 2)
    f = pytensor.function([x, i], [out, out.shape], mode=backends.select("py"))
    value, shape = f(X, 1)
    np.testing.assert_array_equal(value, X[:, 1:3])
    np.testing.assert_array_equal(shape, [20, 2])
    for bad in (-1, 2):
        with pytest.raises(RangeError, match="slice of 2 inside of axis 1, which has 3"):
            f(X, bad)


def test_what_cannot_be_a_window():
    with pytest.raises(RangeError):
        WindowSlice(0, 0)
    with pytest.raises(ShapeError):
        WindowSlice(2, 1)(x, i)
    with pytest.raises(DtypeError):
        WindowSlice(0, 1)(x, pt.dscalar())


def test_several_windows_at_once():
    pytest.importorskip("jax")
    a = pt.matrix("a")
    outputs = [
        x[i : i + 2, j : j + 1],
        pt.set_subtensor(x[i : i + 2, j : j + 1], np.float64(-1)),
        pt.inc_subtensor(x[i : i + 2, 1], np.float64(2)),
        pt.inc_subtensor(x[-1, j : j + 2], a[0]),
    ]
    names = {"mode": backends.select("jax", "cpu")}
    got = pytensor.function([x, a, i, j], outputs, **names)(X, np.ones((1, 2)), 4, 1)
    right = [X[4:6, 1:2], X.copy(), X.copy(), X.copy()]
    right[1][4:6, 1:2] = -1
    right[2][4:6, 1] += 2
    right[3][-1, 1:3] += 1
    for value, expected in zip(got, right, strict=True):
        np.testing.assert_array_equal(value, expected)


def test_an_index_that_begins_anew_is_checked_before_the_call():
    """``i % batches``: the host knows the window, so the program holds no check and no choice."""
    pytest.importorskip("jax")
    data = pytensor.shared(X, name="data")
    start = i % 4 * 5
    out = data[start : start + 5]
    f = pytensor.function([i], out, mode=backends.select("jax", "cpu"))
    for k in (0, 3, 4, 7, -1):
        np.testing.assert_array_equal(f(k), X[k % 4 * 5 : k % 4 * 5 + 5])
    assert not any(errors for _, errors in f.vm._programs.values())
    run = backends.compile_epoch(i, out, backend="jax", device="cpu")
    np.testing.assert_array_equal(run(np.array([5, 3])), [X[5:10], X[15:20]])
    data.set_value(X[:12])
    with pytest.raises(RangeError, match="a slice of 5 inside of axis 0, which has 12"):
        f(6)
    with pytest.raises(RangeError):
        run(np.array([0, 6]))
    f(4)
