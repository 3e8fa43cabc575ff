"""``theano.tensor.signal.downsample``: :mod:`theano.tensor.signal.pool` before Theano 0.9."""

import warnings

from symgen.ops.pool import MaxPoolGrad, Pool, max_pool_2d_same_size, pool_2d
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet._stand_in import StandInOp

__all__ = ["DownsampleFactorMax", "MaxPoolGrad", "max_pool_2d", "max_pool_2d_same_size"]

__getattr__ = attribute_lookup(__name__)


def max_pool_2d(input, ds, ignore_border=None, st=None, padding=(0, 0), mode="max"):
    """Pool windows over the last two axes: ``pool_2d(input, ds, ignore_border, st, padding, mode)``.

    Parameters
    ----------
    input : tensor, shape (..., rows, columns)
    ds : pair of int
        Rows and columns of a window.
    ignore_border : bool, optional
        None warns and takes False, which keeps windows that are cut at the border.
    st : pair of int, optional
        Distance between windows; `ds` by default.
    padding : pair of int
    mode : {"max", "sum", "average_inc_pad", "average_exc_pad"}

    Returns
    -------
    TensorVariable, shape (..., rows', columns')

    Raises
    ------
    ShapeError, RangeError, NotSupportedError
        As :func:`theano.tensor.signal.pool.pool_2d`.
    """
    if ignore_border is None:
        warnings.warn(
            "max_pool_2d() without ignore_border keeps windows cut at the border, as "
            "ignore_border=False does; pass True or False to say which is meant.",
            stacklevel=2,
        )
        ignore_border = False
    return pool_2d(input, ds, ignore_border, st, padding, mode)


class DownsampleFactorMax(StandInOp):
    """``DownsampleFactorMax(ds, ignore_border=False, st=None, padding=(0, 0), mode="max")(x)``.

    Parameters are those of :func:`max_pool_2d`.
    """

    __props__ = ("ds", "ignore_border", "st", "padding", "mode")

    def __init__(self, ds, ignore_border=False, st=None, padding=(0, 0), mode="max"):
        self.ds, self.st = tuple(ds), tuple(ds if st is None else st)
        self.padding, self.mode = tuple(padding), mode
        self.op = Pool(ignore_border, mode)
        self.ignore_border = self.op.ignore_border

    @classmethod
    def recognises(cls, op):
        """symgen's pooling over two axes."""
        return isinstance(op, Pool) and op.ndim == 2

    @staticmethod
    def out_shape(imgshape, ds, ignore_border=False, st=None, padding=(0, 0)):
        """Return the output's shape for an input's: :meth:`symgen.ops.pool.Pool.out_shape`."""
        return Pool.out_shape(imgshape, ds, ignore_border, st, padding)

    def make_graph(self, x):
        """Return the pooled `x`."""
        return self.op(x, self.ds, self.st, self.padding)
