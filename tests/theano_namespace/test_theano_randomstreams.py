"""``shared_randomstreams`` and ``raw_random``: the numbers that Theano 1.0.5 gave."""

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytensor
import pytest

import symgen.theano.tensor as T
from symgen import theano
from symgen.backends import select
from symgen.backends.host import NumbaLinker
from symgen.errors import BackendError
from symgen.ops.random_state import RandomFunction, copy_state, random_state_type
from symgen.theano.compile import mode as mode_module
from symgen.theano.tensor import raw_random
from symgen.theano.tensor.shared_randomstreams import RandomStreams

GOLDEN = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "theano_randomstreams_golden.json").read_text()
)
STREAMS = next(call for call in GOLDEN["float32"]["123"] if call.startswith("3 streams"))


def array(out):
    return np.array(out["data"], out["dtype"]).reshape(out["shape"])


@pytest.mark.parametrize("seed", ["123", "42"])
@pytest.mark.parametrize("float_x", ["float32", "float64"])
def test_each_call_gives_theanos_numbers(float_x, seed):
    with pytensor.config.change_flags(mode="FAST_COMPILE", floatX=float_x):
        for call, recorded in GOLDEN[float_x][seed].items():
            if call == STREAMS:
                continue
            p2 = np.array([[0.2, 0.3, 0.5], [0.9, 0.05, 0.05], [1 / 3] * 3], float_x)
            names = {"floatX": float_x, "P2": p2, "arange": np.arange}
            names["srng"] = RandomStreams(int(seed))
            draw = theano.function([], eval(f"srng.{call}", names))
            for out in recorded["outs"]:
                found = draw()
                if "shuffle" not in call:  # recorded for numbers of dtype floatX
                    assert found.dtype == out["dtype"], call
                np.testing.assert_array_equal(found, array(out), err_msg=call)


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "FAST_RUN"])
def test_streams_and_seeding(mode):
    first, second, third, fourth = GOLDEN["float32"]["123"][STREAMS]["outs"]
    with pytensor.config.change_flags(floatX="float32"):
        srng = RandomStreams(123)
        draws = [srng.uniform((2, 2)), srng.uniform((2, 2)), srng.normal((2,))]
        f = theano.function([], draws, mode=select("c") if mode == "FAST_RUN" else mode)
    for recorded, seeding in [(first, ""), (second, ""), (third, 124), (fourth, None)]:
        if seeding != "":
            srng.seed(seeding)
        for found, out in zip(f(), recorded, strict=True):
            np.testing.assert_array_equal(found, array(out))
    nodes = f.maker.fgraph.apply_nodes
    assert all(n.op.inplace == (mode == "FAST_RUN") for n in nodes)


def test_a_state_can_be_shared_read_and_set():
    generator = np.random.RandomState(1)
    state = theano.shared(generator)
    assert state.type == random_state_type
    assert state.get_value(borrow=True) is not generator
    _, numbers = raw_random.uniform(state, (3,))
    f = theano.function([], numbers, mode="FAST_COMPILE")
    expected = np.random.RandomState(1).uniform(size=3)
    np.testing.assert_array_equal(f(), expected)
    np.testing.assert_array_equal(f(), expected)  # nothing advances the state
    state.set_value(np.random.RandomState(2))
    np.testing.assert_array_equal(f(), np.random.RandomState(2).uniform(size=3))
    with pytest.raises(TypeError, match="RandomState"):
        state.set_value(np.random.default_rng(1))


def test_a_state_is_shared_without_importing_its_module():
    code = "import symgen.theano as t, numpy as n; print(t.shared(n.random.RandomState(1)).type)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "RandomStateType", answer.stderr


def test_states_are_equal_when_their_numbers_will_be():
    a = np.random.RandomState(3)
    a.normal()  # keeps a second normal number back
    b = copy_state(a)
    assert random_state_type.values_eq(a, b) and a is not b
    assert a.normal() == b.normal()
    a.uniform()
    assert not random_state_type.values_eq(a, b)


def test_function_of_a_state_advances_a_copy_unless_in_place():
    r = random_state_type()
    generator = np.random.RandomState(5)
    for inplace in (False, True):
        after, numbers = RandomFunction("uniform", T.dvector, inplace)(r, (4,), 0.0, 1.0)
        f = theano.function(
            [theano.In(r, mutable=True)], [after, numbers], mode="FAST_COMPILE", accept_inplace=True
        )
        advanced, found = f(generator)
        np.testing.assert_array_equal(found, np.random.RandomState(5).uniform(size=4))
        assert (advanced is generator) == inplace
        assert not random_state_type.values_eq(advanced, np.random.RandomState(5))


