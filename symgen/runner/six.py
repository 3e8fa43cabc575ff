"""A small ``six`` for programs that need a few of its names where it is not installed."""

import builtins
import configparser
import functools
import importlib
import io
import itertools
import queue
import sys
import types
import urllib.error
import urllib.parse
import urllib.request
from operator import methodcaller


def modules(pickle):
    """Return ``{name: function that makes the module}``.

    Parameters
    ----------
    pickle : module
        What ``six.moves.cPickle`` is.
    """
    moves = {
        "StringIO": io.StringIO, "builtins": builtins, "cPickle": pickle,
        "cStringIO": io.StringIO, "configparser": configparser, "filter": filter,
        "filterfalse": itertools.filterfalse, "input": input, "map": map, "queue": queue,
        "range": range, "reduce": functools.reduce, "reload_module": importlib.reload,
        "urllib": urllib, "xrange": range, "zip": zip, "zip_longest": itertools.zip_longest,
    }  # fmt: skip
    made = {
        "six": _six,
        "six.moves": lambda: _module("six.moves", moves),
        **{f"six.moves.urllib.{part}": functools.partial(getattr, urllib, part)
           for part in ("request", "parse", "error")},
    }  # fmt: skip
    for name, value in moves.items():
        if isinstance(value, types.ModuleType):
            made[f"six.moves.{name}"] = functools.partial(_identity, value)
    return made


def _identity(value):
    return value


def _six():
    return _module("six", {
        "PY2": False, "PY3": True, "PY34": True, "BytesIO": io.BytesIO, "StringIO": io.StringIO,
        "MAXSIZE": sys.maxsize, "string_types": (str,), "integer_types": (int,),
        "class_types": (type,), "text_type": str, "binary_type": bytes,
        "iteritems": _iterate("items"), "iterkeys": _iterate("keys"),
        "itervalues": _iterate("values"), "u": str, "b": methodcaller("encode", "latin1"),
        "print_": print, "next": next, "advance_iterator": next, "callable": callable,
        "with_metaclass": _with_metaclass, "add_metaclass": _add_metaclass,
        "reraise": _reraise, "wraps": functools.wraps, "unichr": chr, "exec_": exec,
    })  # fmt: skip


def _module(name, members):
    module = types.ModuleType(name)
    module.__path__ = []
    vars(module).update(members)
    return module


def _iterate(method):
    return lambda mapping, **keywords: iter(getattr(mapping, method)(**keywords))


def _with_metaclass(meta, *bases):
    return meta("temporary_class", bases, {})


def _add_metaclass(meta):
    def make(cls):
        members = {name: value for name, value in vars(cls).items()
                   if name not in ("__dict__", "__weakref__")}  # fmt: skip
        return meta(cls.__name__, cls.__bases__, members)

    return make


def _reraise(kind, value, traceback=None):
    raise (kind() if value is None else value).with_traceback(traceback)
