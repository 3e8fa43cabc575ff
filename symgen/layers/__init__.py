"""Layers: callables that own their parameters.

``layer(x)`` gives the symbolic output, ``layer.params`` the list of shared variables, each with
a name such as ``encoder.W``.
"""

from symgen.layers.dense import Dense
from symgen.layers.sequential import Sequential

__all__ = ["Dense", "Sequential"]
