"""Rebroadcast for Numba: a check of lengths."""

from hashlib import sha256

from pytensor.link.numba.dispatch import basic as numba_basic
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from symgen.ops.rebroadcast.op import Rebroadcast


@register_funcify_and_cache_key(Rebroadcast)
def numba_funcify_rebroadcast(op, node, **kwargs):
    """A compiled function of the array, and the key of its cache."""
    axes = tuple(axis for axis, broadcastable in op.axes if broadcastable)

    if axes:

        @numba_basic.numba_njit
        def rebroadcast(x):
            for axis in axes:
                if x.shape[axis] != 1:
                    raise ValueError("Rebroadcast's input was supposed to be of length 1")
            return x

    else:

        @numba_basic.numba_njit
        def rebroadcast(x):
            return x

    return rebroadcast, sha256(f"{type(op)}{op.axes}1".encode()).hexdigest()
