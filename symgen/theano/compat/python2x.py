"""``theano.compat.python2x``: what Python 2.4 to 2.6 lacked; here Python's own."""

from builtins import all, any
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, ValuesView
from collections.abc import MutableMapping as DictMixin
from functools import partial
from itertools import combinations
from itertools import product as itertools_product

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)
