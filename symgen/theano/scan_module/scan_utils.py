"""``theano.scan_module.scan_utils``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.basic import equal_computations
from pytensor.graph.replace import clone_replace as clone
from pytensor.scan.basic import get_updates_and_outputs
from pytensor.scan.utils import (
    ScanArgs as scan_args, Validator, expand_empty, forced_replace, reconstruct_graph, safe_new,
    until,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
