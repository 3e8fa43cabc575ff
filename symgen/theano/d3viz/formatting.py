"""``theano.d3viz.formatting``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.d3viz.formatting import (
    PyDotFormatter, apply_label, apply_profile, broadcastable_to_str, dict_to_pdnode,
    dtype_to_char, type_to_str, var_label, var_tag,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
