"""``theano.tensor.sharedvar``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.sharedvar import (
    ScalarSharedVariable, TensorSharedVariable, load_shared_variable, scalar_constructor,
    tensor_constructor,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
