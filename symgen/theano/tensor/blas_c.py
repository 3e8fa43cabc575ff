"""``theano.tensor.blas_c``: the matrix-vector product that PyTensor's C backend calls BLAS for."""

try:  # where newer versions of PyTensor have it
    from pytensor.tensor.blas.blas_c import CGemv, cgemv_inplace, cgemv_no_inplace
except ImportError:
    from pytensor.tensor.blas_c import CGemv, cgemv_inplace, cgemv_no_inplace

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
