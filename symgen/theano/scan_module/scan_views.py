"""``theano.scan_module.scan_views``: PyTensor's objects under Theano's names."""

# fmt: off
from pytensor.scan.views import foldl, foldr, map, reduce
# fmt: on

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
