"""``theano.compat.six.moves.cPickle``: :mod:`pickle`."""

from pickle import (
    HIGHEST_PROTOCOL,
    PickleError,
    Pickler,
    PicklingError,
    Unpickler,
    UnpicklingError,
    dump,
    dumps,
    load,
    loads,
)
