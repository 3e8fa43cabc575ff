"""PyTensor's matrix products, whose C code multiplies panel by panel where that is faster."""

from pytensor.tensor.blas import Dot22, Dot22Scalar, Gemm

from symgen.ops.product.c import (
    HEADERS,
    SUPPORT_CODE,
    VERSION,
    with_product,
    without_copy_of_z,
)


class ByPanels:
    """What makes one of PyTensor's products a product by panels.

    Float32 matrices are multiplied by the C code of :mod:`symgen.ops.product.c`, those of a few
    columns by the BLAS.
    """

    def c_headers(self, **kwargs):
        """PyTensor's, and those of the threads."""
        return [*super().c_headers(**kwargs), *HEADERS]

    def c_support_code(self, **kwargs):
        """PyTensor's, and the product."""
        return super().c_support_code(**kwargs) + SUPPORT_CODE

    def c_code(self, node, name, inputs, outputs, sub):
        """PyTensor's, with the other product."""
        return with_product(super().c_code(node, name, inputs, outputs, sub))

    def c_code_cache_version(self):
        """PyTensor's version and ours."""
        version = super().c_code_cache_version()
        return (*version, "by panels", VERSION) if version else version


class Dot22ByPanels(ByPanels, Dot22):
    """``dot(x, y)``."""


class Dot22ScalarByPanels(ByPanels, Dot22Scalar):
    """``a * dot(x, y)``."""


class GemmByPanels(ByPanels, Gemm):
    """``b * z + a * dot(x, y)``."""

    def c_code(self, node, name, inputs, outputs, sub):
        """PyTensor's, without a copy of z where the product is not in place."""
        code = super().c_code(node, name, inputs, outputs, sub)
        # A call that failed before its product may have left its z.
        return "product_z = NULL;\n" + without_copy_of_z(code, inputs[0], outputs[0])


def twin_by_panels(op):
    """The same product as an Op with the other C code; None for an `op` that has no such twin."""
    if type(op) is Gemm:
        return GemmByPanels(op.inplace)
    twins = {Dot22: Dot22ByPanels, Dot22Scalar: Dot22ScalarByPanels}
    return twins[type(op)]() if type(op) in twins else None
