"""``theano.misc.may_share_memory``: whether two values may lie in the same memory."""

import numpy as np

from symgen.theano._missing import attribute_lookup

__all__ = ["may_share_memory"]

__getattr__ = attribute_lookup(__name__)


def may_share_memory(a, b, raise_other_type=True):
    """Whether the bounds of the memory of `a` and `b` overlap.

    Parameters
    ----------
    a, b : array or SciPy sparse matrix
    raise_other_type : bool
        Raise for other values, rather than say False.

    Raises
    ------
    TypeError
        For other values.
    """
    parts = [_arrays(a), _arrays(b)]
    if None in parts:
        if raise_other_type:
            raise TypeError(
                "may_share_memory supports only ndarray and scipy.sparse; got "
                f"{type(a).__name__} and {type(b).__name__}"
            )
        return False
    return any(np.may_share_memory(one, other) for one in parts[0] for other in parts[1])


def _arrays(value):
    if isinstance(value, np.ndarray):
        return [value]
    names = ("data", "indices", "indptr")
    return [getattr(value, n) for n in names] if all(hasattr(value, n) for n in names) else None
