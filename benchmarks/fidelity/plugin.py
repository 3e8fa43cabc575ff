"""pytest plugin of the child that runs Theano's test files against symgen's namespace.

It gives the tests what has nothing to do with Theano and has changed since 2020: NumPy's old
names, ``inspect.getargspec``, and tests that are generators (nose's style), which pytest no longer
runs. ``theano.….tests`` modules come from Theano's source archive, everything else named
``theano`` from symgen.
"""

import builtins
import collections
import collections.abc
import functools
import importlib.util
import inspect
import os
import sys
import unittest
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.testing
import pytest

SUITE = Path(os.environ["SYMGEN_FIDELITY_SUITE"])


class SuiteFinder(MetaPathFinder):
    """Finds the test modules of Theano's source archive."""

    def find_spec(self, name, path=None, target=None):
        """Return the spec of ``theano.….tests[.…]``; leave everything else to the others."""
        parts = name.split(".")
        if parts[0] != "theano" or "tests" not in parts:
            return None
        place = SUITE.joinpath(*parts)
        if place.is_dir():
            folder, place = [str(place)], place / "__init__.py"
        else:
            folder, place = None, place.with_suffix(".py")
        if not place.exists():
            return None
        return importlib.util.spec_from_file_location(
            name, place, submodule_search_locations=folder
        )


def _find_common_type(array_types, scalar_types):
    """The dtype of NumPy 1's ``find_common_type``: scalars count only if of a higher kind."""
    arrays, scalars = np.result_type(*array_types), np.result_type(*scalar_types)
    kinds = "biufc"
    higher = kinds.index(scalars.kind.replace("u", "i")) > kinds.index(arrays.kind.replace("u", "i"))
    return np.promote_types(arrays, scalars) if higher else arrays


class _Casts(dict):
    """``numpy.cast``: from a dtype to the function that converts to it."""

    def __missing__(self, dtype):
        return lambda x: np.asarray(x).astype(dtype)


def _restore_old_names():
    scalars = {name: getattr(builtins, name) for name in ("bool", "complex", "float", "int", "object", "str")}
    former = {
        **scalars,
        "Inf": np.inf,
        "MAXDIMS": 64,
        "NaN": np.nan,
        "alltrue": np.all,
        "asscalar": lambda a: a.item(),
        "find_common_type": _find_common_type,
        "cast": _Casts(),
        "complex_": np.complex128,
        "float_": np.float64,
        "in1d": lambda a, b, **kwargs: np.isin(np.ravel(a), b, **kwargs),
        "infty": np.inf,
        "long": int,
        "product": np.prod,
        "row_stack": np.vstack,
        "sometrue": np.any,
        "string_": np.bytes_,
        "unicode_": np.str_,
    }
    for name, value in former.items():
        if name not in np.__dict__:
            setattr(np, name, value)
    np.loadtxt = _beside_theano(np.loadtxt)
    for name in ("stack", "vstack", "hstack", "dstack", "column_stack"):
        setattr(np, name, _of_any_iterable(getattr(np, name)))
    for name in ("Callable", "Iterable", "Mapping", "MutableMapping", "Sequence", "OrderedDict"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    inspect.getargspec = lambda f: inspect.getfullargspec(f)[:4]
    np.testing.dec = SimpleNamespace(skipif=_skip_if, knownfailureif=_skip_if, slow=lambda f: f)


def _beside_theano(function):
    """NumPy's function, which finds the files of numbers that lie beside Theano's modules."""

    @functools.wraps(function)
    def call(file, *args, **kwargs):
        for place in SUITE.glob(f"theano/*/{Path(str(file)).name}"):
            file = place if not Path(str(file)).exists() else file
        return function(file, *args, **kwargs)

    return call


def _of_any_iterable(function):
    """NumPy's function on a list of what an iterable gives, as NumPy 1.23 still took it."""

    @functools.wraps(function)
    def call(arrays, *args, **kwargs):
        return function(arrays if isinstance(arrays, np.ndarray) else list(arrays), *args, **kwargs)

    return call


def _skip_if(condition, message=None):
    """``numpy.testing.dec.skipif``; the tests name no condition that could change."""
    return pytest.mark.skipif(bool(condition), reason=message or "as the test says")


_restore_old_names()
import theano  # noqa: E402

if not theano.__spec__.name.startswith("symgen"):
    raise ImportError(f"expected symgen's theano namespace; got {theano.__file__}")
sys.meta_path.insert(0, SuiteFinder())


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector, name, obj):
    """Expand a test that yields (function, *arguments) into as many tests."""
    if not (name.startswith("test") and inspect.isgeneratorfunction(obj)):
        return None
    try:
        if inspect.isclass(collector.obj):
            if hasattr(collector.obj, "setup_class"):  # the cases may read what it sets
                collector.obj.setup_class()
            cases = list(obj(collector.obj()))
        else:
            cases = list(obj())
    except unittest.SkipTest:
        return []
    return [
        pytest.Function.from_parent(collector, name=f"{name}_{i}", callobj=_call(*_flat(case)))
        for i, case in enumerate(cases)
    ]


def _flat(case):
    return case if isinstance(case, tuple) else (case,)


def _call(function, *arguments):
    def run():
        function(*arguments)

    return run
