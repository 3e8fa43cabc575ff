"""Max pooling."""

from symgen.layers.parameters import dimensions
from symgen.ops.pool import pool_2d


class MaxPool2D:
    """The largest number in each window of rows and columns.

    Parameters
    ----------
    window : int or pair of int
        Rows and columns.
    stride : int or pair of int, optional
        Distance between windows, by default `window`. Windows that do not lie within the image are
        left out.

    Raises
    ------
    ShapeError, RangeError, DtypeError
        For sizes that cannot be.
    """

    params = ()

    def __init__(self, window, stride=None):
        self.window = dimensions(window, "window", 2)
        self.stride = self.window if stride is None else dimensions(stride, "stride", 2)

    def __call__(self, x):
        """Output for a minibatch.

        Parameters
        ----------
        x : variable, shape (batch, channels, rows, columns)

        Returns
        -------
        variable, shape (batch, channels, (rows - window) // stride + 1, likewise columns)
        """
        return pool_2d(x, ws=self.window, ignore_border=True, stride=self.stride)

    def __repr__(self):
        return f"MaxPool2D({self.window}, stride={self.stride})"
