"""Reading and writing at integer arrays, in C: PyTensor runs most of these in Python."""

from symgen.ops.indexing.op import Gather, Scatter

__all__ = ["Gather", "Scatter"]
