"""``theano.config``: options that a program adds, options that nothing heeds."""

import warnings

import pytest

import symgen.theano as theano
from symgen.theano import configparser
from symgen.theano.configparser import (
    AddConfigVar,
    BoolParam,
    ConfigParam,
    EnumStr,
    IntParam,
    UnknownOptionError,
)


@pytest.fixture(autouse=True)
def restore():
    added, chosen = dict(configparser._added), dict(theano.config._chosen)
    yield
    for current, before in ((configparser._added, added), (theano.config._chosen, chosen)):
        current.clear()
        current.update(before)


def test_an_option_of_a_program():
    AddConfigVar("mine.size", "A size.", IntParam(3, lambda n: n > 0))
    AddConfigVar("mine.kind", "A kind.", EnumStr("a", "b"))
    AddConfigVar("mine.wanted", "Whether.", BoolParam("True"))
    assert (theano.config.mine.size, theano.config.mine.wanted) == (3, True)
    theano.config.mine.size = "7"
    assert theano.config.mine.size == 7
    with pytest.raises(ValueError):
        theano.config.mine.size = -1
    with theano.config.change_flags(**{"mine.kind": "b"}):
        assert theano.config.mine.kind == "b"
    assert theano.config.mine.kind == "a"
    with pytest.raises(ValueError, match="Valid options"):
        theano.config.mine.kind = "c"
    for taken in ("mine.size", "floatX", "device"):
        with pytest.raises(AttributeError, match="taken"):
            AddConfigVar(taken, "", ConfigParam(1))


def test_the_environment_overrides_a_default(monkeypatch):
    monkeypatch.setitem(configparser.THEANO_FLAGS_DICT, "mine.from_flags", "12")
    AddConfigVar("mine.from_flags", "", IntParam("none"))
    assert theano.config.mine.from_flags == 12
    assert "mine.from_flags" not in configparser.THEANO_FLAGS_DICT


def test_what_nothing_heeds_is_said_once():
    assert theano.config.dnn.enabled == "auto"
    with pytest.warns(UserWarning, match="dnn.conv.algo_fwd = 'time_once' is ignored"):
        theano.config.dnn.conv.algo_fwd = "time_once"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        theano.config.dnn.conv.algo_fwd = "time_once"
    assert theano.config.dnn.conv.algo_fwd == "time_once"
    with pytest.raises(UnknownOptionError):
        theano.config.dnn.enabeld  # noqa: B018
