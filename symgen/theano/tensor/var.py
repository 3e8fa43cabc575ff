"""``theano.tensor.var``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.var import TensorConstant, TensorConstantSignature, TensorVariable
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
