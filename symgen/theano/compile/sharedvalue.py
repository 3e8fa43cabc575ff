"""``theano.compile.sharedvalue``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.sharedvalue import SharedVariable, shared, shared_constructor
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
