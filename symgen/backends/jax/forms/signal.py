"""PyTensor's two-dimensional convolution."""

import jax
import numpy as np
from pytensor.tensor.signal.conv import Convolve2d

from symgen.backends.jax.convert import form, needs_host, on_host


@form.register(Convolve2d)
def convolve_2d_form(op, node):
    """Convolution of two matrices, "full" or "valid"."""

    def convolve_2d(a, b, full_mode):
        if not on_host(full_mode):
            raise needs_host(op, "the mode")
        mode = "full" if np.all(full_mode) else "valid"
        return jax.scipy.signal.convolve2d(a, b, mode=mode, precision="highest")

    return convolve_2d
