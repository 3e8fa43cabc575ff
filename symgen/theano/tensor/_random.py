"""``T.random_normal``: a name that Theano never had, but that programs written for it use."""

import warnings

import numpy as np
import pytensor
from pytensor.tensor import as_tensor_variable, random, specify_shape

from symgen.errors import ShapeError


def random_normal(size, avg=0.0, std=1.0, ndim=None, dtype=None, seed=None):
    """Draw from a normal distribution with mean `avg` and standard deviation `std`.

    Each call of a function that is compiled from the result draws afresh: the state of the
    generator is a shared variable with a ``default_update``, which ``theano.function`` applies.

    Parameters
    ----------
    size : tuple of int or int scalars, or symbolic int vector
        Shape of the result, for example ``mean.shape``.
    avg, std : float or tensor
        Broadcast against `size`.
    ndim : int, optional
        Number of dimensions; needed only where `size` is a vector of unknown length.
    dtype : str, optional
        ``"float32"`` or ``"float64"``; the default is ``theano.config.floatX``.
    seed : int, optional
        Start of this variable's stream; the default is fresh entropy.

    Returns
    -------
    TensorVariable, shape `size`

    Raises
    ------
    ShapeError
        When the number of dimensions is not known, or `ndim` is not the length of `size`.

    Examples
    --------
    >>> import symgen.theano.tensor as T
    >>> mean = T.matrix("mean")
    >>> T.random_normal(size=mean.shape).ndim
    2
    """
    if hasattr(size, "type"):
        length = as_tensor_variable(size).type.shape[0]
        if length is None and ndim is None:
            raise ShapeError("size of known length", f"{size}", "Pass ndim=, its length.")
        if length is None:
            size = specify_shape(size, (ndim,))
    else:
        length = len(size)
    if None not in (length, ndim) and length != ndim:
        raise ShapeError(f"size of length ndim={ndim}", f"one of length {length}", "Drop ndim=.")
    rng = pytensor.shared(np.random.default_rng(seed), name="random_normal_state")
    next_rng, draw = random.normal(
        avg,
        std,
        size=size,
        rng=rng,
        dtype=pytensor.config.floatX if dtype is None else dtype,
        return_next_rng=True,
    )
    with warnings.catch_warnings():
        # Theano's mechanism, which PyTensor keeps but advises against.
        warnings.filterwarnings(
            "ignore", "Setting default_update is deprecated", DeprecationWarning
        )
        rng.default_update = next_rng
    return draw
