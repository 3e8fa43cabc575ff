"""Arrays on their way to the device and back, counted."""

import jax
import numpy as np

from symgen.backends.device import register_array_type, transfers


def to_numpy(array):
    """A NumPy array that owns its memory."""
    return np.array(array)


def to_device(value, device):
    """A JAX array on `device` that shares no memory with `value`; counted if it had to move."""
    if isinstance(value, jax.Array):
        return value if value.devices() == {device} else jax.device_put(value, device)
    value = np.array(value)  # JAX may keep the memory that it is given, and later write into it
    transfers.to_device(value)
    return jax.device_put(value, device)


register_array_type(type(jax.device_put(np.zeros(()))), to_numpy)
