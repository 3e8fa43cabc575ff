"""PyTensor's convolutions of two vectors and of two matrices."""

import jax
import jax.numpy as jnp
import numpy as np
from pytensor.tensor.signal.conv import Convolve1d, Convolve2d

from symgen.backends.jax.convert import form, needs_host, on_host


@form.register(Convolve1d)
def convolve_1d_form(op, node):
    """Convolution of two vectors, "full" or "valid"."""
    return lambda a, b, full_mode: jnp.convolve(
        a, b, mode=_mode(op, full_mode), precision="highest"
    )


@form.register(Convolve2d)
def convolve_2d_form(op, node):
    """Convolution of two matrices, "full" or "valid"."""

    def convolve_2d(a, b, full_mode):
        return jax.scipy.signal.convolve2d(a, b, mode=_mode(op, full_mode), precision="highest")

    return convolve_2d


def _mode(op, full_mode):
    if not on_host(full_mode):
        raise needs_host(op, "the mode")
    return "full" if np.all(full_mode) else "valid"
