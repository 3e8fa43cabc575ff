"""``theano.tensor.opt_uncanonicalize``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.rewriting.basic import local_dimshuffle_alloc
from pytensor.tensor.rewriting.uncanonicalize import (
    local_alloc_dimshuffle, local_dimshuffle_subtensor, local_max_to_min,
    local_reshape_dimshuffle,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
