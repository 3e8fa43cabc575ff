"""``theano.tensor.signal.pool``: maximum, sum and average over windows of images."""

from symgen.ops.pool import (
    AveragePoolGrad,
    DownsampleFactorMaxGradGrad,
    MaxPoolGrad,
    Pool,
    max_pool_2d_same_size,
    pool_2d,
    pool_3d,
)
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet._stand_in import StandInOp

__all__ = [
    "AveragePoolGrad",
    "DownsampleFactorMaxGradGrad",
    "MaxPoolGrad",
    "MaxPoolRop",
    "Pool",
    "PoolGrad",
    "max_pool_2d_same_size",
    "pool_2d",
    "pool_3d",
]

__getattr__ = attribute_lookup(__name__)


class PoolGrad(StandInOp):
    """What Theano's gradients of poolings derive from, for ``isinstance(node.op, PoolGrad)``."""

    @classmethod
    def recognises(cls, op):
        """The gradient of a maximum, or of a sum or average."""
        return isinstance(op, MaxPoolGrad | AveragePoolGrad)


class MaxPoolRop(StandInOp):
    """``MaxPoolRop(ignore_border)(inp, eval_point, ws, stride=None, pad=None)``.

    The derivative of a max-pooling along a direction: the sum, over the elements that equal the
    maximum of their window, of the direction's elements there.

    Parameters
    ----------
    ignore_border : bool
    mode : {"max"}
    ndim : int
    """

    __props__ = ("ignore_border", "mode", "ndim")

    def __init__(self, ignore_border=False, mode="max", ndim=2):
        self.pool = Pool(ignore_border, mode, ndim)
        self.along = DownsampleFactorMaxGradGrad(ignore_border, mode, ndim)
        self.ignore_border, self.mode, self.ndim = self.pool.ignore_border, mode, ndim

    def make_graph(self, inp, eval_point, ws, stride=None, pad=None):
        """Return the derivative."""
        return self.along(inp, self.pool(inp, ws, stride, pad), eval_point, ws, stride, pad)
