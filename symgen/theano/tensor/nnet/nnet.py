"""``theano.tensor.nnet.nnet``: rectifiers, softmax and cross-entropies."""

from pytensor.tensor import (
    abs,
    arange,
    as_tensor_variable,
    expm1,
    gt,
    log,
    shape_padleft,
    sum,
    switch,
)
from pytensor.tensor.special import log_softmax
from pytensor.tensor.special import softmax as softmax_along_axis

from symgen.errors import DtypeError, ShapeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet.sigm import sigmoid, softplus

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "crossentropy_categorical_1hot",
    "elu",
    "logsoftmax",
    "relu",
    "selu",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "softmax",
    "softplus",
    "softsign",
]

__getattr__ = attribute_lookup(__name__)


def relu(x, alpha=0):
    """Return ``max(x, alpha x)``, the rectifier, leaky where `alpha` is not 0.

    Parameters
    ----------
    x : tensor
    alpha : float or tensor
        Slope for negative `x`; a tensor must broadcast against `x`.

    Returns
    -------
    TensorVariable, shape of `x`
        Computed as ``(1 + alpha) / 2 x + (1 - alpha) / 2 |x|``, so that the slope at 0 is
        ``(1 + alpha) / 2``, as in Theano.

    References
    ----------
    X. Glorot, A. Bordes and Y. Bengio (2011), "Deep Sparse Rectifier Neural Networks".
    """
    x = as_tensor_variable(x)
    if isinstance(alpha, int | float) and alpha == 0:
        return 0.5 * (x + abs(x))
    alpha = as_tensor_variable(alpha)
    return 0.5 * (1 + alpha) * x + 0.5 * (1 - alpha) * abs(x)


def elu(x, alpha=1):
    """Return `x` where it is positive and ``alpha (exp(x) - 1)`` elsewhere.

    Parameters
    ----------
    x : tensor
    alpha : float or tensor

    Returns
    -------
    TensorVariable, shape of `x`
        Its gradient is finite for every `x`; Theano's was NaN where ``exp(x)`` overflows.

    References
    ----------
    D.-A. Clevert, T. Unterthiner and S. Hochreiter (2015), "Fast and Accurate Deep Network
    Learning by Exponential Linear Units (ELUs)".
    """
    x = as_tensor_variable(x)
    positive = gt(x, 0)
    return switch(positive, x, alpha * expm1(switch(positive, 0, x)))


def selu(x):
    """Return ``1.0507 elu(x, 1.6733)``, which keeps mean 0 and variance 1 across layers.

    Parameters
    ----------
    x : tensor

    Returns
    -------
    TensorVariable, shape of `x`

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter (2017), "Self-Normalizing Neural
    Networks".
    """
    return 1.0507009873554805 * elu(x, alpha=1.6732632423543772)


def softsign(x):
    """Return ``x / (1 + |x|)``.

    Parameters
    ----------
    x : tensor

    Returns
    -------
    TensorVariable, shape of `x`, in (-1, 1)
    """
    x = as_tensor_variable(x)
    return x / (1.0 + abs(x))


def softmax(c):
    """Return ``exp(c) / sum(exp(c))`` along each row.

    Parameters
    ----------
    c : tensor, shape (n,) or (rows, n)

    Returns
    -------
    TensorVariable, shape (1, n) for a vector, else (rows, n)

    Raises
    ------
    ShapeError
        For another number of dimensions.
    DtypeError
        For integers.
    """
    return softmax_along_axis(_as_rows(c), axis=-1)


def logsoftmax(c):
    """Return the logarithm of :func:`softmax`, computed without overflow.

    Parameters, result and errors are those of :func:`softmax`.
    """
    return log_softmax(_as_rows(c), axis=-1)


def binary_crossentropy(output, target):
    """Return ``-target log(output) - (1 - target) log(1 - output)``, elementwise, in nats.

    Parameters
    ----------
    output : tensor, in (0, 1)
        The predicted probability of 1.
    target : tensor, in [0, 1], shape of `output`

    Returns
    -------
    TensorVariable, shape of `output`
    """
    return -(target * log(output) + (1.0 - target) * log(1.0 - output))


def sigmoid_binary_crossentropy(output, target):
    """Return :func:`binary_crossentropy` of ``sigmoid(output)``, finite for every `output`.

    Parameters
    ----------
    output : tensor
        The predicted log-odds of 1.
    target : tensor, in [0, 1], shape of `output`

    Returns
    -------
    TensorVariable, shape of `output`
        Its gradient with respect to `output` is ``sigmoid(output) - target``.
    """
    output, target = as_tensor_variable(output), as_tensor_variable(target)
    return target * softplus(-output) + (1.0 - target) * softplus(output)


def categorical_crossentropy(coding_dist, true_dist):
    """Return ``-sum_j true_dist[i, j] log(coding_dist[i, j])`` for every row `i`, in nats.

    Parameters
    ----------
    coding_dist : tensor, shape (rows, classes), in (0, 1]
        The predicted probabilities.
    true_dist : tensor, shape (rows, classes), or int vector, shape (rows,)
        The true probabilities, or the true class of each row.

    Returns
    -------
    TensorVariable, shape (rows,)

    Raises
    ------
    ShapeError
        When `true_dist` has neither as many dimensions as `coding_dist` nor one less.
    DtypeError
        When classes are not integers.
    """
    coding_dist, true_dist = as_tensor_variable(coding_dist), as_tensor_variable(true_dist)
    if true_dist.ndim == coding_dist.ndim:
        return -sum(true_dist * log(coding_dist), axis=coding_dist.ndim - 1)
    return crossentropy_categorical_1hot(coding_dist, true_dist)


def crossentropy_categorical_1hot(coding_dist, true_one_of_n):
    """Return ``-log(coding_dist[i, true_one_of_n[i]])`` for every row `i`, in nats.

    Parameters
    ----------
    coding_dist : tensor, shape (rows, classes), in (0, 1]
    true_one_of_n : int vector, shape (rows,)
        The true class of each row.

    Returns
    -------
    TensorVariable, shape (rows,)

    Raises
    ------
    ShapeError, DtypeError
        When the arguments are not a matrix and a vector of integers.
    """
    coding_dist, classes = as_tensor_variable(coding_dist), as_tensor_variable(true_one_of_n)
    if (coding_dist.ndim, classes.ndim) != (2, 1):
        raise ShapeError(
            "probabilities of shape (rows, classes) and true classes of shape (rows,) or true "
            "probabilities of shape (rows, classes)",
            f"{coding_dist.ndim} and {classes.ndim} dimensions",
            "Flatten the leading axes into rows.",
        )
    if not classes.dtype.startswith(("int", "uint")):
        raise DtypeError("true classes that are integers", classes.dtype, "Cast them to int32.")
    return -log(coding_dist[arange(classes.shape[0]), classes])


def _as_rows(c):
    c = as_tensor_variable(c)
    if c.ndim not in (1, 2):
        raise ShapeError(
            "a vector or a matrix",
            f"{c.ndim} dimensions",
            "Flatten the leading axes into rows, or use pytensor.tensor.special.softmax.",
        )
    if not c.dtype.startswith("float"):
        raise DtypeError("a float dtype", c.dtype, "Cast it to floatX first.")
    return shape_padleft(c) if c.ndim == 1 else c
