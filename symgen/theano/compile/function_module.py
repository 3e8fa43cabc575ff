"""``theano.compile.function_module``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.aliasing import (
    Supervisor, add_supervisor_to_fgraph as std_fgraph, alias_root, infer_reuse_pattern,
    insert_deepcopy, view_tree_set,
)
from pytensor.compile.executor import AliasedMemoryError, DUPLICATE, Function
from pytensor.compile.maker import FunctionMaker
from pytensor.compile.rebuild import UnusedInputError
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
