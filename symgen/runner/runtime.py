"""What the rewritten expressions of a program call."""

import builtins
import decimal
import functools
import math
import operator
import types

import numpy as np

from symgen.runner.rewrite import SIZES

_ROUNDS_DOWN = "/ between integers rounds down, as in Python 2: 7 / 2 is 3"


class Runtime:
    """The helpers of one program.

    Parameters
    ----------
    fixes : Fixes
    pickle : module
        What the program gets for ``pickle`` and ``cPickle``.
    """

    slice = slice

    def __init__(self, fixes, pickle):
        self._fixes, self.pickle = fixes, pickle
        self.math = _python2_math()

    def divide(self, left, right):
        """``left / right`` of Python 2: rounds down when both are integers."""
        if _is_integral(left) and _is_integral(right):
            self._fixes.say("division", _ROUNDS_DOWN)
            return left // right
        return left / right

    def divide_in_place(self, left, right):
        """``left /= right`` of Python 2; returns the new value of `left`."""
        if _is_integral(left) and _is_integral(right):
            self._fixes.say("division", _ROUNDS_DOWN)
            return operator.ifloordiv(left, right)
        return operator.itruediv(left, right)

    def item(self, container, index):
        """``container[index]``, as NumPy once read the index of an array; see :meth:`key`."""
        try:
            return container[index]
        except (IndexError, TypeError):
            key = self.key(container, index)
            if key is index:
                raise
        return container[key]

    def key(self, container, index):
        """Return `index` as NumPy once read it, when `container` is an array.

        Its whole floats are integers, and a list with slices is a tuple.
        """
        if not isinstance(container, np.ndarray):
            return index
        key = _whole(index)
        if key is not index:
            self._fixes.say("floats", "a whole float serves as an index: x[3.0] is x[3]")
        if isinstance(key, list) and any(_is_for_tuples(part) for part in key):
            self._fixes.say("floats", "a list with slices serves as an index: x[[a, b]] is x[a, b]")
            return tuple(key)
        return key

    def with_sizes(self, name, function, /, *arguments, **keywords):
        """``function(*arguments, **keywords)``, again with integers where sizes are whole floats."""
        try:
            return function(*arguments, **keywords)
        except (TypeError, IndexError) as error:
            if "integer" not in str(error) or _in_program(error):
                raise
            again = self._integers(name, function, arguments, keywords)
            if again is None:
                raise
        self._fixes.say("floats", f"a whole float serves as a size: {name}(3.0) is {name}(3)")
        return function(*again[0], **again[1])

    @staticmethod
    def _integers(name, function, arguments, keywords):
        places, names = SIZES[name]
        if isinstance(getattr(function, "__self__", None), np.ndarray) or name != "repeat":
            skip = int(name in ("reshape", "resize") and function in (np.reshape, np.resize))
        else:
            skip = 1
        if places is None or skip:
            places = range(skip, len(arguments))
        new = [_whole(value) if place in places else value
               for place, value in enumerate(arguments)]  # fmt: skip
        new_keywords = {key: _whole(value) if key in names else value
                        for key, value in keywords.items()}  # fmt: skip
        changed = [one is not other for one, other in zip(new, arguments, strict=True)]
        changed += [new_keywords[key] is not keywords[key] for key in keywords]
        return (new, new_keywords) if any(changed) else None

    def to_bytes(self, value):
        """``value.tostring()``, which arrays have lost to ``tobytes``."""
        if isinstance(value, np.ndarray | np.generic) and not hasattr(value, "tostring"):
            self._fixes.say("numpy", "x.tostring() is x.tobytes()")
            return value.tobytes()
        return value.tostring()

    def from_string(self, function, /, *arguments, **keywords):
        """``np.fromstring``, which has lost the reading of bytes to ``np.frombuffer``."""
        separator = arguments[3] if len(arguments) > 3 else keywords.get("sep", "")
        if function is not np.fromstring or separator:
            return function(*arguments, **keywords)
        keywords.pop("sep", None)
        self._fixes.say("numpy", "np.fromstring of bytes is np.frombuffer, copied")
        data, *rest = arguments[:3]
        data = data.encode("latin1") if isinstance(data, str) else data
        return np.frombuffer(data, *rest, **keywords).copy()

    @staticmethod
    def sort(value, /, *arguments, **keywords):
        """``value.sort(…)``, with Python 2's comparison function for a list."""
        if isinstance(value, list) and (arguments or "cmp" in keywords):
            return value.sort(**_sort_arguments(arguments, keywords))
        return value.sort(*arguments, **keywords)

    @staticmethod
    def old_class(kind):
        """Give a class of Python 2 the methods that Python 3 asks for."""
        for old, new in (("div", "truediv"), ("rdiv", "rtruediv"), ("idiv", "itruediv")):
            if f"__{old}__" in vars(kind) and f"__{new}__" not in vars(kind):
                setattr(kind, f"__{new}__", vars(kind)[f"__{old}__"])
        if "__cmp__" in vars(kind):
            for name in ("lt", "le", "gt", "ge", "eq", "ne"):
                if f"__{name}__" not in vars(kind):
                    setattr(kind, f"__{name}__", _comparison(getattr(operator, name)))
            if vars(kind).get("__hash__") is None and "__hash__" not in vars(kind):
                kind.__hash__ = object.__hash__
        return kind

    @staticmethod
    def hashable_class(kind):
        """Undo that Python 3 makes a class with ``__eq__`` and without ``__hash__`` unhashable."""
        if vars(kind).get("__hash__", kind) is None:
            del kind.__hash__
        return kind


