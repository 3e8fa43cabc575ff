"""``theano.compile.io``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.io import In, Out, SymbolicInput, SymbolicOutput
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
