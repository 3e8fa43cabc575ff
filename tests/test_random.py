"""Symbolic random streams: seeds, sizes, dtypes, state; tests/ops has the generator itself."""

import json

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from symgen import config
from symgen.errors import DtypeError, FileFormatError, RangeError, ShapeError
from symgen.random import RandomStreams, ScanStream

MODE = "FAST_COMPILE"
SIZE = (4, 3)


def function(srng, outputs, inputs=()):
    return pytensor.function(list(inputs), outputs, updates=srng.updates, mode=MODE)


def test_streams_are_seeded_and_independent():
    def draws(seed):
        srng = RandomStreams(seed)
        return function(srng, [srng.normal((50,)), srng.normal((50,))])()

    first, second = draws(1)
    assert not np.intersect1d(first, second).size
    np.testing.assert_array_equal(draws(1), [first, second])
    assert not np.intersect1d(draws(2), [first, second]).size


def test_dtype_by_default_is_symgens(monkeypatch):
    for dtype in "float32", "float64":
        monkeypatch.setenv("SYMGEN_FLOATX", dtype)
        srng = RandomStreams(1)
        draws = srng.normal(2), srng.uniform(2), srng.bernoulli(0.5, 2)
        assert {draw.dtype for draw in draws} == {dtype}


@pytest.mark.parametrize("floatx", ["float32", "float64"])
def test_float32_arguments_give_float32_gradients(floatx):
    mu, s = pt.matrix("mu", dtype="float32"), pt.matrix("s", dtype="float32")
    with pytensor.config.change_flags(floatX=floatx):
        srng = RandomStreams(1)
        cost = pt.sqr(srng.normal(mu.shape, avg=mu, std=s)).sum()
        cost += pt.sqr(srng.uniform(mu.shape, low=mu, high=s)).sum()
        cost += (mu * srng.bernoulli(pt.sigmoid(s))).sum()
        grads = pytensor.grad(cost, [mu, s])
    assert {cost.dtype, *(grad.dtype for grad in grads)} == {"float32"}


def test_gradient_flows_through_the_draw():
    """d/dmu of (mu + s z)^2 is 2 (mu + s z), d/ds is 2 z (mu + s z)."""
    mu, s = pt.vector("mu", dtype="float64"), pt.vector("s", dtype="float64")
    srng = RandomStreams(3)
    draw = srng.normal(mu.shape, avg=mu, std=s, dtype="float64")
    grads = pytensor.grad(pt.sqr(draw).sum(), [mu, s])
    f = function(srng, [draw, *grads], [mu, s])
    mu_value, s_value = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    value, grad_mu, grad_s = f(mu_value, s_value)
    np.testing.assert_allclose(grad_mu, 2 * value)
    np.testing.assert_allclose(grad_s, 2 * value * (value - mu_value) / s_value)


def test_no_gradient_flows_through_bernoulli():
    p = pt.vector("p", dtype="float32")
    with pytest.raises(pytensor.gradient.DisconnectedInputError):
        pytensor.grad(RandomStreams(1).bernoulli(p).sum(), p)


def test_sizes():
    x = pt.matrix("x")
    n = pt.iscalar("n")
    srng = RandomStreams(1)
    draws = [
        srng.normal(x.shape),
        srng.uniform((n, 2)),
        srng.normal(3),
        srng.normal(n),
        srng.normal(()),
        srng.bernoulli(pt.zeros((2, 5))),
        srng.bernoulli(0.5),
        srng.normal([0, 2]),
    ]
    shapes = [value.shape for value in function(srng, draws, [x, n])(np.ones((4, 3)), 6)]
    assert shapes == [(4, 3), (6, 2), (3,), (6,), (), (2, 5), (), (0, 2)]


def test_distributions():
    srng = RandomStreams(11)
    draw = function(srng, [srng.normal(5000), srng.uniform(5000), srng.bernoulli(0.3, 5000)])
    normal, uniform, bits = draw()
    assert stats.kstest(normal, stats.norm.cdf).pvalue > 1e-3
    assert stats.kstest(uniform, stats.uniform.cdf).pvalue > 1e-3
    assert set(np.unique(bits)) == {0, 1}
    assert stats.binomtest(int(bits.sum()), 5000, 0.3).pvalue > 1e-3


