"""``theano.scan_module.scan_op``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.scan.op import Scan, profile_printer
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
