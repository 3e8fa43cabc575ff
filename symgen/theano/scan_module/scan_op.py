"""``theano.scan_module.scan_op``: the Op of loops, with what Theano's had beside PyTensor's."""

# fmt: off
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
