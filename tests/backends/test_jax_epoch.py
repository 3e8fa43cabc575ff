"""Whole epochs on JAX: the numbers of stepping, what is copied, and the state after an error."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.raise_op import Assert
from pytensor.tensor.random.utils import RandomStream

jax = pytest.importorskip("jax")

from symgen.backends.device import transfers  # noqa: E402
from symgen.backends.jax import mode  # noqa: E402
from symgen.backends.jax.epoch import compile_epoch  # noqa: E402
from symgen.errors import BackendError, RangeError  # noqa: E402
from symgen.random import RandomStreams  # noqa: E402
from symgen.updates import adam  # noqa: E402


def noisy_regression(dtype):
    """(index, outputs, updates, givens, state) of a step with draws and Adam."""
    rng = np.random.default_rng(1)
    X = pytensor.shared(rng.random((12, 3)).astype(dtype), name="X")
    order = pytensor.shared(rng.permutation(12), name="order")
    W = pytensor.shared(rng.random((3, 2)).astype(dtype), name="W")
    i, x, srng = pt.lscalar("i"), pt.matrix("x", dtype=dtype), RandomStreams(2)
    noisy = x + srng.normal(size=x.shape, dtype=dtype)
    loss = (pt.tanh(noisy @ W) ** 2).mean()
    updates = {**adam(loss, [W], learning_rate=0.1), **srng.updates}
    givens = {x: X[order[i * 4 : (i + 1) * 4]]}
    return i, [loss, noisy.sum(axis=0)], updates, givens, list(updates)


@pytest.mark.parametrize("block", [1, 2, 8])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_epoch_is_its_steps(dtype, block):
    """Of five steps, a GPU's passes of two leave one over; those of eight hold none."""
    i, outputs, updates, givens, state = noisy_regression(dtype)
    start = [s.get_value() for s in state]
    step = pytensor.function([i], outputs, updates=updates, givens=givens, mode=mode("cpu"))
    epoch = compile_epoch(i, outputs, updates, givens, "cpu")
    epoch.block = block
    numbers = np.array([0, 2, 1, 1, 0, 2, 1])
    expected = [np.stack(series) for series in zip(*map(step, numbers), strict=True)]
    after = [s.get_value() for s in state]
    for s, value in zip(state, start, strict=True):
        s.set_value(value)
    got = epoch(numbers[:5]), epoch(numbers[5:])
    tolerance = {"float32": 2e-6, "float64": 1e-14}[dtype]
    for k, right in enumerate(expected):
        joined = np.concatenate([part[k] for part in got])
        assert joined.dtype == dtype and joined.flags.writeable
        np.testing.assert_allclose(joined, right, rtol=tolerance)
    for s, right in zip(state, after, strict=True):
        np.testing.assert_allclose(s.get_value(), right, rtol=tolerance, atol=tolerance)


def test_an_epoch_copies_indices_and_outputs_only_and_gives_buffers_away():
    i, outputs, updates, givens, state = noisy_regression("float32")
    epoch = compile_epoch(i, outputs, updates, givens, "cpu")
    epoch(np.arange(3))
    old = [s.container.storage[0] for s in state]
    before = transfers.copy()
    results = epoch(np.arange(3))
    moved = transfers - before
    assert (moved.arrays_to_device, moved.bytes_to_device) == (1, 4 * 8)  # room for 4
    assert (moved.arrays_to_host, moved.bytes_to_host) == (2, sum(r.nbytes for r in results))
    assert all(array.is_deleted() for array in old)


def test_no_steps():
    i, outputs, updates, givens, state = noisy_regression("float64")
    epoch = compile_epoch(i, outputs, updates, givens, "cpu")
    start = [s.get_value() for s in state]
    assert [r.shape for r in epoch(np.zeros(0, "int64"))] == [(0,), (0, 3)]
    for s, value in zip(state, start, strict=True):
        np.testing.assert_array_equal(s.get_value(), value)


def test_an_error_in_any_step_leaves_the_state():
    x, i = pytensor.shared(np.array([1.0, 2.0, -3.0, 4.0]), name="x"), pt.lscalar("i")
    w = pytensor.shared(np.zeros(()), name="w")
    value = Assert("positive, please")(x[i], x[i] > 0)
    epoch = compile_epoch(i, [value], {w: w + value}, {}, "cpu")
    np.testing.assert_array_equal(epoch(np.array([0, 1]))[0], [1, 2])
    for bad, error in (([0, 2, 1], AssertionError), ([0, 9], IndexError)):
        with pytest.raises(error):
            epoch(np.array(bad))
        assert w.get_value() == 3
    _, outputs, updates, givens, state = data = noisy_regression("float32")
    epoch = compile_epoch(data[0], outputs, updates, givens, "cpu")
    start = [s.get_value() for s in state]
    with pytest.raises((RangeError, IndexError)):
        epoch(np.array([0, 1, 3]))
    for s, value in zip(state, start, strict=True):
        np.testing.assert_array_equal(s.get_value(), value)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_pytensors_generators_go_on_from_step_to_step():
    stream = RandomStream(1)
    draw, i = stream.uniform(), pt.lscalar("i")
    updates = dict(stream.updates())
    f = pytensor.function([], draw, updates=updates, mode=mode("cpu"))
    epoch = compile_epoch(i, [draw], updates, {}, "cpu")
    stream.seed(3)
    series = [f() for _ in range(5)]
    stream.seed(3)
    np.testing.assert_array_equal([*epoch(np.arange(3))[0], f(), f()], series)


def test_shapes_that_depend_on_the_index_are_refused():
    i = pt.lscalar("i")
    with pytest.raises(BackendError, match="same for every index"):
        compile_epoch(i, [pt.arange(i).sum()], {}, {}, "cpu")


def test_few_programs_for_many_lengths():
    i, w = pt.lscalar("i"), pytensor.shared(0.0, name="w")
    epoch = compile_epoch(i, [w], {w: w + i}, {}, "cpu")
    for steps in range(9, 17):
        epoch(np.ones(steps, "int64"))
    assert w.get_value() == sum(range(9, 17)) and epoch._run._cache_size() == 1
    for steps in (1, 8, 64, 2):  # as training begins
        epoch(np.ones(steps, "int64"))
    assert epoch._run._cache_size() == 1
    losses = epoch(np.ones(500, "int64"))[0]
    assert losses.shape == (500,) and epoch._run._cache_size() == 2


def test_no_more_than_twice_the_room_for_arrays():
    i, w = pt.lscalar("i"), pytensor.shared(np.zeros(3), name="w")
    epoch = compile_epoch(i, [w], {w: w + i}, {}, "cpu")
    epoch(np.ones(3, "int64"))
    before = transfers.copy()
    epoch(np.ones(3, "int64"))
    assert (transfers - before).bytes_to_device == 4 * 8
