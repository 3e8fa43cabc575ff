"""``theano.scan_module.scan_op``: the Op of loops, with what Theano's had beside PyTensor's."""

import functools

# fmt: off
from pytensor.graph.basic import Apply
from pytensor.scan.op import Scan, profile_printer
# fmt: on

from symgen.theano._missing import attribute_lookup

__all__ = ["Scan", "profile_printer"]

__getattr__ = attribute_lookup(__name__)

for _name, _read in {
    "inputs": lambda op: op.inner_inputs,
    "outputs": lambda op: op.inner_outputs,
    "var_mappings": lambda op: op.get_oinp_iinp_iout_oout_mappings(),
}.items():
    if not hasattr(Scan, _name):
        setattr(Scan, _name, property(_read))


def _of_node(method, part):
    """`method` of a list of variables, which takes a node too, for its `part`."""

    @functools.wraps(method)
    def call(self, variables, **keywords):
        found = getattr(variables, part) if isinstance(variables, Apply) else variables
        return method(self, found, **keywords)

    return call


for _name in [name for name in dir(Scan) if name.startswith("outer_")]:
    _method = getattr(Scan, _name)
    if callable(_method) and not hasattr(_method, "__wrapped__"):
        setattr(Scan, _name, _of_node(_method, "outputs" if _name.endswith("_outs") else "inputs"))
