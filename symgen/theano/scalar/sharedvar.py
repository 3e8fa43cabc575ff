"""``theano.scalar.sharedvar``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.scalar.sharedvar import ScalarSharedVariable, shared
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
