"""``theano.gpuarray.pool``: the Ops of :mod:`theano.tensor.signal.pool`."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.signal import pool

GpuPool = pool.Pool
GpuMaxPoolGrad = pool.MaxPoolGrad
GpuAveragePoolGrad = pool.AveragePoolGrad
GpuDownsampleFactorMaxGradGrad = pool.DownsampleFactorMaxGradGrad
GpuMaxPoolRop = pool.MaxPoolRop

__getattr__ = attribute_lookup(__name__)
