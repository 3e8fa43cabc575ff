"""``theano.gof.vm``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.link.vm import (
    Loop, Loop as LoopGC, Stack, VM, VMLinker as VM_Linker, calculate_reallocate_info,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
