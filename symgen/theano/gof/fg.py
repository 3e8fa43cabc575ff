"""``theano.gof.fg``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.null_type import NullType
from pytensor.graph.utils import InconsistencyError, MissingInputError
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
