"""Rebroadcast for PyTorch: a check of lengths, which are always known there."""

from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.ops.rebroadcast.op import Rebroadcast


@pytorch_funcify.register(Rebroadcast)
def pytorch_funcify_rebroadcast(op, **kwargs):
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
