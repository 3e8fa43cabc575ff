"""``theano.configdefaults``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.configdefaults import short_platform
# fmt: on

import struct

from symgen.theano._missing import attribute_lookup
from symgen.theano.configparser import config

__getattr__ = attribute_lookup(__name__)


def local_bitwidth():
    """Return how many bits a pointer has here: 64, or 32."""
    return struct.calcsize("P") * 8


def python_int_bitwidth():
    """Return how many bits C's ``long``, NumPy's former default integer, has here."""
    return struct.calcsize("l") * 8
