"""``theano.scan_module``: loops in a graph; each returns ``(outputs, updates)``, as in Theano."""

import functools
import warnings

from pytensor.scan import basic, checkpoints, views
from pytensor.scan.utils import until

from symgen.theano._missing import attribute_lookup

__all__ = ["foldl", "foldr", "map", "reduce", "scan", "scan_checkpoints", "until"]

__getattr__ = attribute_lookup(__name__)


def _with_updates(loop):
    """`loop` without PyTensor's advice to drop the updates that Theano's programs expect."""

    @functools.wraps(loop)
    def call(*args, **kwargs):
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Scan return signature will change", DeprecationWarning
            )
            return loop(*args, **kwargs)

    call.__module__ = __name__
    return call


scan = _with_updates(basic.scan)
map = _with_updates(views.map)
reduce = _with_updates(views.reduce)
foldl = _with_updates(views.foldl)
foldr = _with_updates(views.foldr)
scan_checkpoints = _with_updates(checkpoints.scan_checkpoints)
