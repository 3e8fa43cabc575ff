"""Whole epochs on PyTorch: the bits of stepping, transfers, failures, CUDA graphs."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.raise_op import Assert

from symgen.backends.device import transfers
from symgen.errors import BackendError
from symgen.random import RandomStreams

torch = pytest.importorskip("torch")
backend = pytest.importorskip("symgen.backends.torch")
epochs = pytest.importorskip("symgen.backends.torch.epoch")

STEPS, BATCH = 5, 4


def training(rows=None, check=False):
    """A step with draws, momentum, a counter: (index, outputs, updates, givens, shared state)."""
    rng = np.random.default_rng(5)
    data = pytensor.shared(rng.normal(size=(STEPS * BATCH, 3)).astype("float32"), name="data")
    w = pytensor.shared(np.ones((3, 2), "float32"), name="w")
    v = pytensor.shared(np.zeros((3, 2), "float32"), name="v")
    t = pytensor.shared(np.float32(0), name="t")
    index = pt.lscalar("i") if rows is None else rows
    x = pt.fmatrix("x")
    srng = RandomStreams(4)
    hidden = pt.tanh(pt.dot(x + srng.normal(x.shape, dtype="float32"), w))
    loss = pt.sqr(hidden - np.float32(0.5)).mean()
    if check:
        loss = Assert("the third step")(loss, pt.lt(index, 2))
    gradient = pytensor.grad(loss, w)
    velocity = np.float32(0.9) * v - gradient / (t + np.float32(1))
    updates = {w: w + velocity, v: velocity, t: t + np.float32(1), **srng.updates}
    batch = data[index * BATCH : (index + 1) * BATCH] if rows is None else data[rows]
    return index, [loss, hidden, t], updates, {x: batch}, [w, v, t, *srng.rngs]


def values(state):
    return [variable.get_value() for variable in state]


@pytest.mark.parametrize("by_rows", [False, True])
def test_an_epoch_gives_the_bits_of_stepping(by_rows):
    rows = pt.lvector("rows") if by_rows else None
    indices = np.arange(STEPS * BATCH).reshape(STEPS, BATCH)[::-1].copy() if by_rows else np.array([2, 0, 4])
    index, outputs, updates, givens, state = training(rows)
    run = epochs.compile_epoch(index, outputs, updates, givens, "cpu")
    got = [run(indices), run(indices)]
    after = values(state)

    index, outputs, updates, givens, state = training(pt.lvector("rows") if by_rows else None)
    step = pytensor.function([index], outputs, updates=updates, givens=givens, mode=backend.mode("cpu"))
    for results in got:
        expected = [np.stack(column) for column in zip(*(step(i) for i in indices), strict=True)]
        for value, right in zip(results, expected, strict=True):
            assert isinstance(value, np.ndarray) and value.dtype == "float32"
            np.testing.assert_array_equal(value, right)
    for value, right in zip(after, values(state), strict=True):
        np.testing.assert_array_equal(value, right)
        assert value.dtype == right.dtype


def test_losses_come_to_the_host_once():
    index, outputs, updates, givens, _ = training()
    run = epochs.compile_epoch(index, outputs[:2], updates, givens, "cpu")
    run(np.arange(STEPS))
    before = transfers.copy()
    run(np.arange(STEPS))
    moved = transfers - before
    assert moved.arrays_to_device == 0
    assert (moved.arrays_to_host, moved.bytes_to_host) == (2, 4 * STEPS * (1 + 2 * BATCH))


def test_no_steps_and_no_outputs():
    index, outputs, updates, givens, state = training()
    run = epochs.compile_epoch(index, outputs, updates, givens, "cpu")
    before = values(state)
    assert [(len(r), r.ndim) for r in run(np.array([], "int64"))] == [(0, 1), (0, 3), (0, 1)]
    np.testing.assert_array_equal(before[0], state[0].get_value())
    index, outputs, updates, givens, state = training()
    assert epochs.compile_epoch(index, [], updates, givens, "cpu")(np.arange(2)) == []
    assert state[2].get_value() == 2


def test_a_failed_step_leaves_the_state_before_the_first():
    index, outputs, updates, givens, state = training(check=True)
    run = epochs.compile_epoch(index, outputs, updates, givens, "cpu")
    run(np.array([0]))
    before = values(state)
    with pytest.raises(AssertionError, match="the third step"):
        run(np.array([0, 1, 2]))
    for value, right in zip(values(state), before, strict=True):
        np.testing.assert_array_equal(value, right)
    run(np.array([1]))
    assert state[2].get_value() == 2


def test_memory_exhausted_in_an_epoch_is_named(monkeypatch):
    index, outputs, updates, givens, state = training()
    run = epochs.compile_epoch(index, outputs, updates, givens, "cpu")
    before = values(state)

    def exhausted(*given):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(run._thunk.program, "function", exhausted)
    with pytest.raises(BackendError, match="CUDA out of memory"):
        run(np.array([0]))
    np.testing.assert_array_equal(state[0].get_value(), before[0])


class Replay:
    """What a CUDA graph does, on any device: the same call again, into the same memory."""

    count = 0

    def __init__(self, call):
        call(update=False)
        self._call, self._results = call, None
        Replay.count += 1

    def replay(self):
        results = self._call(update=True)
        if self._results is None:
            self._results = [r.clone() for r in results]
        for memory, result in zip(self._results, results, strict=True):
            memory.copy_(result)
        return self._results


@pytest.mark.parametrize("by_rows", [False, True])
def test_replays_of_a_recorded_step_give_the_numbers_of_steps(by_rows):
    """With an index of its own for each step, and a partial minibatch at the end."""
    indices = np.arange(STEPS * BATCH).reshape(STEPS, BATCH) if by_rows else np.array([2, 0, 4, 5, 1])
    results, states = [], []
    for record in (None, Replay):
        index, outputs, updates, givens, state = training(pt.lvector("rows") if by_rows else None)
        run = epochs.compile_epoch(index, outputs[::2], updates, givens, "cpu")
        if record is not None:
            rewrite = backend.mode("cpu").linker.rewrite
            fgraph = run._thunk.fgraph
            run._split = epochs.split_of(fgraph, run._thunk, rewrite)
            run._record = record
            Replay.count = 0
            before = values(state)
            kept = run(indices[:1])
            assert not np.array_equal(before[0], state[0].get_value())
            for variable, value in zip(state, before, strict=True):
                variable.set_value(value)
            assert len(kept) == 2 and Replay.count == 1
        results.append([run(indices), run(indices[:2])])
        states.append(values(state))
    for got, right in zip(results[1], results[0], strict=True):
        for value, expected in zip(got, right, strict=True):
            np.testing.assert_allclose(value, expected, rtol=1e-6)
    for value, right in zip(*states, strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-6)
        assert value.dtype == right.dtype


def test_what_replays_leave_on_the_device_is_not_brought_home_for_the_next_epoch():
    index, outputs, updates, givens, state = training()
    run = epochs.compile_epoch(index, outputs[:1], updates, givens, "cpu")
    run._split = epochs.split_of(run._thunk.fgraph, run._thunk, backend.mode("cpu").linker.rewrite)
    run._record = Replay
    run(np.arange(STEPS))
    before = transfers.copy()
    run(np.arange(STEPS))
    moved = transfers - before
    assert (moved.arrays_to_host, moved.bytes_to_host) == (1, 4 * STEPS)
    assert state[2].get_value() == 2 * STEPS


class Choices(torch.utils._python_dispatch.TorchDispatchMode):
    """Notes where a choice or a copy is given tensors of several devices."""

    def __init__(self):
        super().__init__()
        self.mixed = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        leaves = torch.utils._pytree.tree_leaves((args, kwargs, result))
        devices = {leaf.device.type for leaf in leaves if isinstance(leaf, torch.Tensor)}
        if len(devices) > 1 and func._overloadpacket.__name__ in ("where", "copy_", "_to_copy"):
            self.mixed.append(str(func))
        return result


@pytest.mark.parametrize(
    "of",
    [
        lambda x: pt.switch(x > 0, x, np.float32(-np.inf)),
        lambda x: pt.switch(x > 0, np.float32(1), np.float32(0)) * x,
        lambda x: pt.switch(x > 0, x, pt.exp(-abs(x)).shape[0].astype("float32")),
        lambda x: pt.logsumexp(x, axis=1),
        lambda x: pytensor.grad(pt.maximum(x, np.float32(0)).sum() + x.max(), x),
        lambda x: pt.second(x, np.float32(2)) + x,
    ],
)
def test_no_number_is_copied_to_the_device_within_a_step(of, monkeypatch):
    """What a CUDA graph cannot record; PyTorch's device without memory stands in for a GPU."""
    modes = pytest.importorskip("symgen.backends.torch.modes")
    monkeypatch.setattr(modes, "torch_device", lambda name: torch.device("meta"))
    x = pt.fmatrix("x")
    f = pytensor.function([x], of(x), mode=modes.mode.__wrapped__("gpu", False, fetch=False))
    split = epochs.split_of(f.maker.fgraph, f.vm, f.maker.mode.linker.rewrite)
    assert split is not None
    given = split.arguments(split.ahead(torch.empty((3, 4), device="meta")))
    with Choices() as choices:
        (result,) = split.body.function(*given)
    assert result.device.type == "meta" and not choices.mixed


@pytest.mark.gpu
def test_a_cuda_graph_gives_the_numbers_of_steps():
    results = []
    for device in ("gpu", "cpu"):
        index, outputs, updates, givens, state = training()
        run = epochs.compile_epoch(index, outputs, updates, givens, device)
        assert (run._split is not None) == (device == "gpu")
        results.append([*run(np.array([2, 0, 4])), *run(np.array([1])), *values(state)])
    for value, right in zip(*results, strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-4, atol=1e-5)
