"""Activation functions: a symbolic variable of a floating dtype in, one of that dtype out.

All act element by element but ``softmax`` and ``log_softmax``, and all have finite gradients for
finite inputs, where the naive formula of ``elu``, ``selu`` or ``softplus`` overflows. NaN stays
NaN, so that a guard can find it.

Common errors
-------------
DtypeError
    An input of an integer or boolean dtype.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad
from pytensor.tensor.special import log_softmax as _log_softmax
from pytensor.tensor.special import softmax as _softmax

from symgen.errors import DtypeError

# The fixed point of mean 0 and variance 1 in Klambauer et al. (2017).
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def linear(x):
    """``x`` itself."""
    return _floating(x)


def relu(x):
    """Rectifier: ``max(x, 0)``, with gradient 0 at 0.

    References
    ----------
    V. Nair and G. Hinton (2010). Rectified linear units improve restricted Boltzmann machines.
    ICML.
    """
    x = _floating(x)
    return _where_not_positive(x, _like(0, x), x)


def leaky_relu(x, alpha=0.2):
    """Leaky rectifier: ``x`` where positive, else ``alpha x``.

    Parameters
    ----------
    alpha : float
        Slope on the left.

    References
    ----------
    A. Maas, A. Hannun and A. Ng (2013). Rectifier nonlinearities improve neural network acoustic
    models. ICML workshop.
    """
    x = _floating(x)
    return _where_not_positive(x, _like(alpha, x) * x, x)


def elu(x, alpha=1.0):
    """Exponential linear unit: ``x`` where positive, else ``alpha (exp(x) - 1)``.

    References
    ----------
    D.-A. Clevert, T. Unterthiner and S. Hochreiter (2016). Fast and accurate deep network learning
    by exponential linear units. ICLR. Equation (15).
    """
    x = _floating(x)
    # The minimum keeps exp() of a large x, and with it inf * 0, out of the gradient.
    left = pt.expm1(pt.minimum(x, _like(0, x)))
    return _where_not_positive(x, _like(alpha, x) * left, x)


def selu(x):
    """Scaled exponential linear unit: ``lambda elu(x, alpha)``.

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter (2017). Self-normalizing neural
    networks. NeurIPS. Equation (2).
    """
    x = _floating(x)
    return _like(SELU_SCALE, x) * elu(x, SELU_ALPHA)


def gelu(x):
    """Gaussian error linear unit: ``x Phi(x)`` with the normal distribution function ``Phi``.

    References
    ----------
    D. Hendrycks and K. Gimpel (2016). Gaussian error linear units. arXiv:1606.08415. Section 2,
    the exact form.
    """
    x = _floating(x)
    return _like(0.5, x) * x * (_like(1, x) + pt.erf(_like(np.sqrt(0.5), x) * x))


def softplus(x):
    """``log(1 + exp(x))``, without overflow; its derivative is the sigmoid."""
    return pt.softplus(_floating(x))


def sigmoid(x):
    """Logistic function: ``1 / (1 + exp(-x))``."""
    return pt.sigmoid(_floating(x))


def tanh(x):
    """Hyperbolic tangent."""
    return pt.tanh(_floating(x))


def softmax(x, axis=-1):
    """``exp(x) / sum(exp(x))`` along ``axis``, without overflow."""
    return _softmax(_floating(x), axis=axis)


def log_softmax(x, axis=-1):
    """``x - log(sum(exp(x)))`` along ``axis``, without overflow."""
    return _log_softmax(_floating(x), axis=axis)


def _where_not_positive(x, left, right):
    """``left`` where ``x <= 0``, else ``right``.

    Of the forms that a rectifier can take this one compiles to a compare and a select, forwards
    and backwards: ``(x + |x|) / 2`` gives NaN for -inf, ``x * (x > 0)`` too, and a ``maximum``
    is worked out again by its gradient, which is 1 at 0. The comparison is with ``<=`` so that NaN
    goes through, and it is cut off from the gradient since PyTensor's gradient of a comparison
    is zeros of dtype floatX, which would turn a float32 gradient into float64.
    """
    return pt.switch(disconnected_grad(x) <= _like(0, x), left, right)


def _like(value, x):
    """A number as a constant in the dtype of ``x``."""
    return pt.constant(np.asarray(value, dtype=x.dtype))


def _floating(x):
    x = pt.as_tensor_variable(x)
    if not np.issubdtype(x.dtype, np.floating):
        raise DtypeError(
            expected="an activation's input of a floating dtype",
            got=f"{x.type}",
            remedy="Cast it, for example with x.astype('float32').",
        )
    return x


ACTIVATIONS = {
    "linear": linear,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "softplus": softplus,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "softmax": softmax,
    "log_softmax": log_softmax,
}
