"""``theano.d3viz``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.d3viz import d3viz, d3write
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
