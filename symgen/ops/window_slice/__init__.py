"""A slice of constant length that starts anywhere: the minibatch ``X[i * B : (i + 1) * B]``."""

from symgen.ops.window_slice.op import WindowSlice

__all__ = ["WindowSlice"]
