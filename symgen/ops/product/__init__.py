"""Matrix products in C, panel by panel, without the detour that a BLAS takes."""

from symgen.ops.product.op import ByPanels, twin_by_panels

__all__ = ["ByPanels", "twin_by_panels"]
