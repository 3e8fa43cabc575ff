"""``theano.gof.type``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.graph.type import Type as PureType, Type
from pytensor.link.c.interface import CLinkerType
from pytensor.link.c.type import (
    CDataType, CDataTypeConstant, CEnumType, EnumList, EnumType, Generic, generic,
)
from pytensor.utils import Singleton as SingletonType
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
