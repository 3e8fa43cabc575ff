"""Change what a graph knows of lengths 1, and nothing else."""

from symgen.ops.rebroadcast.op import Rebroadcast

__all__ = ["Rebroadcast"]
