"""The window slice for JAX; importing this file teaches it to PyTensor's JAX backend.

JAX moves a window that is not wholly inside back into the array. symgen's own JAX backend checks
the start; plain PyTensor's does not.
"""

from jax import lax
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.ops.window_slice.op import WindowSlice


@jax_funcify.register(WindowSlice)
def jax_funcify_window_slice(op, **kwargs):
    """A function (x, start) -> window."""

    def window_slice(x, start):
        return lax.dynamic_slice_in_dim(x, start, op.length, op.axis)

    return window_slice
