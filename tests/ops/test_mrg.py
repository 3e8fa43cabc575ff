"""MRG streams against numbers of Theano 1.0.5, on each backend, and their own laws."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from compile_on import BACKENDS
from pytensor.gradient import NullTypeGradError
from scipy import stats

from symgen.backends import select
from symgen.errors import (
    BackendError,
    DtypeError,
    NotSupportedError,
    RangeError,
    SettingsError,
    ShapeError,
    SymgenError,
)
from symgen.ops.mrg import (
    ChoiceFromUniform,
    MRG_RandomStreams,
    MRGUniform,
    MultinomialFromUniform,
    ff_2p72,
    ff_2p134,
    guess_n_streams,
    substreams,
)
from symgen.ops.mrg.op import advance

GOLDEN = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "theano_mrg_golden.json").read_text()
)
SEEDS = {"123": 123, "[1,2,3,4,5,6]": [1, 2, 3, 4, 5, 6], "default (12345)": None}
P2 = np.array([[0.2, 0.3, 0.5], [0.9, 0.05, 0.05], [1 / 3, 1 / 3, 1 / 3]])
THREE = next(call for call in GOLDEN["float32"]["123"] if call.startswith("3 streams"))


def needs(backend):
    """Skip where the backend's library is absent."""
    if backend in ("numba", "jax", "torch"):
        pytest.importorskip(backend)
    return select(backend)


def array(recorded):
    return np.array(recorded["data"], recorded["dtype"]).reshape(recorded["shape"])


def streams(seed):
    return MRG_RandomStreams() if seed is None else MRG_RandomStreams(seed)


def cases(floatx, seed):
    """(call, recorded, streams, draw, inputs, their values) of each recorded case."""
    for call, recorded in GOLDEN[floatx][seed].items():
        if call.startswith(("3 streams", "same variable", "no_default")):
            continue
        srng, inputs, values = streams(SEEDS[seed]), [], []
        code = call
        if "symbolic" in call:
            rows, columns = re.search(r"symbolic shape \((\d),(\d)\)", call).groups()
            inputs, values = [pt.matrix("m")], [np.zeros((int(rows), int(columns)), floatx)]
            code = re.sub(r"symbolic shape \(\d,\d\)", "m.shape", call)
        names = {"r": srng, "P2": P2.astype(floatx), "floatX": floatx, "m": inputs and inputs[0]}
        yield call, recorded, srng, eval(f"r.{code}", names), inputs, values


# What compiles slowly draws each kind once.
_FEW = {
    ("numba", "float32"): (
        "uniform((50,),low=-1,high=2)",
        "uniform(size=symbolic shape (3,2))",
        "normal((20,),truncate=True)",
        "binomial((10,),p=.5)",
        "multinomial(n=5,pvals=P2,dtype='int32')",
        "choice(size=2,p=P2,replace=False)",
    ),
    ("numba", "float64"): ("uniform((4,))", "normal((5,))"),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("seed", "floatx"),
    [
        ("123", "float32"),
        ("123", "float64"),
        ("[1,2,3,4,5,6]", "float32"),
        ("default (12345)", "float32"),
    ],
)
def test_draws_are_theanos(seed, floatx, backend):
    """Two calls of every recorded draw, all in one function, and the states after them."""
    mode = needs(backend)
    with pytensor.config.change_flags(floatX=floatx):
        rows = list(cases(floatx, seed))
        few = _FEW.get((backend, floatx))
        rows = [row for row in rows if few is None or seed != "123" or row[0] in few]
        assert rows
        for call, recorded, srng, *_ in rows:
            if "rstate_shape" not in recorded:
                continue
            state = srng.state_updates[-1][0].get_value()
            assert list(state.shape) == recorded["rstate_shape"], call
            assert state[:2].tolist() == recorded["rstate_first2"], call
            assert state[-1].tolist() == recorded["rstate_last"], call
            assert srng.rstate.tolist() == recorded["stream_rstate_after"], call
        inputs = [v for row in rows for v in row[4]]
        values = [v for row in rows for v in row[5]]
        draw = pytensor.function(inputs, [row[3] for row in rows], mode=mode)
        results = [draw(*values) for _ in range(2)]
    for k, (call, recorded, srng, *_) in enumerate(rows):
        for found, out in zip(results, recorded["outs"], strict=True):
            found, wanted = np.asarray(found[k]), array(out)
            assert found.dtype == wanted.dtype and found.shape == wanted.shape, call
            if "normal" in call:
                rtol = 1e-4 if wanted.dtype == "float32" else 1e-12
                np.testing.assert_allclose(found, wanted, rtol, 0, err_msg=call)
            else:
                np.testing.assert_array_equal(found, wanted, err_msg=call)
        if "rstate_shape" in recorded:
            state = np.asarray(srng.state_updates[-1][0].get_value())
            assert state[0].tolist() == recorded["state_after2_first"], call


