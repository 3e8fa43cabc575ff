"""``theano.gof.utils``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.traversal import toposort
from pytensor.graph.type import D
from pytensor.graph.utils import (
    MetaObject, MetaObject as object2, MethodNotDefined, Scratchpad as scratchpad,
    add_tag_trace, get_variable_trace_string, simple_extract_stack,
)
from pytensor.utils import (
    difference, flatten, from_return_values, hash_from_code, to_return_values, uniq,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
