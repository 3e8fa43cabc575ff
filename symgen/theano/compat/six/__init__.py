"""``theano.compat.six``: what old programs took from here to run on Python 2 and 3 alike.

Every name means what it does on Python 3.
"""

import builtins
import functools
import io
import operator
import sys

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)

PY2, PY3 = False, True
MAXSIZE = sys.maxsize
string_types = (str,)
integer_types = (int,)
class_types = (type,)
text_type, binary_type = str, bytes
Iterator = object
StringIO, BytesIO = io.StringIO, io.BytesIO
next = advance_iterator = builtins.next
callable = builtins.callable
exec_ = builtins.exec
print_ = builtins.print
unichr = chr
int2byte = operator.methodcaller("to_bytes", 1, "big")
byte2int = operator.itemgetter(0)
indexbytes = operator.getitem
iterbytes = iter
get_function_code = operator.attrgetter("__code__")
get_function_closure = operator.attrgetter("__closure__")
get_function_defaults = operator.attrgetter("__defaults__")
get_function_globals = operator.attrgetter("__globals__")
get_method_function = operator.attrgetter("__func__")
get_method_self = operator.attrgetter("__self__")
wraps = functools.wraps


def b(text):
    """Return `text` as bytes, character by character."""
    return text.encode("latin-1")


def u(text):
    """Return `text`."""
    return text


def iterkeys(d, **kwargs):
    """Return an iterator over the keys of a dict."""
    return iter(d.keys(**kwargs))


def itervalues(d, **kwargs):
    """Return an iterator over the values of a dict."""
    return iter(d.values(**kwargs))


def iteritems(d, **kwargs):
    """Return an iterator over the (key, value) pairs of a dict."""
    return iter(d.items(**kwargs))


def iterlists(d, **kwargs):
    """Return an iterator over the (key, [values]) pairs of a dict that has ``lists``."""
    return iter(d.lists(**kwargs))


def get_unbound_function(unbound):
    """Return the function of a class's method."""
    return unbound


def create_bound_method(function, instance):
    """Return `function` as a method of `instance`."""
    return function.__get__(instance)


def reraise(kind, value=None, traceback=None):
    """Raise an exception with a traceback.

    Parameters
    ----------
    kind : type
    value : Exception, optional
        One of `kind` is made when there is none.
    traceback : traceback, optional
    """
    raise (kind() if value is None else value).with_traceback(traceback)


def raise_from(value, cause):
    """Raise `value` with a cause."""
    raise value from cause


def with_metaclass(meta, *bases):
    """Return a base class that gives its subclasses the metaclass `meta` and the bases `bases`."""

    class Once(type):
        def __new__(cls, name, once, namespace):
            return meta(name, bases, namespace)

        @classmethod
        def __prepare__(cls, name, once):
            return meta.__prepare__(name, bases)

    return type.__new__(Once, "temporary_class", (), {})


def add_metaclass(metaclass):
    """Return a decorator that makes a class again, with `metaclass`."""

    def make(cls):
        slots = cls.__dict__.get("__slots__", ())
        dropped = {"__dict__", "__weakref__", *([slots] if isinstance(slots, str) else slots)}
        namespace = {name: value for name, value in vars(cls).items() if name not in dropped}
        return metaclass(cls.__name__, cls.__bases__, namespace)

    return make


def python_2_unicode_compatible(cls):
    """Return `cls`: its ``__str__`` gives text."""
    return cls
