"""``theano.tensor.subtensor``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.tensor.exceptions import AdvancedIndexingError
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor, AdvancedSubtensor, IncSubtensor, Subtensor, SubtensorPrinter,
    advanced_inc_subtensor, advanced_inc_subtensor1, advanced_set_subtensor,
    advanced_set_subtensor1, advanced_subtensor, advanced_subtensor1, get_canonical_form_slice,
    get_idx_list, inc_subtensor, set_subtensor, take,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
