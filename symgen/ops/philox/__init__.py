"""Random numbers from a counter: the same draws on every backend, the state an ordinary array."""

from symgen.ops.philox.op import PhiloxDraw, initial_state

__all__ = ["PhiloxDraw", "initial_state"]