def test_shift_and_scale():
    srng = RandomStreams(3)
    plain = srng.normal(4, dtype="float64"), srng.uniform(4, dtype="float64")
    normal, uniform = function(srng, list(plain))()
    srng = RandomStreams(3)
    moved = function(srng, [srng.normal(4, 2.0, 0.5, "float64"), srng.uniform(4, -1.0, 3.0, "float64")])()
    np.testing.assert_allclose(moved, [2 + 0.5 * normal, -1 + 4 * uniform], rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_certain_bernoulli(dtype):
    p = pt.vector("p", dtype=dtype)
    srng = RandomStreams(1)
    bits = function(srng, srng.bernoulli(p, (1000, 2)), [p])(np.array([0, 1], dtype))
    np.testing.assert_array_equal(bits, np.tile([0, 1], (1000, 1)))


# --------------------------------------------------------------------------------- state


def test_state_goes_through_json():
    srng = RandomStreams(5)
    draw = function(srng, [srng.normal(3), srng.uniform(3)])
    draw()
    text = json.dumps(srng.get_state())
    expected = [draw(), draw()]
    srng.set_state(json.loads(text))
    np.testing.assert_array_equal([draw(), draw()], expected)
    other = RandomStreams(6)
    draw_other = function(other, [other.normal(3), other.uniform(3)])
    other.set_state(json.loads(text))
    np.testing.assert_array_equal([draw_other(), draw_other()], expected)


def test_state_is_a_copy():
    srng = RandomStreams(5)
    draw = function(srng, [srng.normal(3)])
    state = srng.get_state()
    draw()
    assert state != srng.get_state()


def test_seed_starts_anew():
    srng = RandomStreams(5)
    draw = function(srng, [srng.normal(3), srng.uniform(3)])
    first = draw()
    srng.seed(6)
    assert not np.array_equal(draw()[0], first[0])
    srng.seed(5)
    np.testing.assert_array_equal(draw(), first)


def test_updates_of_the_draws_that_a_function_holds():
    x = pt.vector("x")
    srng = RandomStreams(1)
    noise = srng.normal(x.shape)
    sample = srng.normal(2)
    assert list(srng.updates) == srng.rngs
    assert [rng.name for rng in srng.rngs] == ["rng0", "rng1"]
    assert list(srng.updates_of(sample * 2)) == [srng.rngs[1]]
    assert list(srng.updates_of(sample.sum(), noise)) == srng.rngs
    draw = pytensor.function([], sample, updates=srng.updates_of(sample), mode=MODE)
    assert not np.array_equal(draw(), draw())


def test_repr():
    srng = RandomStreams(5)
    srng.normal(2)
    assert repr(srng) == "RandomStreams(seed=5, draws=1)"


def one_stream():
    srng = RandomStreams(1)
    srng.normal(2)
    return srng


@pytest.mark.parametrize(
    "error, message, call",
    [
        (DtypeError, "integer seed", lambda: RandomStreams(None)),
        (RangeError, "seed >= 0", lambda: RandomStreams(-1)),
        (RangeError, "seed >= 0", lambda: one_stream().seed(-1)),
        (ShapeError, "integers >= 0", lambda: one_stream().normal((2, -1))),
        (ShapeError, "integers >= 0", lambda: one_stream().normal((2.5,))),
        (ShapeError, "a size", lambda: one_stream().normal("2")),
        (ShapeError, "a size", lambda: one_stream().normal(pt.matrix())),
        (ShapeError, "integers", lambda: one_stream().normal((pt.scalar(),))),
        (ShapeError, "is known", lambda: one_stream().normal(pt.lvector())),
        (ShapeError, "mean.shape", lambda: one_stream().normal(2, avg=pt.matrix())),
        (DtypeError, "floating", lambda: one_stream().normal(2, dtype="int32")),
        (RangeError, "std >= 0", lambda: one_stream().normal(2, std=-1.0)),
        (RangeError, r"\[0, 1\]", lambda: one_stream().bernoulli(1.5, 2)),
        (FileFormatError, "list of 1 states", lambda: one_stream().set_state([])),
        (FileFormatError, "list of 1 states", lambda: one_stream().set_state({})),
        (FileFormatError, "32 bits", lambda: one_stream().set_state(["text"])),
        (FileFormatError, "32 bits", lambda: one_stream().set_state([[1, 2, 3]])),
        (FileFormatError, "32 bits", lambda: one_stream().set_state([[1, 2, 3, 2**32]])),
        (FileFormatError, "32 bits", lambda: one_stream().set_state([[1, 2, 3, 1.5]])),
    ],
)
def test_bad_input_has_a_named_error(error, message, call):
    with pytest.raises(error, match=message):
        call()


def test_a_bad_state_changes_no_stream():
    srng = RandomStreams(1)
    srng.normal(2), srng.normal(2)
    before = srng.get_state()
    with pytest.raises(FileFormatError):
        srng.set_state([[1, 2, 3, 4], [1, 2, 3]])
    assert srng.get_state() == before


@pytest.mark.filterwarnings("ignore:Scan return signature")
def test_draws_inside_a_scan_are_those_of_calls_one_after_another():
    """The Theano tutorials' way: the scan returns the updates of what its step function draws."""
    outside = RandomStreams(seed=5)
    u = outside.uniform((3,), dtype="float64")
    call = pytensor.function([], u, updates=outside.updates, mode="FAST_COMPILE")
    inside = RandomStreams(seed=5)
    walk, updates = pytensor.scan(lambda: inside.uniform((3,), dtype="float64"), n_steps=4)
    assert list(updates) == inside.rngs and not inside.updates
    walked = pytensor.function([], walk, updates=updates, mode="FAST_COMPILE")
    for _ in range(2):
        np.testing.assert_array_equal(walked(), [call() for _ in range(4)])


def test_a_draw_inside_a_scan_that_returns_no_updates_is_an_error():
    srng = RandomStreams(seed=5)
    with pytest.raises(ValueError, match="updates"):
        pytensor.scan(lambda: srng.uniform((3,)), n_steps=4, return_updates=False)


def test_scan_stream_draws_anew_at_each_step_and_each_call():
    srng = RandomStreams(1)

    def step(state):
        stream = ScanStream(state)
        return stream.uniform((3,)), stream.normal((2, 2), dtype="float64"), stream.state

    u, z, states = pytensor.scan(
        step, outputs_info=[None, None, ScanStream.begin(srng)], n_steps=200, return_updates=False
    )
    draw = pytensor.function([], [u, z, states], updates=srng.updates, mode=MODE)
    (u1, z1, s1), (u2, *_) = draw(), draw()
    assert u1.shape == (200, 3) and z1.shape == (200, 2, 2)
    assert (u1.dtype, z1.dtype) == (config.floatx(), "float64")
    assert len(np.unique(np.concatenate([u1.ravel(), u2.ravel()]))) > 1190
    assert stats.kstest(u1.ravel(), "uniform").pvalue > 1e-3
    assert stats.kstest(z1.ravel(), "norm").pvalue > 1e-3
    assert len(np.unique(s1[:, 2])) == 200 and len(np.unique(s1[:, :2], axis=0)) == 1
