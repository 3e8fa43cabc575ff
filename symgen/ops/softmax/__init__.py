"""Softmax and its logarithm over the last axes, in C: PyTensor 3.0 runs them in Python."""

from symgen.ops.softmax.op import TrailingSoftmax

__all__ = ["TrailingSoftmax"]
