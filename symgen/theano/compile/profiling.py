"""``theano.compile.profiling``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.compile.debug.profiling import (
    ProfileStats, print_global_stats, register_profiler_printer, total_fct_exec_time,
    total_time_linker,
)
from pytensor.scan.utils import ScanProfileStats
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
