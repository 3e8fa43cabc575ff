"""``theano.compile.debugmode``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.debug.debugmode import (
    BadDestroyMap, BadOptimization, BadThunkOutput, BadViewMap, DataDestroyed, DebugMode,
    DebugModeError, InvalidValueError, StochasticOrder, check_eq, data_destroyed,
    default_make_thunk,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
