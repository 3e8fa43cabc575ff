import copy
import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

import symgen
from symgen import config
from symgen.backends import select, transfers
from symgen.errors import BackendError, NotSupportedError, SettingsError, UnknownNameError
from symgen.ops.philox import PhiloxDraw, initial_state
from symgen.random import RandomStreams


def test_updates_see_the_old_values():
    a, b = pytensor.shared(1.0, name="a"), pytensor.shared(10.0, name="b")
    swap = symgen.function([], a + b, updates={a: b, b: a}, backend="py")
    assert swap() == 11
    assert (a.get_value(), b.get_value()) == (10, 1)


def test_draws_are_new_at_each_call():
    u = RandomStreams(1).uniform((3,), dtype="float64")
    anew = symgen.function([], u, backend="py")
    first, second = anew(), anew()
    assert not np.array_equal(first, second)
    again = RandomStreams(1).uniform((3,), dtype="float64")
    frozen = symgen.function([], again, backend="py", draw_anew=False)
    np.testing.assert_array_equal(frozen(), first)
    np.testing.assert_array_equal(frozen(), first)


def test_draws_in_updates_and_givens_count_too():
    srng = RandomStreams(2)
    total = pytensor.shared(0.0)
    x = pt.dvector("x")
    f = symgen.function(
        [],
        x.sum(),
        updates={total: total + srng.normal((), dtype="float64")},
        givens={x: srng.uniform((2,), dtype="float64")},
        backend="py",
    )
    before = srng.get_state()
    f()
    assert all(old != new for old, new in zip(before, srng.get_state(), strict=True))


def test_a_draw_that_an_input_or_givens_replace_is_not_drawn():
    srng = RandomStreams(3)
    noise = srng.normal((2,), dtype="float64")
    given = pt.dvector("given")
    for f in (
        symgen.function([noise], 2 * noise, backend="py"),
        symgen.function([given], 2 * noise, givens={noise: given}, backend="py"),
    ):
        before = srng.get_state()
        np.testing.assert_array_equal(f(np.ones(2)), [2, 2])
        assert srng.get_state() == before


def test_a_state_drawn_from_twice_is_refused():
    state = pytensor.shared(initial_state(0, 0), name="state")
    one = PhiloxDraw("uniform", "float64")(state, 2)[1]
    two = PhiloxDraw("normal", "float64")(state, 2)[1]
    with pytest.raises(SettingsError, match="one draw for each state"):
        symgen.function([], [one, two], backend="py")


def test_modes_of_pytensor_keep_working():
    x = pt.dvector("x")
    assert symgen.function([x], x.sum(), mode="FAST_COMPILE")([1.0, 2.0]) == 3
    with pytest.raises(SettingsError, match="either a mode, or a backend"):
        symgen.function([x], x.sum(), mode="FAST_COMPILE", backend="py")


def test_bad_names():
    x = pt.dvector("x")
    with pytest.raises(UnknownNameError, match="backend"):
        symgen.function([x], x, backend="theano")
    with pytest.raises(UnknownNameError, match="device"):
        symgen.function([x], x, device="tpu")
    with pytest.raises(BackendError, match="'jax' or 'torch'"):
        symgen.function([x], x, backend="py", device="gpu")


@pytest.mark.parametrize("backend", ["py", "jax", "torch"])
def test_outputs_that_are_not_fetched_stay_and_last(backend):
    """They are arrays of their own: later steps, which give the state away, leave them alone."""
    if backend != "py":
        pytest.importorskip(backend)
    w = pytensor.shared(np.arange(3, dtype="float32"), name="w")
    options = {"backend": backend, "device": "cpu", "fetch": False}
    look = symgen.function([], [w, w[1], pt.exp(w)], **options)
    step = symgen.function([], w, updates={w: w + np.float32(1)}, **options)
    before = transfers.copy()
    seen, old = look(), step()
    step()
    if backend != "py":
        assert (transfers - before).arrays_to_host == 0
        assert {type(v).__module__.split(".")[0] for v in (*seen, old)} <= {"jax", "jaxlib", "torch"}
    for value in (seen[0], old):
        np.testing.assert_array_equal(np.asarray(value), [0, 1, 2])
    assert float(seen[1]) == 1
    np.testing.assert_allclose(np.asarray(seen[2]), np.exp([0, 1, 2]), rtol=1e-6)
    np.testing.assert_array_equal(w.get_value(), [2, 3, 4])


def test_a_mode_says_itself_whether_outputs_are_fetched():
    x = pt.dvector("x")
    with pytest.raises(SettingsError, match="whether to fetch"):
        symgen.function([x], x.sum(), mode="FAST_COMPILE", fetch=False)


def test_tf32_is_0_or_1(monkeypatch):
    monkeypatch.setenv("SYMGEN_TF32", "yes")
    with pytest.raises(SettingsError, match="SYMGEN_TF32 to be 0 or 1"):
        config.tf32()
    for given, expected in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("SYMGEN_TF32", given)
        assert config.tf32() is expected


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_function_on_a_device_is_not_pickled_and_says_what_to_do(backend):
    pytest.importorskip(backend)
    x = pt.dvector("x")
    double = symgen.function([x], 2 * x, backend=backend)
    for thing in (double, select(backend)):
        with pytest.raises(NotSupportedError, match="save_weights.*compile"):
            pickle.dumps(thing)
        with pytest.raises(NotSupportedError):
            copy.deepcopy(thing)
    linker = select(backend).linker
    assert vars(copy.copy(linker)) == vars(linker)  # PyTensor's own way to share one
    np.testing.assert_array_equal(double([1.0, 2.0]), [2, 4])
