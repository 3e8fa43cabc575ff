"""Random numbers from the states of ``numpy.random.RandomState``, as Theano has them."""

from symgen.ops.random_state import rewrites as rewrites
from symgen.ops.random_state.op import RandomFunction
from symgen.ops.random_state.type import RandomStateType, copy_state, random_state_type

__all__ = ["RandomFunction", "RandomStateType", "copy_state", "random_state_type"]
