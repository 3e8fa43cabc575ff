"""``theano.tensor.sharedvar``: shared arrays."""

from pytensor.compile.sharedvalue import SharedVariable  # noqa: F401
from pytensor.tensor.sharedvar import (
    TensorSharedVariable,
    load_shared_variable,
    scalar_constructor,
    tensor_constructor,
)

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)

ScalarSharedVariable = TensorSharedVariable  # PyTensor has one class for both
