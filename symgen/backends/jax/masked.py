"""What ``x[mask]`` stands for on a backend that has to know shapes beforehand."""

import jax.numpy as jnp


class Masked:
    """The elements of ``values`` where ``mask`` holds, not gathered.

    Elementwise functions, sums, products, maxima and minima over all of them, their number, and
    writing them back through the same mask need no gathering.

    Attributes
    ----------
    values : JAX array
        Of the mask's shape, then any further axes.
    mask : boolean JAX array
    """

    def __init__(self, values, mask):
        self.values, self.mask = values, mask

    @property
    def count(self):
        """How many elements the mask selects."""
        return jnp.sum(self.mask, dtype="int64")

    def filled(self, fill):
        """The values, with ``fill`` where the mask does not hold."""
        wide = self.mask.reshape(self.mask.shape + (1,) * (self.values.ndim - self.mask.ndim))
        return jnp.where(wide, self.values, jnp.asarray(fill, self.values.dtype))


class Count:
    """The number of elements that a mask selects, as a dimension of a shape."""

    def __init__(self, masked):
        self.masked = masked
