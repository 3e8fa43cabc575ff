"""First values of parameters: functions ``initializer(shape, rng, dtype) -> ndarray``.

A setting other than the default is given with ``functools.partial(normal, std=0.02)``.

Common parameters
-----------------
shape : tuple of int
    ``(fan_in, fan_out)`` for the weights of a dense layer, ``(out_channels, in_channels, rows,
    columns)`` and the like for filters, where a fan counts the elements of the filter too.
rng : numpy.random.Generator
    Source of the numbers. Draws are float64 and are rounded to ``dtype``, so that one seed gives
    the same values in float32 and float64 but for rounding. ``zeros``, ``ones`` and ``constant``
    draw nothing and take ``None`` as well.
dtype : str, optional
    By default ``symgen.config.floatx()``.
gain : float > 0
    Factor on the standard deviation, for example ``sqrt(2)`` on ``lecun_normal`` before a ReLU.

Common errors
-------------
ShapeError
    A dimension that is not a positive integer, or too few dimensions for a fan.
DtypeError
    ``rng`` is not a ``numpy.random.Generator``, or ``dtype`` not a floating one.
RangeError
    A scale that is not positive.
"""

from numbers import Integral

import numpy as np

from symgen import config
from symgen.errors import DtypeError, RangeError, ShapeError


def zeros(shape, rng=None, dtype=None):
    """An array of 0."""
    return constant(shape, rng, dtype, value=0.0)


def ones(shape, rng=None, dtype=None):
    """An array of 1."""
    return constant(shape, rng, dtype, value=1.0)


def constant(shape, rng=None, dtype=None, value=0.0):
    """An array of ``value``."""
    return np.full(_checked_shape(shape), value, dtype=_checked_dtype(dtype))


def normal(shape, rng, dtype=None, mean=0.0, std=0.01):
    """Independent draws from ``N(mean, std^2)``; ``std > 0``."""
    std = _positive(std, "std")
    draws = mean + std * _checked_rng(rng).standard_normal(_checked_shape(shape))
    return draws.astype(_checked_dtype(dtype))


def uniform(shape, rng, dtype=None, low=-0.05, high=0.05):
    """Independent draws from the uniform distribution on ``[low, high)``; ``low < high``."""
    width = _positive(high - low, "high - low")
    draws = low + width * _checked_rng(rng).random(_checked_shape(shape))
    return draws.astype(_checked_dtype(dtype))


def glorot_uniform(shape, rng, dtype=None, gain=1.0):
    """Uniform on ``[-a, a)`` with ``a = gain sqrt(6 / (fan_in + fan_out))``.

    References
    ----------
    X. Glorot and Y. Bengio (2010). Understanding the difficulty of training deep feedforward
    neural networks. AISTATS. Equation (16).
    """
    fan_in, fan_out = _fans(shape)
    return _uniform_of_std(shape, rng, dtype, gain, np.sqrt(2 / (fan_in + fan_out)))


def glorot_normal(shape, rng, dtype=None, gain=1.0):
    """Normal of mean 0 and standard deviation ``gain sqrt(2 / (fan_in + fan_out))``.

    References
    ----------
    Glorot and Bengio (2010), see :func:`glorot_uniform`. Equation (12).
    """
    fan_in, fan_out = _fans(shape)
    return _normal_of_std(shape, rng, dtype, gain, np.sqrt(2 / (fan_in + fan_out)))


def he_uniform(shape, rng, dtype=None, gain=1.0):
    """Uniform on ``[-a, a)`` with ``a = gain sqrt(6 / fan_in)``, for layers before a ReLU.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun (2015). Delving deep into rectifiers. ICCV. The variance of
    equation (10).
    """
    return _uniform_of_std(shape, rng, dtype, gain, np.sqrt(2 / _fans(shape)[0]))


def he_normal(shape, rng, dtype=None, gain=1.0):
    """Normal of mean 0 and standard deviation ``gain sqrt(2 / fan_in)``, before a ReLU.

    References
    ----------
    He et al. (2015), see :func:`he_uniform`. Equation (10).
    """
    return _normal_of_std(shape, rng, dtype, gain, np.sqrt(2 / _fans(shape)[0]))


