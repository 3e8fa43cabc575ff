"""Parameters that are no layer's."""

import numpy as np
import pytensor


def parameter(name, value, dtype):
    """A shared variable of that name that begins at the array `value`, whose shape stays its own."""
    value = np.asarray(value, dtype)
    return pytensor.shared(value, name=name, shape=value.shape)
