"""The JAX backend: where its arrays live, what it copies, what it leaves alone, what it refuses."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.raise_op import Assert
from pytensor.tensor.random.utils import RandomStream

jax = pytest.importorskip("jax")

from symgen import backends  # noqa: E402
from symgen.backends.device import transfers  # noqa: E402
from symgen.backends.jax import mode  # noqa: E402
from symgen.errors import BackendError, RangeError, ShapeError  # noqa: E402
from symgen.random import RandomStreams  # noqa: E402


def compiled(inputs, outputs, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # "dtype float64 … truncated"
        return pytensor.function(inputs, outputs, mode=mode("cpu"), **options)


def rows(*shape, dtype="float32"):
    return np.random.default_rng(0).random(shape).astype(dtype)


def cell(shared):
    return shared.container.storage[0]


def test_data_and_state_are_moved_once_and_only_outputs_come_back():
    data, W_value = rows(64, 8), rows(8, 3)
    X, W = pytensor.shared(data, name="X"), pytensor.shared(W_value, name="W")
    i = pt.lscalar("i")
    loss = (X[i * 4 : (i + 1) * 4] @ W).sum()
    step = compiled([i], loss, updates={W: W - pytensor.grad(loss, W)})
    before = transfers.copy()
    step(0)
    first = transfers - before
    assert (first.arrays_to_device, first.bytes_to_device) == (3, X.get_value().nbytes + 96 + 8)
    before = transfers.copy()
    for k in range(5):
        step(k)
    moved = transfers - before
    assert (moved.arrays_to_device, moved.bytes_to_device) == (5, 5 * 8)  # the index
    assert (moved.arrays_to_host, moved.bytes_to_host) == (5, 5 * 4)  # the loss
    assert isinstance(cell(X), jax.Array) and isinstance(cell(W), jax.Array)
    before = transfers.copy()
    assert isinstance(W.get_value(), np.ndarray) and (transfers - before).arrays_to_host == 1
    new = W_value.astype("float64")
    for k in (0, 0, 1, 2, 3, 4):
        new = new - data[4 * k : 4 * k + 4].sum(axis=0)[:, None]
    np.testing.assert_allclose(W.get_value(), new, rtol=1e-5)


def test_updates_give_their_buffers_away():
    W = pytensor.shared(rows(4, 4), name="W")
    step = compiled([], [], updates={W: W + 1})
    step()
    old = cell(W)
    step()
    assert old.is_deleted() and not cell(W).is_deleted()


@pytest.mark.parametrize("borrow", [False, True])
def test_no_array_of_the_caller_is_written(borrow):
    """Large and aligned, which JAX on a CPU takes without a copy."""
    memory = np.zeros(2**16 + 16, np.float32)
    start = -memory.ctypes.data % 64 // 4
    mine = memory[start : start + 2**16]
    W = pytensor.shared(mine, name="W", borrow=borrow)
    step = compiled([], W, updates={W: W + 1})
    outputs = [step() for _ in range(3)]
    held = W.get_value(borrow=True)
    step()
    assert not mine.any() and np.all(held == 3)
    assert [float(out[7]) for out in outputs] == [0, 1, 2]
    outputs[0][:] = 9  # an output is the caller's, to write into
    W.set_value(mine, borrow=True)
    step()
    assert not mine.any() and np.all(W.get_value() == 1)


def test_aliases_among_state_and_outputs():
    a, b, c = (pytensor.shared(np.full(3, k, "float32"), name=n) for k, n in enumerate("abc"))
    step = compiled([], [a, c, a + b], updates={a: b, b: a, c: c})
    copy = compiled([], [], updates={a: c, b: c})
    for k in range(3):
        first, last, total = step()
        assert first[0] == k % 2 and last[0] == 2 and total[0] == 1
    copy()
    copy()
    step()
    assert [s.get_value()[0] for s in (a, b, c)] == [2, 2, 2]


def test_two_functions_share_their_variables_and_host_backends_see_them():
    W = pytensor.shared(np.zeros(3), name="W")
    add, double = compiled([], [], updates={W: W + 1}), compiled([], [], updates={W: W * 2})
    on_host = pytensor.function([], W * 1, updates={W: W + 10}, mode=backends.select("py"))
    add(), double(), add()
    np.testing.assert_array_equal(on_host(), [3, 3, 3])
    add()
    np.testing.assert_array_equal(W.get_value(), [14, 14, 14])
    W.set_value(np.ones(2))  # another shape
    double()
    np.testing.assert_array_equal(W.get_value(), [2, 2])


def test_a_failing_check_raises_and_leaves_the_state():
    x, W = pt.vector("x"), pytensor.shared(np.zeros(2), name="W")
    checked = Assert("x has to be positive")(x, pt.all(x > 0))
    step = compiled([x], checked.sum(), updates={W: W + checked})
    step(np.array([1.0, 2.0]))
    for _ in range(2):
        with pytest.raises(AssertionError, match="x has to be positive"):
            step(np.array([1.0, -1.0]))
    np.testing.assert_array_equal(W.get_value(), [1, 2])
    assert step(np.array([1.0, 2.0])) == 3


def test_a_failing_check_within_a_scan_raises():
    x = pt.vector("x")
    out = pytensor.scan(lambda a: Assert("negative")(a, a >= 0), sequences=x, return_updates=False)
    f = compiled([x], out)
    np.testing.assert_array_equal(f(np.array([1.0, 2.0])), [1, 2])
    with pytest.raises(AssertionError, match="negative"):
        f(np.array([1.0, -2.0, 3.0]))


def test_a_window_outside_of_the_data_is_named_before_the_call():
    X, count = pytensor.shared(rows(20, 2)), pytensor.shared(np.int64(0), name="count")
    i = pt.lscalar("i")
    f = compiled([i], X[i * 6 : (i + 1) * 6].sum(), updates={count: count + 1})
    f(2)
    for bad in (3, -1):
        with pytest.raises(RangeError, match="inside of axis 0, which has 20"):
            f(bad)
    assert count.get_value() == 1
    # A start that only the device knows.
    g = compiled([], X[count * 6 : (count + 1) * 6].sum(), updates={count: count + 1})
    g(), g()
    with pytest.raises(RangeError, match="inside of axis 0"):
        g()
    assert count.get_value() == 3


def test_an_index_out_of_bounds_raises_as_in_numpy():
    X, y = pytensor.shared(rows(5, 2)), pt.lvector("y")
    f = compiled([y], X[y])
    np.testing.assert_array_equal(f([4, -5]), X.get_value()[[4, -5]])
    for bad in ([5], [-6]):
        with pytest.raises(IndexError, match="out of bounds for axis 0 with size 5"):
            f(bad)


def test_rows_by_a_shared_order_need_no_check_on_the_device():
    X, order = pytensor.shared(rows(6, 2)), pytensor.shared(np.array([5, 0, 3, -1, 2, 4]))
    i, w = pt.lscalar("i"), pytensor.shared(np.zeros(2, "float32"))
    x = X[order[i * 2 : (i + 1) * 2]].sum(axis=0)
    f = compiled([i], x, updates={w: w + x})
    f(1)
    ((_, errors),) = f.vm._programs.values()
    assert errors == []
    order.set_value(np.array([5, 0, 6, 1, 2, 4]))  # 6 is no row, and not in every minibatch
    state = w.get_value()
    with pytest.raises(IndexError, match="axis 0 with size 6"):
        f(1)
    np.testing.assert_array_equal(w.get_value(), state)
    np.testing.assert_allclose(f(0), X.get_value()[[5, 0]].sum(axis=0), rtol=1e-6)


def test_one_compilation_for_each_shape_and_static_argument():
    x, n, traces = pt.vector("x"), pt.lscalar("n"), []
    f = compiled([x, n], [pt.zeros(n) + x[:n].sum(), x * 2])
    evaluate = f.vm.evaluate
    f.vm.evaluate = lambda *args: traces.append(1) or evaluate(*args)
    for size, count in ((4, 2), (4, 2), (5, 2), (4, 3), (4, 2)):
        zeros, doubled = f(np.arange(float(size)), count)
        assert zeros.shape == (count,) and doubled.shape == (size,)
    assert len(traces) == 3
    i = pt.lscalar("i")
    g = compiled([x, i], x[i])
    assert g.vm.static == []  # an index is no shape


def test_dtypes_are_kept_and_the_users_switch_too():
    before = jax.config.jax_enable_x64
    d, k = pt.dvector("d"), pt.lvector("k")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out, total = compiled([d, k], [d / 3, k.sum() + 2**40])(np.ones(2), np.array([2**40]))
    assert out.dtype == "float64" and out[0] == 1 / 3 and total.dtype == "int64" and total == 2**41
    assert jax.config.jax_enable_x64 == before


def test_import_leaves_jax_as_it_was_and_sets_the_cache(tmp_path):
    code = (
        "import jax, symgen.backends.jax as b; b.mode('cpu'); import jax.numpy as jnp;"
        "print(jax.config.jax_enable_x64, jnp.ones(2).dtype, jax.config.jax_compilation_cache_dir)"
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    environment = {**clean, "SYMGEN_CACHE": str(tmp_path)}
    run = [sys.executable, "-W", "ignore", "-c", code]
    answer = subprocess.run(run, capture_output=True, text=True, check=True, env=environment)
    assert answer.stdout.split() == ["False", "float32", str(tmp_path / "jax")]
    environment["JAX_COMPILATION_CACHE_DIR"] = str(tmp_path / "mine")
    answer = subprocess.run(run, capture_output=True, text=True, check=True, env=environment)
    assert answer.stdout.split()[2] == str(tmp_path / "mine")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_pytensors_random_streams_are_seeded_and_shared():
    stream = RandomStream(1)
    draw = stream.normal(size=(3,))
    f, g = (compiled([], draw, updates=dict(stream.updates())) for _ in range(2))
    stream.seed(5)
    series = [f(), g(), f()]
    assert len({out[0] for out in series}) == 3
    stream.seed(5)
    np.testing.assert_array_equal([g(), f(), g()], series)
    same = compiled([], draw, no_default_updates=True)
    np.testing.assert_array_equal(same(), same())


def test_no_gpu_is_a_named_error():
    if jax.devices()[0].platform != "cpu":
        pytest.skip("there is a GPU")
    with pytest.raises(BackendError, match="symgen\\[cuda\\]"):
        mode("gpu")


def test_shapes_that_cannot_work_name_the_construct():
    x, W = pt.matrix("x"), pytensor.shared(np.zeros((3, 2)))
    with pytest.raises(ShapeError, match=r"(?s)backend 'jax'.*\(4, 5\)"):
        compiled([x], x @ W)(np.zeros((4, 5)))
    y = pt.matrix("y")
    with pytest.raises(ShapeError, match="backend 'jax'"):
        compiled([x, y], x + y)(np.zeros((1, 3)), np.zeros((2, 3)))


def test_a_shape_from_data_is_refused_when_compiled():
    x = pt.vector("x")
    for refused in (pt.zeros(x.argmax()), x[: x.argmax()], pt.arange(pt.cast(x[0], "int64"))):
        with pytest.raises(BackendError, match="data-dependent shape"):
            compiled([x], refused)


def test_an_op_without_a_form_is_refused_when_compiled():
    from pytensor.compile.ops import wrap_py

    @wrap_py(itypes=[pt.dvector], otypes=[pt.dvector])
    def foreign(x):
        return x + 1

    x = pt.dvector("x")
    with pytest.raises(BackendError, match="(?s)backend 'jax'.*foreign"):
        compiled([x], foreign(x))


def test_float64_forbidden_by_the_environment(monkeypatch):
    monkeypatch.setenv("JAX_ENABLE_X64", "0")
    x = pt.dvector("x")
    with pytest.raises(TypeError, match="(?s)JAX_ENABLE_X64.*float64"):
        compiled([x], x * 2)
    y = pt.fvector("y")
    assert compiled([y], y * np.float32(2))(np.ones(2, "float32")).dtype == "float32"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_philox_words_and_draws(dtype):
    state, n = RandomStreams(3), pt.lscalar("n")
    draws = [state.uniform(size=(n, 3), dtype=dtype), state.normal(size=(n, 3), dtype=dtype)]
    f = compiled([n], draws, updates=dict(state.updates))
    right = pytensor.function([n], draws, mode=backends.select("py"))
    for size in (0, 1, 5, 401):
        states = [rng.get_value() for rng in state.rngs]
        expected = right(size)
        got = f(size)
        np.testing.assert_array_equal(got[0], expected[0])
        tolerance = 4e-6 if dtype == "float32" else 1e-14
        np.testing.assert_allclose(got[1], expected[1], rtol=tolerance, atol=tolerance)
        blocks = -(-3 * size // (4 if dtype == "float32" else 2))
        for before, rng in zip(states, state.rngs, strict=True):
            assert rng.get_value().dtype == "uint32"
            np.testing.assert_array_equal(
                rng.get_value(), before + np.array([0, 0, blocks, 0], "uint32")
            )
    high = np.array([1, 2, 2**32 - 2, 7], "uint32")  # the counter carries
    for rng in state.rngs:
        rng.set_value(high)
    expected = right(9)
    np.testing.assert_array_equal(f(9)[0], expected[0])
    assert state.rngs[0].get_value()[3] == 8


def test_a_selection_by_a_mask_is_refused_as_an_output_when_compiled():
    x = pt.vector("x")
    for out in (x[x > 0], pt.exp(x[x > 0]) * 2):
        with pytest.raises(BackendError, match=r"(?s)data-dependent.*pt\.switch"):
            compiled([x], out)
    rows_known = x[pt.arange(x.shape[0]) > 1]  # which elements: known from the shape
    np.testing.assert_array_equal(compiled([x], rows_known)(np.arange(4.0)), [2, 3])


def test_selections_without_gathering():
    x, y = pt.vector("x"), pt.vector("y")
    mask = x > 0
    chosen = pt.set_subtensor(x[mask], y)  # as many values as the mask selects
    outputs = [x[mask].max(), x[mask].prod(), x[mask].shape[0], pt.exp(x[mask]).mean(), chosen]
    f = compiled([x, y], outputs)
    x_value, y_value = np.array([-1.0, 3.0, 0.5, -2.0]), np.array([7.0, 8.0])
    top, product, count, mean, written = f(x_value, y_value)
    assert (top, product, count) == (3, 1.5, 2) and count.dtype == "int64"
    np.testing.assert_allclose(mean, np.exp([3, 0.5]).mean())
    np.testing.assert_array_equal(written, [-1, 7, 8, -2])
    with pytest.raises(IndexError, match="select 3"):
        f(x_value, np.ones(3))


def test_memory_exhausted_is_named():
    n, x = pt.lscalar("n"), pt.vector("x")
    w = pytensor.shared(np.zeros(3), name="w")
    total = pt.sort(x.dimshuffle(0, "x") * pt.arange(n), axis=1)[-1, -1]
    f = compiled([x, n], total)
    with pytest.raises(BackendError, match="enough memory"):
        f(np.ones(2**20), 2**26)
    assert f(np.ones(2), 3) == 2
    f = compiled([x, n], total, updates={w: w + 1})
    with pytest.raises(BackendError, match="lost: set their values again"):
        f(np.ones(2**20), 2**26)  # the old value was given away
    w.set_value(np.zeros(3))
    assert f(np.ones(2), 3) == 2
    np.testing.assert_array_equal(w.get_value(), np.ones(3))


def test_an_output_that_has_no_memory_gets_none_on_the_host():
    class Output:
        def block_until_ready(self):
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: out of memory")

        def __array__(self, *args, **kwargs):
            pytest.fail("the host makes room for it")

    x = pt.vector("x")
    f = compiled([x], x + 1)
    with pytest.raises(BackendError, match="enough memory"):
        f.vm._fetch([Output()])


def test_print_shows_the_value_in_its_dtype_before_the_call_returns(capfd):
    from pytensor.printing import Print

    x = pt.dvector("x")
    f = compiled([x], Print("here", attrs=["dtype", "__str__"])(x) * 2)
    for value in (1 / 3, 2 / 3):
        f(np.array([value]))
        text = capfd.readouterr().out
        assert "here dtype = float64" in text and f"{value:.8f}"[:10] in text