def lecun_uniform(shape, rng, dtype=None, gain=1.0):
    """Uniform on ``[-a, a)`` with ``a = gain sqrt(3 / fan_in)``.

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr and K.-R. Müller (1998). Efficient backprop. Equation (16).
    """
    return _uniform_of_std(shape, rng, dtype, gain, np.sqrt(1 / _fans(shape)[0]))


def lecun_normal(shape, rng, dtype=None, gain=1.0):
    """Normal of mean 0 and standard deviation ``gain sqrt(1 / fan_in)``.

    References
    ----------
    LeCun et al. (1998), see :func:`lecun_uniform`. Equation (16).
    """
    return _normal_of_std(shape, rng, dtype, gain, np.sqrt(1 / _fans(shape)[0]))


def orthogonal(shape, rng, dtype=None, gain=1.0):
    """``gain`` times a matrix with orthonormal rows or columns, whichever are fewer.

    Uniform over such matrices: the QR decomposition of a Gaussian matrix, with the signs of R's
    diagonal moved into Q. More than two dimensions are taken as a matrix of
    ``shape[0]`` rows.

    References
    ----------
    A. Saxe, J. McClelland and S. Ganguli (2014). Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks. ICLR.
    F. Mezzadri (2007). How to generate random matrices from the classical compact groups. Notices
    of the AMS 54. Section 5: the signs.
    """
    shape, gain = _checked_shape(shape), _positive(gain, "gain")
    _fans(shape)
    rows, columns = shape[0], int(np.prod(shape[1:]))
    draws = _checked_rng(rng).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draws)
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
    matrix = q if rows >= columns else q.T
    return np.ascontiguousarray(gain * matrix).reshape(shape).astype(_checked_dtype(dtype))


def _uniform_of_std(shape, rng, dtype, gain, std):
    limit = _positive(gain, "gain") * std * np.sqrt(3)
    return uniform(shape, rng, dtype, low=-limit, high=limit)


def _normal_of_std(shape, rng, dtype, gain, std):
    return normal(shape, rng, dtype, std=_positive(gain, "gain") * std)


def _fans(shape):
    """Numbers of inputs and outputs that one unit of the layer is connected to."""
    shape = _checked_shape(shape)
    if len(shape) < 2:
        raise ShapeError(
            expected="weights of at least two dimensions, which have a fan-in and a fan-out",
            got=f"shape {shape}",
            remedy="Use zeros, constant, normal or uniform for vectors.",
        )
    if len(shape) == 2:
        return shape
    receptive_field = int(np.prod(shape[2:]))
    return shape[1] * receptive_field, shape[0] * receptive_field


def _checked_shape(shape):
    shape = (shape,) if isinstance(shape, Integral) else tuple(shape)
    if not all(isinstance(n, Integral) and n > 0 for n in shape):
        raise ShapeError(
            expected="a shape of positive integers",
            got=f"{shape}",
            remedy="Give every dimension a length of 1 or more.",
        )
    return tuple(int(n) for n in shape)


def _checked_rng(rng):
    if not isinstance(rng, np.random.Generator):
        raise DtypeError(
            expected="rng to be a numpy.random.Generator",
            got=f"{type(rng).__name__}",
            remedy="Pass numpy.random.default_rng(seed).",
        )
    return rng


def _checked_dtype(dtype):
    dtype = np.dtype(dtype or config.floatx())
    if not np.issubdtype(dtype, np.floating):
        raise DtypeError(
            expected="a floating dtype", got=dtype.name, remedy="Use float32 or float64."
        )
    return dtype


def _positive(value, name):
    if not 0 < value < np.inf:
        raise RangeError(
            expected=f"{name} > 0",
            got=f"{value}",
            remedy="Use zeros() or constant() for no spread.",
        )
    return value


INITIALIZERS = {
    "zeros": zeros,
    "ones": ones,
    "constant": constant,
    "normal": normal,
    "uniform": uniform,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
    "orthogonal": orthogonal,
}