def python2_builtins(fixes):
    """Return a module: Python 3's builtins with those of Python 2 that the conversion leaves."""
    module = types.ModuleType("builtins", builtins.__doc__)
    vars(module).update(vars(builtins))
    vars(module).update(
        basestring=str, cmp=_compare, file=_open, long=int, open=_open, raw_input=input,
        reduce=functools.reduce, round=_round, sorted=_sorted, unichr=chr, unicode=str,
        xrange=range,
    )  # fmt: skip
    return module


def _python2_math():
    """``math`` with Python 2's floor and ceil, which return floats (so that ``/`` is exact)."""
    module = types.ModuleType("math", math.__doc__)
    vars(module).update(vars(math))
    module.floor = lambda x: float(math.floor(x)) if math.isfinite(x) else x
    module.ceil = lambda x: float(math.ceil(x)) if math.isfinite(x) else x
    return module


def _is_integral(value):
    if isinstance(value, int):
        return True
    if isinstance(value, float):
        return False
    dtype = getattr(value, "dtype", None)
    if isinstance(dtype, str):  # a symbolic variable
        return dtype.startswith(("int", "uint", "bool"))
    return isinstance(dtype, np.dtype) and dtype.kind in "iub"


def _whole(value):
    """`value` with its whole floats as integers; the same object when there is none."""
    if isinstance(value, float | np.floating):
        return int(value) if value == math.floor(value) else value
    if isinstance(value, tuple | list):
        new = [_whole(part) for part in value]
        if all(one is other for one, other in zip(new, value, strict=True)):
            return value
        return type(value)(new)
    if isinstance(value, slice):
        parts = (value.start, value.stop, value.step)
        new = _whole(parts)
        return value if new is parts else slice(*new)
    return value


def _is_for_tuples(part):
    """Whether it stands in an index for something that an array of indices cannot say."""
    return part is None or part is Ellipsis or isinstance(part, slice)


def _in_program(error):
    """Whether the error comes from inside a Python function, rather than from the call itself."""
    frame = error.__traceback__.tb_next
    while frame is not None:
        package = frame.tb_frame.f_globals.get("__name__", "").partition(".")[0]
        if package != "numpy":
            return True
        frame = frame.tb_next
    return False


def _compare(left, right):
    return (left > right) - (left < right)


def _comparison(operation):
    def compare(self, other):
        return operation(self.__cmp__(other), 0)

    return compare


def _sort_arguments(arguments, keywords):
    """Python 2's ``(cmp, key, reverse)`` as Python 3's keywords."""
    given = dict(zip(("cmp", "key", "reverse"), arguments, strict=False)) | keywords
    compare, key = given.pop("cmp", None), given.pop("key", None)
    if compare is not None:
        by = functools.cmp_to_key(compare)
        given["key"] = by if key is None else lambda value: by(key(value))
    elif key is not None:
        given["key"] = key
    return given


def _sorted(iterable, *arguments, **keywords):
    return sorted(iterable, **_sort_arguments(arguments, keywords))


def _round(number, ndigits=0):
    """Python 2's ``round``: a float, halves away from zero."""
    if not math.isfinite(number):
        return float(number)
    unit = decimal.Decimal(1).scaleb(-ndigits)
    with decimal.localcontext(prec=400):
        exact = decimal.Decimal(float(number))
        return float((exact / unit).quantize(decimal.Decimal(1), decimal.ROUND_HALF_UP) * unit)


def _open(name, mode="r", buffering=-1, **keywords):
    """``open``; text keeps every byte, as Python 2's strings did."""
    mode = mode.replace("U", "") or "r"
    if "b" not in mode:
        keywords = {"encoding": "utf-8", "errors": "surrogateescape"} | keywords
        buffering = -1 if buffering == 0 else buffering
    return open(name, mode, buffering, **keywords)
