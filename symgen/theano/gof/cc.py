"""``theano.gof.cc``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.link.c.basic import (
    CLinker, CodeBlock, DualLinker, OpWiseCLinker, apply_policy, code_gen, failure_code,
    failure_code_init, get_c_cleanup, get_c_declare, get_c_extract, get_c_extract_out,
    get_c_init, get_c_sync, get_module_cache, get_nothing, struct_gen,
    struct_variable_codeblocks,
)
from pytensor.link.c.interface import HideC
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
