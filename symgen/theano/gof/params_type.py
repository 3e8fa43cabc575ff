"""``theano.gof.params_type``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.link.c.params_type import Params, ParamsType
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
