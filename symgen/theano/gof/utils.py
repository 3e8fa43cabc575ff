"""``theano.gof.utils``: PyTensor's objects under Theano's names, and small helpers."""

import functools
import hashlib
import warnings

# fmt: off
from pytensor.graph.traversal import toposort
from pytensor.graph.type import D
from pytensor.graph.utils import (
    MetaObject, MetaObject as object2, MethodNotDefined, Scratchpad as scratchpad,
    add_tag_trace, get_variable_trace_string, simple_extract_stack,
)
from pytensor.utils import (
    difference, flatten, from_return_values, hash_from_code, to_return_values, uniq,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


class TestValueError(Exception):
    """An example of ``config.compute_test_value`` is wrong."""


class undef:
    """A value that is not there."""


def deprecated(filename, msg=""):
    """Return a decorator of functions that warn at their first call, naming `filename`."""

    def decorate(function):
        said = []

        @functools.wraps(function)
        def call(*args, **kwargs):
            if not said:
                said.append(True)
                warnings.warn(
                    f"{function.__name__} in {filename} is deprecated. {msg}", stacklevel=2
                )
            return function(*args, **kwargs)

        return call

    return decorate


def memoize(f):
    """Return `f` with its results kept by its arguments, which are hashable."""
    kept = {}

    @functools.wraps(f)
    def call(*args, **kwargs):
        key = (args, tuple(kwargs.items()))
        if key not in kept:
            kept[key] = f(*args, **kwargs)
        return kept[key]

    return call


def remove(predicate, coll):
    """Return the items of `coll` for which `predicate` is false, as a list."""
    return [item for item in coll if not predicate(item)]


def unique(x):
    """Whether the items of `x`, which are hashable, all differ."""
    return len(set(x)) == len(x)


def hist(coll):
    """Return how often each item is in `coll`."""
    counts = {}
    for item in coll:
        counts[item] = counts.get(item, 0) + 1
    return counts


def hash_from_file(file_path):
    """Return the SHA-256 digest of a file's bytes, in hexadecimal."""
    with open(file_path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def hash_from_dict(d):
    """Return a digest of a dict whose keys can be sorted."""
    items = repr(sorted((repr(k), repr(v)) for k, v in d.items()))
    return hashlib.sha256(items.encode()).hexdigest()


def give_variables_names(variables):
    """Give those of `variables` a number as a name that have none or share one."""
    names = [variable.name for variable in variables]
    for i, variable in enumerate(variables):
        if not variable.name or names.count(variable.name) > 1:
            variable.name = f"{variable.name or ''}_{i}"


#: Words that no variable in C code may be named.
c_cpp_keywords = frozenset(
    "alignas alignof and asm auto bool break case catch char class const constexpr const_cast "
    "continue decltype default delete do double dynamic_cast else enum explicit export extern "
    "false float for friend goto if inline int long mutable namespace new noexcept not nullptr "
    "operator or private protected public register reinterpret_cast restrict return short signed "
    "sizeof static static_assert static_cast struct switch template this thread_local throw true "
    "try typedef typeid typename union unsigned using virtual void volatile wchar_t while "
    "xor".split()
)
