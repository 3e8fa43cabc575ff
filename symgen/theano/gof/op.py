"""``theano.gof.op``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.op import Op, Op as PureOp
from pytensor.link.c.interface import CLinkerObject, CLinkerOp
from pytensor.link.c.op import ExternalCOp as COp, OpenMPOp
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
