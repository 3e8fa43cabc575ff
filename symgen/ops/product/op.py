"""PyTensor's matrix products, whose C code has a way of its own for few rows."""

from pytensor.tensor.blas import Dot22, Dot22Scalar, Gemm

from symgen.ops.product.c import SUPPORT_CODE, with_few_rows


class FewRows:
    """What makes one of PyTensor's products a product for few rows.

    Where the left factor has few rows and the right one is laid out in rows, float32 numbers are
    multiplied in the C code of :mod:`symgen.ops.product.c`; the BLAS does all else.
    """

    def c_support_code(self, **kwargs):
        """PyTensor's, and the product."""
        return super().c_support_code(**kwargs) + SUPPORT_CODE

    def c_code(self, node, name, inputs, outputs, sub):
        """PyTensor's, with the other product."""
        return with_few_rows(super().c_code(node, name, inputs, outputs, sub))

    def c_code_cache_version(self):
        """PyTensor's version and ours."""
        version = super().c_code_cache_version()
        return (*version, "few rows", 2) if version else version


class Dot22OfFewRows(FewRows, Dot22):
    """``dot(x, y)``."""


class Dot22ScalarOfFewRows(FewRows, Dot22Scalar):
    """``a * dot(x, y)``."""


class GemmOfFewRows(FewRows, Gemm):
    """``b * z + a * dot(x, y)``."""


def few_rows_twin(op):
    """The same product as an Op with the other C code; None for an `op` that has no such twin."""
    if type(op) is Gemm:
        return GemmOfFewRows(op.inplace)
    return {Dot22: Dot22OfFewRows, Dot22Scalar: Dot22ScalarOfFewRows}.get(type(op), lambda: None)()
