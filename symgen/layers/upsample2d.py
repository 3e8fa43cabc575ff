"""Enlarging images by repetition."""

import pytensor.tensor as pt

from symgen.errors import ShapeError
from symgen.layers.parameters import dimensions


class Upsample2D:
    """Each pixel repeated: the image enlarged by nearest neighbour.

    Parameters
    ----------
    factor : int or pair of int
        Times each row and each column comes.

    Raises
    ------
    ShapeError, RangeError, DtypeError
        For a factor that cannot be.
    """

    params = ()

    def __init__(self, factor=2):
        self.factor = dimensions(factor, "factor", 2)

    def __call__(self, x):
        """Output for a minibatch.

        Parameters
        ----------
        x : variable, shape (batch, channels, rows, columns)

        Returns
        -------
        variable, shape (batch, channels, rows * factor, columns * factor)

        Raises
        ------
        ShapeError
            For another number of dimensions.
        """
        x = pt.as_tensor_variable(x)
        if x.ndim != 4:
            raise ShapeError(
                f"an input of shape (batch, channels, rows, columns) for {self!r}",
                f"{x.type}",
                "Make images of the rows with Reshape.",
            )
        for axis, factor in zip((2, 3), self.factor, strict=True):
            x = pt.repeat(x, factor, axis=axis)
        return x

    def __repr__(self):
        return f"Upsample2D({self.factor})"
