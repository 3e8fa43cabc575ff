"""``theano.compat``: what old programs took from here to run on Python 2 and 3 alike."""

import configparser
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, ValuesView
from collections.abc import MutableMapping as DictMixin
from importlib import reload
from io import BytesIO
from operator import truediv as operator_div

from symgen.theano._missing import attribute_lookup

__all__ = [
    "PY3",
    "BytesIO",
    "Callable",
    "DictMixin",
    "Iterable",
    "Mapping",
    "OrderedDict",
    "ValuesView",
    "b",
    "cmp",
    "configparser",
    "decode",
    "decode_iter",
    "decode_with",
    "exc_message",
    "get_unbound_function",
    "ifilter",
    "imap",
    "izip",
    "next",
    "operator_div",
    "reload",
]

__getattr__ = attribute_lookup(__name__)

PY3 = True
next = next
izip, imap, ifilter = zip, map, filter


def b(text):
    """Return `text` as bytes, character by character."""
    return text.encode("latin-1")


def cmp(x, y):
    """Return -1, 0 or 1 as `x` is smaller than `y`, equal, or larger."""
    return (x > y) - (x < y)


def decode(x):
    """Return bytes as text."""
    return x.decode()


def decode_iter(iterator):
    """Yield each of an iterator's bytes as text."""
    for x in iterator:
        yield x.decode()


def decode_with(x, encoding):
    """Return bytes in `encoding` as text."""
    return x.decode(encoding)


def exc_message(e):
    """Return the message of an exception, which may be another exception's."""
    message = e.args[0]
    return exc_message(message) if isinstance(message, Exception) else message


def get_unbound_function(unbound):
    """Return the function of a method; a function as it is."""
    return getattr(unbound, "__func__", unbound)
