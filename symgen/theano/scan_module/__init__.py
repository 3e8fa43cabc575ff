"""``theano.scan_module``: loops in a graph; each returns ``(outputs, updates)``, as in Theano."""

import functools
import warnings

from pytensor.scan import basic, checkpoints, views
from pytensor.scan.utils import until

from symgen.theano import _test_values
from symgen.theano._missing import attribute_lookup
from symgen.theano.scan_module.scan_utils import clone
from symgen.theano.updates import OrderedUpdates

__all__ = ["clone", "foldl", "foldr", "map", "reduce", "scan", "scan_checkpoints", "until"]

__getattr__ = attribute_lookup(__name__)


def _with_updates(loop):
    """`loop`, which returns its updates, without PyTensor's advice to drop them."""

    @functools.wraps(loop)
    def call(*args, **kwargs):
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Scan return signature will change", DeprecationWarning
            )
            if _test_values.action() != "off":
                with _test_values.lenient():
                    outputs, updates = loop(*args, **kwargs)
            else:
                outputs, updates = loop(*args, **kwargs)
        return outputs, OrderedUpdates(updates)

    call.__module__ = __name__
    return call


scan = _with_updates(basic.scan)
map = _with_updates(views.map)
reduce = _with_updates(views.reduce)
foldl = _with_updates(views.foldl)
foldr = _with_updates(views.foldr)
scan_checkpoints = _with_updates(checkpoints.scan_checkpoints)
