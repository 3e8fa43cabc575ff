"""Many training steps in one call: a file for each way of running them."""

from symgen.backends.epoch.compile import compile_epoch

__all__ = ["compile_epoch"]
