"""Names that modules have lost: where they were, what they are now, how to get them."""

import collections.abc
import errno
import functools
import inspect
import itertools
import math
import os
import string
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import NamedTuple

import numpy as np

from symgen.runner import images, mnist

_COLLECTIONS = ("Callable", "Container", "Generator", "Hashable", "ItemsView", "Iterable",
                "Iterator", "KeysView", "Mapping", "MappingView", "MutableMapping",
                "MutableSequence", "MutableSet", "Sequence", "Set", "Sized",
                "ValuesView")  # fmt: skip
_URLLIB = {"request": ("urlopen", "urlretrieve", "pathname2url", "url2pathname"),
           "parse": ("quote", "quote_plus", "unquote", "unquote_plus", "urlencode")}  # fmt: skip
_STRINGS = ("capitalize", "count", "find", "join", "lower", "lstrip", "replace", "rfind",
            "rsplit", "rstrip", "split", "strip", "upper", "zfill")  # fmt: skip
_NUMPY_TYPES = {"float": float, "int": int, "bool": bool, "object": object, "str": str,
                "complex": complex, "long": int, "unicode": str}  # fmt: skip
_NUMPY_RENAMED = {
    "alltrue": "all", "cfloat": "complex128", "complex_": "complex128", "cumproduct": "cumprod",
    "float_": "float64", "in1d": "isin", "int0": "intp", "issubsctype": "issubdtype",
    "longcomplex": "clongdouble", "longfloat": "longdouble", "product": "prod", "rank": "ndim",
    "round_": "round", "row_stack": "vstack", "singlecomplex": "complex64", "sometrue": "any",
    "string_": "bytes_", "trapz": "trapezoid", "uint0": "uintp", "unicode_": "str_",
}  # fmt: skip
_NUMPY_NUMBERS = {"Inf": np.inf, "Infinity": np.inf, "NaN": np.nan, "NINF": -np.inf,
                  "NZERO": -0.0, "PINF": np.inf, "PZERO": 0.0, "infty": np.inf}  # fmt: skip
_MISC = ("bytescale", "fromimage", "imread", "imresize", "imsave", "toimage")
_MISC_SPECIAL = ("comb", "factorial", "factorial2", "logsumexp")


class Lost(NamedTuple):
    """A name: the fix that it belongs to, what it is now in words, and how to get it."""

    fix: str
    what: str
    make: collections.abc.Callable


class ArgSpec(NamedTuple):
    """What ``inspect.getargspec`` returned."""

    args: list
    varargs: str | None
    keywords: str | None
    defaults: tuple | None


def names(fixes):
    """Return ``{module: {name: Lost}}`` for the active fixes."""
    every = {
        "collections": {name: _same("collections.abc." + name, getattr(collections.abc, name))
                        for name in _COLLECTIONS},
        "inspect": {"getargspec": _same("inspect.getfullargspec, its first four parts",
                                        _getargspec)},
        "itertools": {
            "ifilter": _same("filter", filter),
            "ifilterfalse": _same("itertools.filterfalse", itertools.filterfalse),
            "imap": _same("map", map),
            "izip": _same("zip", zip),
            "izip_longest": _same("itertools.zip_longest", itertools.zip_longest),
        },
        "fractions": {"gcd": _same("math.gcd", math.gcd)},
        "os": {"errno": _same("the module errno", errno), "getcwdu": _same("getcwd", os.getcwd)},
        "string": _string_names(),
        "sys": {"maxint": _same("sys.maxsize", sys.maxsize),
                "setdefaultencoding": _same("without effect", lambda name: None)},
        "time": {"clock": _same("time.process_time", time.process_time)},
        "urllib": {name: _same(f"urllib.{part}.{name}", _url_function(part, name))
                   for part, known in _URLLIB.items() for name in known},
        "numpy": _numpy_names(),
        "numpy.random": {"random_integers": Lost("numpy", "randint, both ends included",
                                                 lambda: _random_integers)},
        "scipy.misc": {
            **{name: Lost("scipy", f"symgen's, through Pillow ({name})",
                          functools.partial(getattr, images, name)) for name in _MISC},
            **{name: Lost("scipy", f"scipy.special.{name}", functools.partial(_special, name))
               for name in _MISC_SPECIAL},
        },
        "sklearn.datasets": {"fetch_mldata": Lost("mldata", "symgen's MNIST", lambda: mnist.fetch)},
        "PIL.Image": {"ANTIALIAS": Lost("pillow", "Image.LANCZOS", lambda: images.lanczos())},
    }  # fmt: skip
    return {module: {name: lost for name, lost in table.items() if lost.fix in fixes}
            for module, table in every.items()}  # fmt: skip


def _same(what, value, fix="stdlib"):
    return Lost(fix, what, lambda: value)


def _getargspec(function):
    found = inspect.getfullargspec(function)
    if found.kwonlyargs or found.annotations:
        raise ValueError("Function has keyword-only parameters or annotations")
    return ArgSpec(*found[:4])


def _string_names():
    known = {
        "atof": _same("float", float),
        "atoi": _same("int", int),
        "letters": _same("string.ascii_letters", string.ascii_letters),
        "lowercase": _same("string.ascii_lowercase", string.ascii_lowercase),
        "maketrans": _same("str.maketrans", str.maketrans),
        "uppercase": _same("string.ascii_uppercase", string.ascii_uppercase),
    }
    for name in _STRINGS:
        known[name] = _same(f"str.{name}", getattr(str, name))
    known["join"] = _same("str.join", lambda words, sep=" ": sep.join(words))
    return known


def _url_function(part, name):
    # looked up when it is called: the fix mnist-file replaces urlretrieve
    def call(*arguments, **keywords):
        return getattr(getattr(urllib, part), name)(*arguments, **keywords)

    return call


def _numpy_names():
    known = {name: _same(kind.__name__, kind, "numpy") for name, kind in _NUMPY_TYPES.items()}
    for old, new in _NUMPY_RENAMED.items():
        known[old] = Lost("numpy", f"np.{new}", functools.partial(getattr, np, new))
    for name, value in _NUMPY_NUMBERS.items():
        known[name] = _same(repr(value), value, "numpy")
    known["asscalar"] = _same("x.item()", lambda x: np.asarray(x).item(), "numpy")
    known["cast"] = _same("np.asarray with that dtype", Cast(), "numpy")
    known["asfarray"] = _same("np.asarray with a float dtype", _asfarray, "numpy")
    known["msort"] = _same("np.sort along axis 0", lambda x: np.sort(x, axis=0), "numpy")
    known["sctypes"] = _same("a table of the scalar types", _sctypes(), "numpy")
    return known


class Cast:
    """``np.cast``: ``cast[dtype](x)`` is ``x`` as an array of that dtype."""

    def __getitem__(self, dtype):
        return lambda x: np.asarray(x).astype(np.dtype(dtype))


def _asfarray(x, dtype=np.float64):
    dtype = np.dtype(dtype)
    return np.asarray(x, dtype=dtype if dtype.kind in "fc" else np.float64)


def _sctypes():
    return {
        "int": [np.int8, np.int16, np.int32, np.int64],
        "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
        "float": [np.float16, np.float32, np.float64, np.longdouble],
        "complex": [np.complex64, np.complex128, np.clongdouble],
        "others": [bool, object, bytes, str, np.void],
    }


def _random_integers(low, high=None, size=None):
    low, high = (1, low) if high is None else (low, high)
    return np.random.randint(low, high + 1, size)


def _special(name):
    import scipy.special

    return getattr(scipy.special, name)
