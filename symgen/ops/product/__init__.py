"""Matrix products with few rows, in C without the detour that a BLAS takes."""

from symgen.ops.product.op import FewRows, few_rows_twin

__all__ = ["FewRows", "few_rows_twin"]
