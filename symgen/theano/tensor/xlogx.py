"""``theano.tensor.xlogx``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.xlogx import xlogx, xlogy0
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
