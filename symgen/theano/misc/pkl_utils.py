"""``theano.misc.pkl_utils``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.misc.pkl_utils import StripPickler, min_recursion
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
