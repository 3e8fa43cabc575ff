"""``theano.compile.builders``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.builders import OpFromGraph
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
