"""``theano.scan_module.scan_opt``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.scan.rewriting.db import scan_eqopt1, scan_eqopt2, scan_seqopt1
from pytensor.scan.rewriting.inplace import ScanInplaceOptimizer
from pytensor.scan.rewriting.merge import (
    ScanMerge, has_duplicates, make_equiv, scan_merge_inouts,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
