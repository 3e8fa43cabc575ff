"""The Philox Op against the published words, SciPy's distributions, and itself on each backend."""

import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from symgen import backends
from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.ops.philox import PhiloxDraw, initial_state
from symgen.ops.philox.op import words
from symgen.random import RandomStreams

KINDS = [(d, t) for d in ("uniform", "normal") for t in ("float32", "float64")]


def test_words_are_the_published_ones():
    """Known answers of Random123, the authors' library, for counters that have two words."""
    zero = words(np.zeros(4, np.uint32), 1)[:, 0]
    assert [hex(w) for w in zero] == ["0x6627e8d5", "0xe169c58d", "0xbc57ac4c", "0x9b00dbd8"]


def test_words_of_all_four_counter_words():
    """The other known answers have all four counter words set: the rounds, written out here."""

    def philox(counter, key):
        c, k = list(counter), list(key)
        for _ in range(10):
            p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, (p0 >> 32) ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
            k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
        return c

    ones = 0xFFFFFFFF
    assert philox([ones] * 4, [ones] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    pi = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    right = [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]
    assert philox(pi, [0xA4093822, 0x299F31D0]) == right
    state = np.array([0xA4093822, 0x299F31D0, 0xFFFFFFFE, 7], np.uint32)
    for i, block in enumerate(words(state, 4).T):
        counter = (7 << 32 | 0xFFFFFFFE) + i  # carries into the high word
        assert block.tolist() == philox([counter & ones, counter >> 32, 0, 0], state[:2].tolist())


def compiled(distribution, dtype, backend, ndim=1):
    state = pytensor.shared(initial_state(5, 0), name="state")
    shape = [pt.lscalar(f"n{k}") for k in range(ndim)]
    new_state, draw = PhiloxDraw(distribution, dtype)(state, *shape)
    mode = backends.select(backend)
    return state, pytensor.function(shape, draw, updates={state: new_state}, mode=mode)


@pytest.mark.parametrize("backend", ["c", "numba"])
@pytest.mark.parametrize(("distribution", "dtype"), KINDS)
def test_every_backend_draws_the_same(distribution, dtype, backend):
    if backend == "numba":
        pytest.importorskip("numba")
    state, reference = compiled(distribution, dtype, "py")
    other_state, other = compiled(distribution, dtype, backend)
    for n in (0, 1, 3, 4, 5, 7, 1023, 1024, 1025, 5000):
        expected, got = reference(n), other(n)
        assert got.dtype == expected.dtype == dtype and got.shape == (n,)
        if distribution == "uniform":
            np.testing.assert_array_equal(got, expected)
        else:
            precision = 4e-6 if dtype == "float32" else 1e-14
            np.testing.assert_allclose(got, expected, rtol=precision, atol=precision)
        np.testing.assert_array_equal(other_state.get_value(), state.get_value())


@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_shapes(backend):
    state = pytensor.shared(initial_state(5, 0))
    n = pt.lscalar("n")
    draws = [PhiloxDraw("normal", "float32")(state, *shape)[1] for shape in ((), (n, 3), (2, n, 1))]
    flat = PhiloxDraw("normal", "float32")(state, 24)[1]
    assert draws[1].type.shape == (None, 3) and draws[0].type.shape == ()
    f = pytensor.function([n], [*draws, flat], mode=backends.select(backend))
    *values, flat = f(4)
    assert [v.shape for v in values] == [(), (4, 3), (2, 4, 1)]
    shape = pytensor.function([n], draws[1].shape, mode=backends.select("py"))
    assert not any(isinstance(node.op, PhiloxDraw) for node in shape.maker.fgraph.apply_nodes)
    assert shape(4).tolist() == [4, 3]


@pytest.mark.parametrize("backend", ["py", "c"])
def test_negative_size_is_refused(backend):
    _, draw = compiled("uniform", "float32", backend)
    with pytest.raises(ValueError, match="negative"):
        draw(-1)


@pytest.mark.parametrize(("distribution", "dtype"), KINDS)
def test_distribution_and_independence(distribution, dtype):
    _, draw = compiled(distribution, dtype, "py")
    first, second = draw(100_000), draw(100_000)
    both = np.concatenate([first, second]).astype("float64")
    cdf = stats.norm.cdf if distribution == "normal" else stats.uniform.cdf
    assert stats.kstest(both, cdf).pvalue > 1e-3
    moment = 3.0 if distribution == "normal" else 1 / 80
    spread = stats.moment(both, 4)
    assert spread == pytest.approx(moment, rel=0.05)
    assert abs(stats.pearsonr(first, second).statistic) < 0.02
    assert abs(stats.pearsonr(first[:-1], first[1:]).statistic) < 0.02
    half = len(first) // 2  # cosines and sines of one angle
    assert abs(stats.pearsonr(first[:half] ** 2, first[half:] ** 2).statistic) < 0.02


def test_uniform_is_never_one_and_normal_always_finite():
    """At the largest and the smallest words that a block can hold."""
    from symgen.ops.philox import op

    for word in (0, 0xFFFFFFFF):
        w = np.full((4, 1), word, np.uint32)
        for uniform in (op._uniform_float32(w), op._uniform_float64(w)):
            assert (uniform >= 0).all() and (uniform < 1).all()
        for normal in (op._normal_float32(w), op._normal_float64(w)):
            assert np.isfinite(normal).all()


def test_streams_have_keys_of_their_own():
    keys = {tuple(initial_state(seed, i)[:2]) for seed in range(20) for i in range(20)}
    assert len(keys) == 400


def test_no_gradient_reaches_the_state():
    mu = pt.vector("mu")
    draw = PhiloxDraw("normal", "float64")(initial_state(1, 0), mu.shape[0])[1]
    gradient = pytensor.grad(((mu + draw) ** 2).sum(), mu)
    f = pytensor.function([mu], [draw, gradient], mode=backends.select("py"))
    value, slope = f(np.ones(3))
    np.testing.assert_allclose(slope, 2 * (1 + value))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: PhiloxDraw("gamma", "float32"), RangeError),
        (lambda: PhiloxDraw("normal", "float16"), DtypeError),
        (lambda: PhiloxDraw("normal", "float32")(np.zeros(4), 3), DtypeError),
        (lambda: PhiloxDraw("normal", "float32")(np.zeros((2, 2), "uint32"), 3), ShapeError),
    ],
)
def test_bad_input_is_a_named_error(make, error):
    with pytest.raises(error):
        make()


def test_a_plain_function_of_pytensors_numba_mode_knows_the_draw():
    """In a process that has asked for no backend: without Numba's object mode, of which it warns."""
    code = (
        "import pytensor; from symgen.random import RandomStreams\n"
        "draw = RandomStreams(7).normal((3,), dtype='float64')\n"
        "print(pytensor.function([], draw, mode='NUMBA')().tolist())"
    )
    command = [sys.executable, "-W", "error:Numba will use object mode", "-c", code]
    drawn = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    draw = RandomStreams(7).normal((3,), dtype="float64")
    expected = pytensor.function([], draw, mode=backends.select("py"))()
    np.testing.assert_allclose(eval(drawn), expected, rtol=1e-14)
