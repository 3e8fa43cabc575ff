"""``theano.compile.monitormode``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.debug.monitormode import MonitorMode, detect_nan
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