@pytest.mark.parametrize("backend", BACKENDS)
def test_three_streams_and_reseeding_are_theanos(backend):
    """Two calls, a call after seed(seed + 1), one after seed()."""
    mode = needs(backend)
    with pytensor.config.change_flags(floatX="float32"):
        srng = MRG_RandomStreams(123)
        draws = [srng.uniform((2, 2)), srng.uniform((2, 2)), srng.normal((2,))]
        f = pytensor.function([], draws, mode=mode)
        found = [f(), f()]
        for seed in (124, None):
            srng.seed(seed)
            found.append(f())
    for call, recorded in zip(found, GOLDEN["float32"]["123"][THREE]["outs"], strict=True):
        for k, (value, out) in enumerate(zip(call, recorded, strict=True)):
            rtol = 1e-4 if k == 2 else 0
            np.testing.assert_allclose(np.asarray(value), array(out), rtol, 0)


def mrg(state, n):
    """The recurrences in Python's integers: (words, state)."""
    m1, m2 = 2**31 - 1, 2**31 - 21069
    x, y = list(state[:3]), list(state[3:])
    words = []
    for _ in range(n):
        x = [(2**22 * x[1] + (2**7 + 1) * x[2]) % m1, *x[:2]]
        y = [(2**15 * y[0] + (2**15 + 1) * y[2]) % m2, *y[:2]]
        words.append(x[0] - y[0] + (m1 if x[0] <= y[0] else 0))
    return words, [*x, *y]


LARGEST = [2**31 - 2] * 3 + [2**31 - 21070] * 3
STATES = np.array([LARGEST, [1, 0, 0, 0, 0, 1], [5, 4, 3, 2, 1, 0]] + [[9, 8, 7, 6, 5, 4]] * 300)


