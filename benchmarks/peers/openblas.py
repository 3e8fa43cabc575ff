"""Flags that link the OpenBLAS of the ``scipy-openblas32`` wheel: for Theano and older PyTensor.

The wheel's symbols have a prefix, of which the compiler is told. A comma would end a flag of Theano's
and PyTensor's, so the path for the loader goes by ``-Xlinker``.
"""

import scipy_openblas32

_NAMES = ("gemm", "gemv", "ger", "dot", "axpy", "scal", "copy", "nrm2", "asum", "swap", "trsm")


def ldflags():
    """What ``blas.ldflags`` is to be."""
    folder = scipy_openblas32.get_lib_dir()
    symbols = " ".join(f"-D{kind}{name}_=scipy_{kind}{name}_" for name in _NAMES for kind in "sd")
    return f"-L{folder} -lscipy_openblas -Xlinker -rpath={folder} {symbols}"
