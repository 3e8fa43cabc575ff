"""``theano.compat``: the names that programs for Python 2 and 3 took from there."""

import pickle
from collections import OrderedDict

import pytest

import symgen.theano as theano
from symgen.theano._missing import MissingModuleError
from symgen.theano.compat import six
from symgen.theano.compat.python2x import OrderedDict as TheanosOrderedDict
from symgen.theano.compat.six.moves import configparser, cPickle, reduce, xrange, zip


def test_moved_names_are_pythons():
    assert xrange is range and zip(range(2), range(2)).__next__() == (0, 0)
    assert reduce(max, [1, 3, 2]) == 3 and configparser.__name__ == "configparser"
    assert cPickle.loads(cPickle.dumps([1], cPickle.HIGHEST_PROTOCOL)) == [1]
    assert cPickle.Unpickler is pickle.Unpickler and TheanosOrderedDict is OrderedDict
    assert theano.compat.six is six


def test_six_is_that_of_python_3():
    assert isinstance("text", six.string_types) and isinstance(3, six.integer_types)
    assert list(six.iteritems({1: 2})) == [(1, 2)] and list(six.itervalues({1: 2})) == [2]
    assert six.b("\xff") == b"\xff" and six.int2byte(255) == b"\xff"
    with pytest.raises(KeyError):
        six.reraise(KeyError, KeyError("x"))

    class Meta(type):
        pass

    class Made(six.with_metaclass(Meta, dict)):
        pass

    @six.add_metaclass(Meta)
    class Decorated:
        number = 1

    assert type(Made) is Meta and Made.__bases__ == (dict,)
    assert type(Decorated) is Meta and Decorated.number == 1


def test_what_six_does_not_have_is_named():
    with pytest.raises(MissingModuleError, match="winreg"):
        from symgen.theano.compat.six.moves import winreg  # noqa: F401
