"""``theano.tensor.extra_ops``: as in PyTensor."""

from pytensor.tensor.extra_ops import (
    Bartlett, CpuContiguous, CumOp, FillDiagonal, FillDiagonalOffset, RavelMultiIndex,
    SearchsortedOp, Unique, UnravelIndex, bartlett, bartlett_, bincount, compress,
    cpu_contiguous, cumprod, cumsum, diff, fill_diagonal, fill_diagonal_, fill_diagonal_offset,
    fill_diagonal_offset_, ravel_multi_index, repeat, searchsorted, squeeze, to_one_hot,
    unravel_index,
)

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
