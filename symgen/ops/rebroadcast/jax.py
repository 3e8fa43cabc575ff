"""Rebroadcast for JAX: a check of lengths, which are always known there."""

from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.ops.rebroadcast.op import Rebroadcast


@jax_funcify.register(Rebroadcast)
def jax_funcify_rebroadcast(op, **kwargs):
    """A function of the array."""

    def rebroadcast(x):
        for axis, broadcastable in op.axes:
            if broadcastable and x.shape[axis] != 1:
                raise ValueError(
                    f"Dimension {axis} in Rebroadcast's input was supposed to be 1 "
                    f"(got {x.shape[axis]} instead)"
                )
        return x

    return rebroadcast
