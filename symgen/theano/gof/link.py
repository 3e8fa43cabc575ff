"""``theano.gof.link``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.link.basic import (
    Container, Linker, LocalLinker, PerformLinker, WrapLinker, WrapLinkerMany,
)
from pytensor.link.utils import gc_helper, map_storage, raise_with_op, streamline
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
