"""``theano.compile.nanguardmode``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.debug.nanguardmode import (
    NanGuardMode, contains_inf, contains_nan, flatten,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
