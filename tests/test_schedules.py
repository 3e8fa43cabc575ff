"""Learning-rate schedules against their closed forms."""

import math

import numpy as np
import pytensor
import pytest

from symgen import schedules as S
from symgen.errors import DtypeError, RangeError, SettingsError

SCHEDULES = {
    "constant": (lambda: S.constant(0.3), lambda t: 0.3),
    "step_decay": (
        lambda: S.step_decay(0.3, every=3, factor=0.1),
        lambda t: 0.3 * 0.1 ** math.floor(t / 3),
    ),
    "piecewise_constant": (
        lambda: S.piecewise_constant([0.3, 0.1, 0.2], [2, 5]),
        lambda t: 0.3 if t < 2 else 0.1 if t < 5 else 0.2,
    ),
    "piecewise_constant of one value": (lambda: S.piecewise_constant([0.3], []), lambda t: 0.3),
    "exponential_decay": (
        lambda: S.exponential_decay(0.3, steps=4, factor=0.1),
        lambda t: 0.3 * math.exp(math.log(0.1) * t / 4),
    ),
    "inverse_time_decay": (
        lambda: S.inverse_time_decay(0.3, decay=0.7),
        lambda t: 0.3 / (1 + 0.7 * t),
    ),
    "polynomial_decay": (
        lambda: S.polynomial_decay(0.3, steps=5, final=0.1, power=2.0),
        lambda t: 0.1 if t >= 5 else 0.1 + 0.2 * (1 - t / 5) ** 2,
    ),
    "cosine_decay": (
        lambda: S.cosine_decay(0.3, steps=5, final=0.1),
        lambda t: 0.1 if t >= 5 else 0.1 + 0.1 * (1 + math.cos(math.pi * t / 5)),
    ),
    "linear_warmup": (
        lambda: S.linear_warmup(S.inverse_time_decay(0.3, decay=0.7), steps=4),
        lambda t: 0.3 / (1 + 0.7 * t) * min((t + 1) / 4, 1),
    ),
    "linear_warmup of constant": (
        lambda: S.linear_warmup(S.constant(0.3), steps=4),
        lambda t: 0.3 * min((t + 1) / 4, 1),
    ),
}


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_follows_its_closed_form(name, floatx, monkeypatch):
    """Also that the dtype is symgen's, and float64 exact, whatever PyTensor's floatX."""
    make, formula = SCHEDULES[name]
    for dtype, rtol in ("float32", 1e-6), ("float64", 1e-14):
        monkeypatch.setenv("SYMGEN_FLOATX", dtype)
        with pytensor.config.change_flags(floatX=floatx):
            rate, updates = make()
            step = pytensor.function([], [], updates=updates, mode="FAST_COMPILE")
        assert rate.dtype == dtype
        assert all(new.dtype == key.dtype for key, new in updates.items())
        for t in range(9):
            np.testing.assert_allclose(rate.get_value(), formula(t), rtol=rtol, atol=1e-17)
            step()


def test_names():
    rate, updates = S.linear_warmup(S.cosine_decay(0.1, steps=3, name="generator.rate"), 2)
    assert rate.name == "generator.rate.warmup"
    assert [key.name for key in updates] == [
        "generator.rate.t",
        "generator.rate",
        "generator.rate.warmup.t",
        "generator.rate.warmup",
    ]


def test_counter_is_an_integer_beyond_float32():
    rate, updates = S.step_decay(1.0, every=2**24 + 1, dtype="float32")
    t = next(iter(updates))
    step = pytensor.function([], [], updates=updates, mode="FAST_COMPILE")
    t.set_value(np.asarray(2**24 - 1))
    step()
    assert rate.get_value() == 1.0
    step()
    assert t.get_value() == 2**24 + 1 and rate.get_value() == 0.5


def moved_schedule():
    schedule = S.cosine_decay(0.1, steps=3)
    pytensor.function([], [], updates=schedule[1], mode="FAST_COMPILE")()
    return schedule


@pytest.mark.parametrize(
    "error, message, call",
    [
        (RangeError, "initial", lambda: S.constant(-0.1)),
        (DtypeError, "initial", lambda: S.constant("0.1")),
        (RangeError, "every >= 1", lambda: S.step_decay(0.1, every=0)),
        (RangeError, "factor", lambda: S.step_decay(0.1, every=1, factor=1.5)),
        (DtypeError, "whole number", lambda: S.cosine_decay(0.1, steps=2.5)),
        (SettingsError, "one value more", lambda: S.piecewise_constant([0.1, 0.2], [])),
        (SettingsError, "rising", lambda: S.piecewise_constant([0.1, 0.2, 0.3], [4, 4])),
        (RangeError, "values", lambda: S.piecewise_constant([0.1, -0.2], [4])),
        (RangeError, "boundaries >= 1", lambda: S.piecewise_constant([0.1, 0.2], [0])),
        (RangeError, "final", lambda: S.cosine_decay(0.1, steps=2, final=-1)),
        (RangeError, "power", lambda: S.polynomial_decay(0.1, steps=2, power=0)),
        (RangeError, "decay", lambda: S.inverse_time_decay(0.1, decay=float("inf"))),
        (DtypeError, r"constant\(rate\)", lambda: S.linear_warmup(0.1, steps=3)),
        (SettingsError, "at step 1", lambda: S.linear_warmup(moved_schedule(), steps=3)),
    ],
)
def test_bad_input_has_a_named_error(error, message, call):
    with pytest.raises(error, match=message):
        call()
