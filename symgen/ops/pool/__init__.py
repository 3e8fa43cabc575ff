"""Pooling over the last axes of a tensor: maximum, sum and average, as Theano has them."""

from symgen.ops.pool.functions import max_pool_2d_same_size, pool_2d, pool_3d
from symgen.ops.pool.op import AveragePoolGrad, DownsampleFactorMaxGradGrad, MaxPoolGrad, Pool

__all__ = [
    "AveragePoolGrad",
    "DownsampleFactorMaxGradGrad",
    "MaxPoolGrad",
    "Pool",
    "max_pool_2d_same_size",
    "pool_2d",
    "pool_3d",
]
