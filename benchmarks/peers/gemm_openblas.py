"""Floor: the step's matrix products alone, by the OpenBLAS of the ``scipy-openblas32`` wheel."""

import ctypes

import numpy as np
import scipy_openblas32

from benchmarks.peers import repeat
from benchmarks.workloads import ALL as NAMES
from benchmarks.workloads.gemm import with_own_matrices

_ROW_MAJOR, _PLAIN, _TRANSPOSED = 101, 111, 112  # cblas.h
_library = None


def versions(threads):
    """Load the library, set its thread count."""
    global _library
    folder = scipy_openblas32.get_lib_dir()
    _library = ctypes.CDLL(folder + "/" + scipy_openblas32.get_library(fullname=True))
    _library.scipy_openblas_set_num_threads(ctypes.c_int(threads))
    _library.scipy_openblas_get_config.restype = ctypes.c_char_p
    return {"framework": _library.scipy_openblas_get_config().decode().strip()}


def fetch(value):
    """The value as a float."""
    return float(value)


def _pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def build(spec, parameters, data, noise):
    """Multiply matrices of the step's shapes."""
    rng = np.random.default_rng(0)
    sgemm = _library.scipy_cblas_sgemm
    sgemm.restype = None
    integer, real, matrix = ctypes.c_int, ctypes.c_float, [ctypes.c_void_p, ctypes.c_int]
    sgemm.argtypes = [*[integer] * 6, real, *matrix, *matrix, real, *matrix]
    calls, keep = [], []
    own = with_own_matrices(spec.GEMMS)
    for gemm in own:
        a = rng.random((gemm.k, gemm.m) if gemm.transpose_a else (gemm.m, gemm.k), "float32")
        b = rng.random((gemm.n, gemm.k) if gemm.transpose_b else (gemm.k, gemm.n), "float32")
        c = np.empty((gemm.m, gemm.n), "float32")
        keep.append((a, b, c))
        calls.append(
            (
                _ROW_MAJOR,
                _TRANSPOSED if gemm.transpose_a else _PLAIN,
                _TRANSPOSED if gemm.transpose_b else _PLAIN,
                gemm.m,
                gemm.n,
                gemm.k,
                1.0,
                _pointer(a),
                a.shape[1],
                _pointer(b),
                b.shape[1],
                0.0,
                _pointer(c),
                c.shape[1],
            )
        )

    calls *= len(spec.GEMMS) // len(own)

    def step(i):
        for arguments in calls:
            sgemm(*arguments)
        return keep[-1][2][0, 0]

    return repeat(step)


WORKLOADS = {name: build for name in NAMES}
