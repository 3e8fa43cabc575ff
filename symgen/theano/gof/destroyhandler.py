"""``theano.gof.destroyhandler``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.destroyhandler import DestroyHandler, ProtocolError
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
