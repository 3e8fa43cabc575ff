"""``theano.tensor.type``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.type import (
    values_eq_approx, values_eq_approx_always_true, values_eq_approx_remove_inf,
    values_eq_approx_remove_inf_nan, values_eq_approx_remove_nan,
)
# fmt: on

from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor._classes import TensorType

__getattr__ = attribute_lookup(__name__)
