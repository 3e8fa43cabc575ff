"""Layers: callables that own their parameters.

``layer(x)`` gives the symbolic output, ``layer.params`` the list of shared variables, each with
a name such as ``encoder.W``.
"""

from symgen.layers.dense import Dense
from symgen.layers.masked_dense import MaskedDense, autoregressive_mask, spread_degrees
from symgen.layers.sequential import Sequential

__all__ = ["Dense", "MaskedDense", "Sequential", "autoregressive_mask", "spread_degrees"]
