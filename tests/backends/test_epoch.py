import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen.backends import compile_epoch
from symgen.errors import DtypeError, ShapeError
from symgen.random import RandomStreams

BACKENDS = ("py", "c", "numba", "jax", "torch")


def least_squares(index, rows, dtype):
    """SGD on ``||y - X w||^2`` with noise on X: (outputs, updates, givens, w)."""
    rng = np.random.default_rng(5)
    inputs = rng.normal(size=(12, 3)).astype(dtype)
    X, y = pytensor.shared(inputs), pytensor.shared(inputs @ np.arange(3).astype(dtype))
    w = pytensor.shared(np.zeros(3, dtype), name="w")
    x, t = pt.matrix("x", dtype=dtype), pt.vector("t", dtype=dtype)
    noise = RandomStreams(1).uniform(x.shape, dtype=dtype)
    error = t - pt.dot(x + np.asarray(0.125, dtype) * noise, w)
    loss = (error**2).mean()
    new = w - np.asarray(0.125, dtype) * pytensor.grad(loss, w)
    return [loss, error], {w: new}, {x: X[rows], t: y[rows]}, w


def by_hand(batches, dtype):
    """The same in NumPy, with the draws of the stream in Python."""
    from symgen.ops.philox.op import draw, initial_state

    rng = np.random.default_rng(5)
    X = rng.normal(size=(12, 3)).astype(dtype)
    y = X @ np.arange(3).astype(dtype)
    w, state, losses, errors = np.zeros(3, dtype), initial_state(1, 0), [], []
    for rows in batches:
        state, noise = draw(state, len(rows) * 3, "uniform", dtype)
        x = X[rows] + noise.reshape(-1, 3) / 8
        error = y[rows] - x @ w
        losses.append((error**2).mean())
        errors.append(error)
        w = w + 0.125 * 2 * x.T @ error / len(rows)
    return np.array(losses), np.array(errors), w


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_steps_by_minibatch_number(backend, dtype):
    if backend in ("jax", "torch"):
        pytest.importorskip(backend)
    i = pt.lscalar("i")
    outputs, updates, givens, w = least_squares(i, slice(i * 4, (i + 1) * 4), dtype)
    epoch = compile_epoch(i, outputs, updates, givens, backend=backend)
    numbers = np.array([0, 2, 1, 0, 1])
    results = epoch(numbers)
    expected = by_hand([np.arange(4 * n, 4 * n + 4) for n in numbers], dtype)
    tolerance = 2e-6 if dtype == "float32" else 1e-13
    for value, right in zip([*results, w.get_value()], expected, strict=True):
        assert isinstance(value, np.ndarray) and value.dtype == dtype
        np.testing.assert_allclose(value, right, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("backend", BACKENDS)
def test_steps_by_rows_and_none_at_all(backend):
    if backend in ("jax", "torch"):
        pytest.importorskip(backend)
    rows = pt.lvector("rows")
    outputs, updates, givens, w = least_squares(rows, rows, "float64")
    epoch = compile_epoch(rows, outputs[0], updates, givens, backend=backend)
    assert epoch(np.empty((0, 4), int)).shape == (0,)
    np.testing.assert_array_equal(w.get_value(), np.zeros(3))
    batches = np.array([[0, 5, 7], [11, 1, 1]])
    losses, _, weights = by_hand(batches, "float64")
    np.testing.assert_allclose(epoch(batches), losses, rtol=1e-13)
    np.testing.assert_allclose(w.get_value(), weights, rtol=1e-13)
    shorter = np.array([[3, 4]])  # the last, partial minibatch
    assert epoch(shorter).shape == (1,)


def test_bad_indices_are_named_before_the_first_step():
    i = pt.iscalar("i")
    w = pytensor.shared(0.0)
    epoch = compile_epoch(i, [], updates={w: w + i}, backend="py")
    epoch(np.array([1, 2]))  # int64 that fits
    for bad in (np.array([0.5]), np.array([2**40]), np.array([True])):
        with pytest.raises(DtypeError, match="indices of dtype int32"):
            epoch(bad)
    with pytest.raises(ShapeError, match="1 dimensions"):
        epoch(np.zeros((2, 2), int))
    assert w.get_value() == 3
    with pytest.raises(DtypeError, match="integer variable"):
        compile_epoch(pt.dscalar(), [], backend="py")
    with pytest.raises(ShapeError, match="scalar or a vector"):
        compile_epoch(pt.lmatrix(), [], backend="py")