def test_words_are_the_published_recurrences():
    after, words = advance(STATES.astype("int32"), 4 * len(STATES) + 2)
    for s, row in enumerate(STATES.tolist()):
        steps = 5 if s < 2 else 4
        wanted, state = mrg(row, steps)
        assert words[s :: len(STATES)].tolist() == wanted
        assert after[s].tolist() == state


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_draws_the_same(backend):
    """Sizes that do not fill the last step, more streams than numbers, counts below the size."""
    mode = needs(backend)
    shared = pytensor.shared(STATES.astype("int32"))
    outputs, wanted = [], []
    for dtype in ("float32", "float64"):
        for size in (1, 302, 303, 1000):
            outputs += MRGUniform(dtype)(shared, size)
            after, words = advance(STATES.astype("int32"), size)
            norm = np.float32(4.6566126e-10) if dtype == "float32" else 2.0**-31
            wanted += [after, words.astype(dtype) * norm]
    count = pt.vector("count", dtype="int64", shape=(1,))
    outputs += MRGUniform("float64", counted=True)(shared, count, 20, 50)
    after, words = advance(STATES.astype("int32"), 700)
    padded = np.concatenate([words * 2.0**-31, np.zeros(300)]).reshape(20, 50)
    wanted += [after, padded]
    f = pytensor.function([count], outputs, mode=mode)
    for found, right in zip(f(np.array([700])), wanted, strict=True):
        found = np.asarray(found)
        assert found.dtype == right.dtype
        np.testing.assert_array_equal(found, right)
        assert found.dtype == "int32" or (found < 1).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_float16(backend):
    """15 bits of a word plus 1, times 3.0458e-5; Numba has no float16."""
    mode = needs(backend)
    state = pytensor.shared(STATES[:3].astype("int32"))
    draw = MRGUniform("float16")(state, 30)[1]
    if backend == "numba":
        with pytest.raises(BackendError, match="float16"):
            pytensor.function([], draw, mode=mode)
        return
    found = np.asarray(pytensor.function([], draw, mode=mode)())
    words = advance(STATES[:3].astype("int32"), 30)[1]
    np.testing.assert_array_equal(found, (((words & 32767) + 1) * 3.0458e-05).astype("float16"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_outcomes_by_hand(backend):
    """Walks along the rows; a number above the sum of its row gives none."""
    mode = needs(backend)
    pvals, unis = pt.matrix("pvals"), pt.vector("unis")
    outputs = [
        MultinomialFromUniform("int32")(pvals, unis, 2),
        MultinomialFromUniform("auto")(pvals, unis, 2),
        ChoiceFromUniform("int64")(pvals, unis, 2),
    ]
    assert outputs[2].type.shape == (None, 2)
    f = pytensor.function([pvals, unis], outputs, mode=mode)
    p = np.array([[0.25, 0.25, 0.5], [0.5, 0.25, 0.125]])
    counts, floats, chosen = (np.asarray(v) for v in f(p, np.array([0.25, 0.9, 0.4, 0.1])))
    assert counts.dtype == "int32" and floats.dtype == "float64" and chosen.dtype == "int64"
    # Row 0: 0.25 is outcome 1, 0.4 too; row 1: 0.9 is none, 0.1 is outcome 0.
    assert counts.tolist() == floats.tolist() == [[0, 2, 0], [1, 0, 0]]
    # Row 0 without outcome 1 is (1/3, 0, 2/3): 0.4 is outcome 2.
    assert chosen.tolist() == [[1, 2], [-1, 0]]
    with pytest.raises(ValueError, match="uniform numbers"):
        f(p, np.ones(3))


@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_no_more_choices_than_outcomes(backend):
    p, n = pt.matrix("p"), pt.lscalar("n")
    draw = ChoiceFromUniform("int64")(p, pt.zeros(p.shape[0] * n), n)
    f = pytensor.function([p, n], draw, mode=needs(backend))
    assert np.asarray(f(P2, 3)).tolist() == [[0, 1, 2]] * 3
    with pytest.raises(ValueError, match="without replacement"):
        f(P2, 4)


def test_jumps_are_steps():
    """The jump matrices by steps of the recurrence: 2^72 is reached by squaring in integers."""
    a = np.array([[0, 2**22, 2**7 + 1], [1, 0, 0], [0, 1, 0]], dtype=object)
    b = np.array([[2**15, 0, 2**15 + 1], [1, 0, 0], [0, 1, 0]], dtype=object)
    for jump, doublings in ((ff_2p72, 72), (ff_2p134, 134)):
        parts = []
        for matrix, modulus, x in ((a, 2**31 - 1, [1, 2, 3]), (b, 2**31 - 21069, [4, 5, 6])):
            for _ in range(doublings):
                matrix = matrix.dot(matrix) % modulus
            parts += (matrix.dot(np.array(x, dtype=object)) % modulus).tolist()
        assert jump(np.arange(1, 7, dtype="int32")).tolist() == parts
    rows = substreams(np.arange(1, 7), 11)
    assert rows.dtype == "int32" and rows.shape == (11, 6)
    assert (ff_2p72(rows[:-1]) == rows[1:]).all()


def test_uniform_with_symbolic_bounds_and_no_gradient():
    srng = MRG_RandomStreams(7)
    low = pt.vector("low")
    draw = srng.uniform((200, 2), low=low, high=low + 1)
    value = pytensor.function([low], draw, mode=select("py"))(np.array([0.0, 10.0]))
    assert (value.astype(int) == [0, 10]).all()
    with pytest.raises(NullTypeGradError):
        pytensor.grad(draw.sum(), low)
    mean = pt.vector("mean")  # the gradient flows round the draw
    cost = ((mean + srng.normal(mean.shape)) ** 2).sum()
    assert pytensor.grad(cost, mean).type.dtype == "float64"


def test_outcomes_have_no_gradient_by_their_probabilities():
    p, srng = pt.vector("p"), MRG_RandomStreams(7)
    matrix = pt.stack([p])
    draws = (
        srng.multinomial(pvals=matrix).astype("float64"),
        srng.choice(p=matrix, size=1, replace=False).astype("float64"),
    )
    for draw in draws:
        with pytest.raises(NullTypeGradError):  # as in Theano: no silent part of a gradient
            pytensor.grad(draw.sum() + p.sum(), p)
        constant = pytensor.gradient.disconnected_grad(draw)
        assert pytensor.grad((constant * 2).sum() + p.sum(), p).type.ndim == 1


def test_distributions():
    srng = MRG_RandomStreams(9)
    draws = [
        srng.uniform((30_000,)),
        srng.normal((29_999,), avg=1.0, std=2.0),
        srng.normal((30_000,), truncate=True),
        srng.truncated_normal((30_000,), std=0.5),
        srng.binomial((30_000,), p=0.3),
    ]
    u, z, cut, narrow, ones = pytensor.function([], draws, mode=select("py"))()
    assert stats.kstest(u, stats.uniform.cdf).pvalue > 1e-3
    assert stats.kstest(z, stats.norm(1, 2).cdf).pvalue > 1e-3
    assert stats.kstest(cut, stats.truncnorm(-2, 2).cdf).pvalue > 1e-3
    assert narrow.std() == pytest.approx(0.5, rel=0.02)
    assert ones.mean() == pytest.approx(0.3, abs=0.01)
    assert abs(stats.pearsonr(u[:-1], u[1:]).statistic) < 0.02


def test_streams_interface():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        srng, other = MRG_RandomStreams(5), MRG_RandomStreams(5)
        a = srng.uniform((3,))
    assert a.rstate is srng.state_updates[0][0] and a.update == srng.state_updates[0][:2]
    assert a.rstate.default_update is a.update[1]
    assert srng.updates() == srng.state_updates and srng.updates() is not srng.state_updates
    assert srng.state_updates[0][2:] == ((3,), None)
    b, c = srng.uniform((3,)), other.uniform((3,))
    fa, fb, fc = (pytensor.function([], v, mode=select("py")) for v in (a, b, c))
    first, second = fa(), fb()
    np.testing.assert_array_equal(first, fc())
    assert not np.isin(first, second).any() and not np.isin(fa(), first).any()
    before = srng.rstate.copy()
    rows = srng.get_substream_rstates(4, "float32", inc_rstate=False)
    assert (rows[0] == before).all() and (srng.rstate == before).all()
    srng.inc_rstate()
    assert (srng.rstate == ff_2p134(before)).all()
    srng.set_rstate([6, 5, 4, 3, 2, 1])
    assert srng.rstate.tolist() == [6, 5, 4, 3, 2, 1]
    states = [state.get_value() for state, *_ in srng.state_updates]
    draws = fa(), fb()
    srng.seed()
    assert srng.rstate.tolist() == ff_2p134(other.rstate).tolist()
    np.testing.assert_array_equal(fa(), first)
    np.testing.assert_array_equal(fb(), second)
    for (state, *_), value in zip(srng.state_updates, states, strict=True):
        state.set_value(value)
    np.testing.assert_array_equal(draws, (fa(), fb()))


def test_number_of_streams():
    sizes = (4,), (2, 3), (7,), [5, 5], (10**6,)
    assert [guess_n_streams(size) for size in sizes] == [4, 6, 1, 4, 15360]
    assert guess_n_streams((pt.lscalar(), 2)) == guess_n_streams(pt.lvector()) == 15360
    with pytest.warns(UserWarning, match="nstreams"):
        guess_n_streams(pt.lvector(), warn=True)
    srng = MRG_RandomStreams(5)
    srng.uniform((10,), nstreams=3)
    assert srng.state_updates[0][0].get_value().shape == (3, 6)
    srng.seed()
    assert srng.state_updates[0][0].get_value().shape == (3, 6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_sizes(backend):
    """Symbolic ones, on every backend; the static shape where it is known."""
    mode = needs(backend)
    srng = MRG_RandomStreams(3)
    n, m = pt.lscalar("n"), pt.matrix("m")
    draws = [
        srng.uniform((n, 3)),
        srng.normal((n, 3), dtype="float32"),
        srng.normal(m.shape),
        srng.binomial(size=m.shape, p=0.5),
        srng.uniform(4),
        srng.normal([2, 2]),
    ]
    assert draws[0].type.shape == (None, 3) and draws[5].type.shape == (2, 2)
    assert srng.uniform(pt.lvector(), ndim=3).type.ndim == 3
    found = pytensor.function([n, m], draws, mode=mode)(5, np.ones((3, 3)))
    shapes = [np.asarray(v).shape for v in found]
    assert shapes == [(5, 3), (5, 3), (3, 3), (3, 3), (4,), (2, 2)]


def test_multinomial_wo_replacement_is_choice():
    with pytest.warns(DeprecationWarning, match="choice"):
        old = MRG_RandomStreams(8).multinomial_wo_replacement(n=2, pvals=P2)
    new = MRG_RandomStreams(8).choice(2, replace=False, p=P2)
    found, wanted = pytensor.function([], [old, new], mode=select("py"))()
    np.testing.assert_array_equal(found, wanted)


srng = MRG_RandomStreams(1)


@pytest.mark.parametrize(
    ("make", "error", "builtin", "said"),
    [
        (lambda: MRG_RandomStreams(0), RangeError, ValueError, "not all 0"),
        (lambda: MRG_RandomStreams(-1), RangeError, ValueError, "0 to"),
        (lambda: MRG_RandomStreams(2**31), RangeError, ValueError, "2147483646"),
        (lambda: MRG_RandomStreams([1, 1, 1, 0, 0, 0]), RangeError, ValueError, "last 3"),
        (lambda: MRG_RandomStreams([1, 2]), DtypeError, TypeError, "6 integers"),
        (lambda: MRG_RandomStreams("a"), DtypeError, TypeError, "6 integers"),
        (lambda: MRG_RandomStreams(1.5), DtypeError, TypeError, "1 integer"),
        (lambda: srng.uniform((2, 0)), RangeError, ValueError, "> 0"),
        (lambda: srng.uniform((2.0,)), DtypeError, TypeError, "integer"),
        (lambda: srng.uniform(pt.dvector()), DtypeError, TypeError, "vector of integers"),
        (lambda: srng.uniform(None), DtypeError, TypeError, "size"),
        (lambda: srng.uniform(pt.lvector()), SettingsError, ValueError, "ndim"),
        (lambda: srng.uniform((2,), ndim=2), ShapeError, ValueError, "ndim=2"),
        (lambda: srng.uniform((2,), nstreams=0), RangeError, ValueError, "nstreams"),
        (lambda: srng.uniform((2,), dtype="int32"), DtypeError, TypeError, "float dtype"),
        (lambda: srng.uniform((2,), low=pt.dmatrix()), NotSupportedError, NotImplementedError,
         "Increase"),
        (lambda: srng.uniform((2,), target="gpu"), NotSupportedError, NotImplementedError, "cpu"),
        (lambda: srng.binomial((2,), n=2), NotSupportedError, NotImplementedError, "n=1"),
        (lambda: srng.multinomial(), DtypeError, TypeError, "pvals"),
        (lambda: srng.multinomial(size=(2,), pvals=P2), RangeError, ValueError, "size"),
        (lambda: srng.multinomial(pvals=P2, n=0), RangeError, ValueError, "positive"),
        (lambda: srng.multinomial(pvals=P2[0]), NotSupportedError, NotImplementedError, "matrix"),
        (lambda: srng.choice(p=P2), NotSupportedError, NotImplementedError, "multinomial"),
        (lambda: srng.choice(a=3, p=P2, replace=False), DtypeError, TypeError, "a=None"),
        (lambda: srng.choice(replace=False), DtypeError, TypeError, "p="),
        (lambda: MRGUniform("int8"), DtypeError, TypeError, "float16"),
        (lambda: MRGUniform("float32")(np.ones((2, 6)), 3), DtypeError, TypeError, "int32"),
        (lambda: MRGUniform("float32")(np.ones((2, 5), "int32"), 3), ShapeError, ValueError, "6"),
    ],
)
def test_bad_input_is_a_named_error(make, error, builtin, said):
    with pytest.raises(error, match=said) as caught:
        make()
    assert isinstance(caught.value, builtin) and isinstance(caught.value, SymgenError)


@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_negative_size_is_refused(backend):
    n = pt.lscalar("n")
    f = pytensor.function([n], MRG_RandomStreams(1).uniform((n,)), mode=needs(backend))
    assert np.asarray(f(2)).shape == (2,)
    with pytest.raises(ValueError, match="negative"):
        f(-1)


@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_more_numbers_than_fit_an_int32_are_refused(backend):
    rng = MRG_RandomStreams(1)
    for size in ((2**31,), (2, 2**15, 2**15)):
        f = pytensor.function([], rng.uniform(size, dtype="float32"), mode=needs(backend))
        with pytest.raises(ValueError, match="more than 2"):
            f()


def test_a_bad_seed_changes_nothing():
    srng = MRG_RandomStreams(4)
    draw = srng.uniform((6,))
    before = srng.rstate.copy(), draw.rstate.get_value()
    with pytest.raises(RangeError):
        srng.seed(0)
    assert (srng.rstate == before[0]).all() and (draw.rstate.get_value() == before[1]).all()
