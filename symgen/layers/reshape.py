"""Layers that only rearrange: rows to images and back."""

from math import prod

import pytensor.tensor as pt

from symgen.errors import ShapeError
from symgen.layers.parameters import dimensions


class Reshape:
    """Each example in another shape: ``(batch, 784)`` to ``(batch, 1, 28, 28)``.

    Parameters
    ----------
    shape : tuple of int
        Without the batch.

    Raises
    ------
    ShapeError, RangeError, DtypeError
        For a `shape` that is none.
    """

    params = ()

    def __init__(self, shape):
        self.shape = dimensions(shape, "shape")

    def __call__(self, x):
        """Output for a minibatch.

        Parameters
        ----------
        x : variable, shape (batch, ...)
            With as many numbers in an example as `shape` has.

        Returns
        -------
        variable, shape (batch, *shape)

        Raises
        ------
        ShapeError
            When an example is known to have more or fewer numbers.
        """
        x = pt.as_tensor_variable(x)
        known = x.type.shape[1:]
        if x.ndim < 1 or None not in known and prod(known) != prod(self.shape):
            raise ShapeError(
                f"examples of {prod(self.shape)} numbers for {self!r}",
                f"{x.type}",
                "Make the layer for the size of one example.",
            )
        return x.reshape((x.shape[0], *self.shape))

    def __repr__(self):
        return f"Reshape({self.shape})"


class Flatten:
    """Each example as one row: ``(batch, channels, rows, columns)`` to a matrix."""

    params = ()

    def __call__(self, x):
        """Output for a minibatch.

        Parameters
        ----------
        x : variable, shape (batch, ...)

        Returns
        -------
        variable, shape (batch, product of the others)

        Raises
        ------
        ShapeError
            For a scalar.
        """
        x = pt.as_tensor_variable(x)
        if x.ndim < 1:
            raise ShapeError("an input of shape (batch, ...)", f"{x.type}", "Give it a batch axis.")
        known = x.type.shape[1:]
        return x.reshape((x.shape[0], -1 if None in known else prod(known)))

    def __repr__(self):
        return "Flatten()"