@pytest.mark.parametrize("backend", ["numba", "jax", "torch"])
def test_other_backends_say_what_to_use(backend):
    pytest.importorskip(backend)
    with pytest.raises(BackendError, match="MRG_RandomStreams"):
        theano.function([], RandomStreams(1).uniform((2,)), mode=select(backend))


def test_python_draws_where_numba_was_chosen_for_want_of_a_compiler(monkeypatch, capsys):
    module = sys.modules["symgen.backends.select"]
    monkeypatch.setattr(module, "_best", lambda device: ("numba", "no compiler"))
    monkeypatch.setattr(module, "_say_once", lambda name, why: None)
    mode_module._say_that_python_runs.cache_clear()
    monkeypatch.delenv("SYMGEN_BACKEND", raising=False)
    u = RandomStreams(123).uniform((2,))
    x = T.dvector()
    loop = theano.scan(lambda row: row + RandomStreams(1).uniform((2,)), [x], n_steps=2)[0]
    with pytensor.config.change_flags(mode="Mode"):
        functions = [theano.function([], outputs) for outputs in (u, [u, u + 1])]
        assert not any(isinstance(f.maker.mode.linker, NumbaLinker) for f in functions)
        np.testing.assert_array_equal(functions[0]().round(4), [0.728, 0.5904])
    assert capsys.readouterr().err.count("MRG_RandomStreams") == 1
    assert not isinstance(mode_module.mode_for("FAST_RUN", [loop]).linker, NumbaLinker)
    assert isinstance(mode_module.mode_for("FAST_RUN", [T.exp(x)]).linker, NumbaLinker)
    monkeypatch.setenv("SYMGEN_BACKEND", "numba")
    assert isinstance(mode_module.mode_for("FAST_RUN", [u]).linker, NumbaLinker)


def test_sizes():
    r, low, high = random_state_type(), T.dcol(), T.dvector()
    _, out = raw_random.uniform(r, low=low, high=high)
    assert out.type.broadcastable == (False, False)
    f = theano.function([r, low, high], out, mode="FAST_COMPILE")
    expected = np.random.RandomState(1).uniform([[0.0], [1.0]], [2.0, 3, 4])
    found = f(np.random.RandomState(1), [[0.0], [1.0]], [2.0, 3, 4])
    np.testing.assert_array_equal(found, expected)
    _, mixed = raw_random.uniform(r, (-1, 2, T.iscalar("n")), low=T.dtensor3(), high=T.drow())
    assert mixed.type.broadcastable == (False, False, False)
    assert raw_random.uniform(r, (1, 2))[1].type.broadcastable == (True, False)
    assert raw_random.permutation(r, n=4)[1].type.ndim == 1
    for wrong, error in [
        (lambda: raw_random.uniform(r, (2,), ndim=2), ValueError),
        (lambda: raw_random.uniform(r, (2,), low=low), ValueError),
        (lambda: raw_random.uniform(r, (-2,)), ValueError),
        (lambda: raw_random.uniform(r, T.dvector(), ndim=1), TypeError),
        (lambda: raw_random.uniform(r, T.lmatrix()), TypeError),
        (lambda: raw_random.poisson(r), TypeError),
        (lambda: raw_random.uniform(np.random.RandomState(1), (2,)), TypeError),
        (lambda: RandomStreams(1).poisson((2,)), TypeError),
    ]:
        with pytest.raises(error, match="expected .* got"):
            wrong()
    too_long = theano.function([r], raw_random.multinomial(r, (2,), pvals=[0.7, 0.7])[1])
    with pytest.raises(ValueError, match="sum of 1"):
        too_long(np.random.RandomState(1))


def test_random_numbers_have_no_gradient():
    mean = T.dvector("mean")
    noise = RandomStreams(1).normal(mean.shape)
    slope = T.grad((mean * noise).sum(), mean)
    f = theano.function([mean], [slope, noise], mode="FAST_COMPILE")
    np.testing.assert_array_equal(*f([1.0, 2]))
    with pytest.raises(pytensor.gradient.NullTypeGradError, match="no gradient"):
        T.grad(RandomStreams(1).normal(avg=mean).sum(), mean)


def test_streams_and_functions_can_be_pickled_and_copied():
    srng = RandomStreams(9)
    u = srng.uniform((2,))
    expected = theano.function([], u, no_default_updates=True, mode="FAST_COMPILE")()
    for copied in (pickle.loads(pickle.dumps((srng, u))), copy.deepcopy((srng, u))):
        f = theano.function([], copied[1], mode="FAST_COMPILE")
        np.testing.assert_array_equal(f(), expected)
        assert copied[0].state_updates[0][0] is copied[1].rng
