"""``theano.misc.safe_asarray``: arrays of a dtype that is asked for."""

import numpy as np

from symgen.theano._missing import attribute_lookup
from symgen.theano.configparser import config

__getattr__ = attribute_lookup(__name__)


def _asarray(a, dtype, order=None):
    """Return `a` as an array of `dtype`; ``"floatX"`` is ``config.floatX``.

    Parameters
    ----------
    a : array_like
    dtype : str or numpy dtype
    order : {None, "C", "F", "A", "K"}
        As in ``numpy.asarray``.
    """
    return np.asarray(a, dtype=config.floatX if str(dtype) == "floatX" else dtype, order=order)
