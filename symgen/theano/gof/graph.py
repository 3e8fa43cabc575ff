"""``theano.gof.graph``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.basic import (
    Apply, Constant, Node, Variable, as_string, clone, clone_get_equiv, default_node_formatter,
    equal_computations, op_as_string,
)
from pytensor.graph.op import io_connection_pattern
from pytensor.graph.traversal import (
    ancestors, apply_depends_on as is_in_ancestors, applys_between as list_of_nodes,
    applys_between as ops, general_toposort, graph_inputs as inputs, io_toposort,
    orphans_between as orphans, vars_between as variables, vars_between as
    variables_and_orphans, walk as stack_search,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
