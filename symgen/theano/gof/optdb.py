"""``theano.gof.optdb``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.rewriting.db import (
    EquilibriumDB, LocalGroupDB, ProxyDB, RewriteDatabase as DB, RewriteDatabaseQuery as Query,
    SequenceDB, TopoDB,
)
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
