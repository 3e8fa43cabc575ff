"""``theano.tensor.nnet.nnet``: rectifiers, softmax and cross-entropies."""

import numpy as np
from pytensor.tensor import (
    abs,
    arange,
    argmax,
    as_tensor_variable,
    cast,
    concatenate,
    dot,
    eq,
    exp,
    expm1,
    gt,
    inc_subtensor,
    log,
    max,
    ones_like,
    shape_padleft,
    sum,
    switch,
    tensordot,
    zeros,
    zeros_like,
)
from pytensor.tensor.extra_ops import unique
from pytensor.tensor.special import LogSoftmax as LogSoftmaxOfAxes
from pytensor.tensor.special import Softmax as SoftmaxOfAxes
from pytensor.tensor.special import log_softmax
from pytensor.tensor.special import softmax as softmax_along_axis

from symgen.errors import DtypeError, ShapeError
from symgen.ops.blocksparse import sparse_block_dot
from symgen.ops.softmax import TrailingSoftmax
from symgen.ops.softmax import c as softmax_c
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet import opt
from symgen.theano.tensor.nnet._stand_in import StandInOp, WholeStandIn
from symgen.theano.tensor.nnet.sigm import (
    hard_sigmoid,
    sigmoid,
    softplus,
    ultra_fast_sigmoid,
)

__all__ = [
    "CrossentropyCategorical1Hot",
    "CrossentropyCategorical1HotGrad",
    "CrossentropySoftmax1HotWithBiasDx",
    "CrossentropySoftmaxArgmax1HotWithBias",
    "LogSoftmax",
    "Prepend_scalar_constant_to_each_row",
    "Prepend_scalar_to_each_row",
    "Softmax",
    "SoftmaxGrad",
    "SoftmaxWithBias",
    "binary_crossentropy",
    "categorical_crossentropy",
    "confusion_matrix",
    "crossentropy_categorical_1hot",
    "crossentropy_categorical_1hot_grad",
    "crossentropy_softmax_1hot",
    "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_1hot_with_bias_dx",
    "crossentropy_softmax_argmax_1hot_with_bias",
    "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias",
    "elu",
    "h_softmax",
    "hard_sigmoid",
    "logsoftmax",
    "logsoftmax_op",
    "opt",
    "prepend_0_to_each_row",
    "prepend_1_to_each_row",
    "prepend_scalar_to_each_row",
    "relu",
    "selu",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "softmax",
    "softmax_grad",
    "softmax_graph",
    "softmax_op",
    "softmax_with_bias",
    "softplus",
    "softsign",
    "ultra_fast_sigmoid",
]

__getattr__ = attribute_lookup(__name__)


def relu(x, alpha=0):
    """Return ``max(x, alpha x)``, the rectifier, leaky where `alpha` is not 0.

    Parameters
    ----------
    x : tensor
        An array gives an array, unless `alpha` is given.
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
    x = _array_or_variable(x)
    if isinstance(alpha, int | float) and alpha == 0:
        return 0.5 * (x + x.__abs__())
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
        An array gives an array.

    Returns
    -------
    TensorVariable, shape of `x`, in (-1, 1)
    """
    x = _array_or_variable(x)
    return x / (1.0 + x.__abs__())


def _array_or_variable(x):
    return x if isinstance(x, np.ndarray | np.generic) else as_tensor_variable(x)


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


class CrossentropyCategorical1Hot(WholeStandIn):
    """``crossentropy_categorical_1hot(coding_dist, true_one_of_n)``.

    It is ``-log(coding_dist[i, true_one_of_n[i]])`` for every row `i`, in nats: stable, with its
    gradient, where `coding_dist` is a softmax, except in mode ``FAST_COMPILE``, as in Theano.
    """

    def make_graph(self, coding_dist, true_one_of_n):
        """Return the cross-entropies, a vector.

        Parameters
        ----------
        coding_dist : tensor, shape (rows, classes), in (0, 1]
            The predicted probabilities.
        true_one_of_n : int vector, shape (rows,)
            The true class of each row.

        Raises
        ------
        ShapeError, DtypeError
            When the arguments are not a matrix and a vector of integers.
        """
        coding_dist, classes = _matrix_and_classes(coding_dist, true_one_of_n)
        return -log(coding_dist[arange(classes.shape[0]), classes])

    def compute(self, coding_dist, classes):
        """In NumPy."""
        return [-np.log(coding_dist[np.arange(len(classes)), classes])]

    def shapes(self, coding_dist, classes):
        """One number for each row."""
        return [(coding_dist[0],)]


class CrossentropyCategorical1HotGrad(WholeStandIn):
    """``crossentropy_categorical_1hot_grad(g_y, coding_dist, true_one_of_n)``.

    The gradient of :class:`CrossentropyCategorical1Hot` by the probabilities: ``-g_y[i] /
    coding_dist[i, true_one_of_n[i]]`` there, 0 elsewhere.
    """

    def make_graph(self, g_y, coding_dist, true_one_of_n):
        """Return the gradient, of the shape of `coding_dist`."""
        coding_dist, classes = _matrix_and_classes(coding_dist, true_one_of_n)
        place = arange(classes.shape[0]), classes
        return inc_subtensor(zeros_like(coding_dist)[place], -g_y / coding_dist[place])

    def compute(self, g_y, coding_dist, classes):
        """In NumPy."""
        gradient, place = np.zeros_like(coding_dist), (np.arange(len(classes)), classes)
        gradient[place] = -g_y / coding_dist[place]
        return [gradient]

    def shapes(self, g_y, coding_dist, classes):
        """That of the probabilities."""
        return [coding_dist]


class CrossentropySoftmaxArgmax1HotWithBias(WholeStandIn):
    """``crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)``.

    Returns the cross-entropy of ``softmax(x + b)`` with the true classes `y_idx`, the softmax, and the
    most probable classes, in the dtype of `y_idx`. It is stable in every mode.
    """

    nin, nout = 3, 3
    c_support, c_code = softmax_c.SUPPORT_CODE, staticmethod(softmax_c.crossentropies_code)

    def make_graph(self, x, b, y_idx):
        """Return the three outputs.

        Parameters
        ----------
        x : tensor, shape (rows, classes)
        b : vector, shape (classes,)
        y_idx : int vector, shape (rows,)

        Raises
        ------
        FloatRowsError, ShapeError, DtypeError
        ValueError
            At run time, for a negative class.
        """
        z = _with_bias(x, b)
        z, classes = _matrix_and_classes(z, y_idx)
        classes = opt.checked_classes(classes)
        entropies = -log_softmax(z, axis=-1)[arange(classes.shape[0]), classes]
        return [
            entropies,
            softmax_along_axis(z, axis=-1),
            cast(argmax(z, axis=1), classes.dtype),
        ]

    def compute(self, x, b, classes):
        """In NumPy."""
        _refuse_classes(classes, x)
        z = x + b
        shifted = z - z.max(axis=1, keepdims=True)
        total = np.exp(shifted).sum(axis=1, keepdims=True)
        entropies = np.log(total[:, 0]) - shifted[np.arange(len(classes)), classes]
        return [entropies, np.exp(shifted) / total, z.argmax(axis=1)]

    def shapes(self, x, b, classes):
        """One number for each row, the matrix's, and one for each row."""
        return [(x[0],), x, (x[0],)]


class CrossentropySoftmax1HotWithBiasDx(WholeStandIn):
    """``crossentropy_softmax_1hot_with_bias_dx(dy, sm, y_idx)``.

    The gradient of the cross-entropy by the softmax's argument: ``dy[i] (sm[i, j] - [j = y_idx[i]])``.
    """

    nin, nout = 3, 1
    c_support, c_code = softmax_c.SUPPORT_CODE, staticmethod(softmax_c.crossentropy_slopes_code)

    def make_graph(self, dy, sm, y_idx):
        """Return the gradient, of the shape of `sm`; `dy` is a vector or a scalar.

        Raises
        ------
        FloatRowsError, ShapeError, DtypeError
        ValueError
            At run time, for a negative class.
        """
        sm, classes = _matrix_and_classes(sm, y_idx)
        classes = opt.checked_classes(classes)
        dy = as_tensor_variable(dy)
        if dy.type.ndim > 1 or not dy.dtype.startswith("float"):
            raise FloatRowsError("a vector or scalar dy of floats", f"{dy.type}", "Flatten it.")
        dy = dy + zeros_like(sm[:, 0])
        slope = inc_subtensor((dy[:, None] * sm)[arange(classes.shape[0]), classes], -dy)
        return sm.type.filter_variable(cast(slope, sm.dtype))

    def compute(self, dy, sm, classes):
        """In NumPy."""
        _refuse_classes(classes, sm)
        dy = np.broadcast_to(dy, sm.shape[:1])
        gradient = dy[:, None] * sm
        gradient[np.arange(len(classes)), classes] -= dy
        return [gradient]

    def shapes(self, dy, sm, classes):
        """That of the softmax."""
        return [sm]


class _OfRows(StandInOp):
    """Base: one of PyTensor's Ops along the last axis of a matrix.

    The subclasses derive from PyTensor's class too, so that ``node.op == softmax_op`` and
    ``softmax_op in ops`` ask the comparison here, and not PyTensor's, which knows no other class.
    """

    nin, nout = 1, 1
    axis = (1,)
    found = in_c = None

    def __init__(self):
        pass

    @classmethod
    def recognises(cls, op):
        """PyTensor's Op along the last axis of a matrix, or what a compiled function has for it."""
        return (isinstance(op, cls.found) and op.axis in ((1,), (-1,), 1, -1)) or op == cls.in_c


class _KindOfRows(type(StandInOp), type(SoftmaxOfAxes)):
    """Metaclass of both."""


class Softmax(_OfRows, SoftmaxOfAxes, metaclass=_KindOfRows):
    """``softmax_op(x)``: what :func:`softmax` returns."""

    found, in_c = SoftmaxOfAxes, TrailingSoftmax(1, log=False)

    def make_graph(self, x):
        """Return the softmax of each row."""
        return softmax_along_axis(_as_rows(x), axis=-1)


class LogSoftmax(_OfRows, LogSoftmaxOfAxes, metaclass=_KindOfRows):
    """``logsoftmax_op(x)``: what :func:`logsoftmax` returns."""

    found, in_c = LogSoftmaxOfAxes, TrailingSoftmax(1, log=True)

    def make_graph(self, x):
        """Return the logarithm of the softmax of each row."""
        return log_softmax(_as_rows(x), axis=-1)


class SoftmaxGrad(WholeStandIn):
    """``softmax_grad(dy, sm)``: the gradient by a softmax's argument, for its value `sm`.

    It is ``sm (dy - sum_k dy_k sm_k)`` for each row.
    """

    nin, nout = 2, 1

    def make_graph(self, dy, sm):
        """Return the gradient, a matrix."""
        dy, sm = _as_rows(dy), _as_rows(sm)
        scaled = dy * sm
        return scaled - sum(scaled, axis=1, keepdims=True) * sm

    def compute(self, dy, sm):
        """In NumPy."""
        dy, sm = np.atleast_2d(dy), np.atleast_2d(sm)
        scaled = dy * sm
        return [scaled - scaled.sum(axis=1, keepdims=True) * sm]

    def shapes(self, dy, sm):
        """That of the softmax, as a matrix."""
        return [sm if len(sm) == 2 else (1, *sm)]


class SoftmaxWithBias(WholeStandIn):
    """``softmax_with_bias(x, b)``: the softmax of each row of ``x + b``."""

    nin, nout = 2, 1
    c_support, c_code = softmax_c.SUPPORT_CODE, staticmethod(softmax_c.softmax_with_bias_code)

    def make_graph(self, x, b):
        """Return the softmax of a matrix plus a vector."""
        return softmax_along_axis(_with_bias(x, b), axis=-1)

    def compute(self, x, b):
        """In NumPy."""
        z = x + b
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return [powers / powers.sum(axis=1, keepdims=True)]

    def shapes(self, x, b):
        """That of the matrix."""
        return [x]


class Prepend_scalar_constant_to_each_row(WholeStandIn):
    """``Prepend_scalar_constant_to_each_row(val)(mat)``: a column of `val` before those of `mat`.

    Parameters
    ----------
    val : number
    """

    __props__ = ("val",)

    def __init__(self, val=0):
        self.val = val

    def make_graph(self, mat):
        """Return the wider matrix, of the dtype of `mat`."""
        return _prepended(self.val, mat)

    def compute(self, mat):
        """In NumPy."""
        return [np.insert(mat, 0, self.val, axis=1)]

    def shapes(self, mat):
        """One column more."""
        return [(mat[0], mat[1] + 1)]


class Prepend_scalar_to_each_row(WholeStandIn):
    """``Prepend_scalar_to_each_row()(val, mat)``: a column of `val` before those of `mat`."""

    def make_graph(self, val, mat):
        """Return the wider matrix, of the dtype of `mat`."""
        return _prepended(val, mat)

    def compute(self, val, mat):
        """In NumPy."""
        return [np.insert(mat, 0, val, axis=1)]

    def shapes(self, val, mat):
        """One column more."""
        return [(mat[0], mat[1] + 1)]



crossentropy_categorical_1hot = CrossentropyCategorical1Hot()
crossentropy_categorical_1hot_grad = CrossentropyCategorical1HotGrad()
crossentropy_softmax_argmax_1hot_with_bias = CrossentropySoftmaxArgmax1HotWithBias()
crossentropy_softmax_1hot_with_bias_dx = CrossentropySoftmax1HotWithBiasDx()
softmax_op = Softmax()
logsoftmax_op = LogSoftmax()
softmax_grad = SoftmaxGrad()
softmax_with_bias = SoftmaxWithBias()
prepend_scalar_to_each_row = Prepend_scalar_to_each_row()
prepend_0_to_each_row = Prepend_scalar_constant_to_each_row(0.0)
prepend_1_to_each_row = Prepend_scalar_constant_to_each_row(1.0)


def softmax_graph(c):
    """Return ``exp(c) / sum(exp(c))`` along the last axis, as these very operations.

    Parameters
    ----------
    c : tensor

    Returns
    -------
    TensorVariable, shape of `c`
    """
    c = as_tensor_variable(c)
    return exp(c) / sum(exp(c), axis=-1, keepdims=True)


def crossentropy_softmax_1hot_with_bias(x, b, y_idx):
    """Return the cross-entropy of ``softmax(x + b)`` with true classes, and the softmax.

    Parameters
    ----------
    x : tensor, shape (rows, classes)
    b : vector, shape (classes,)
    y_idx : int vector, shape (rows,)

    Returns
    -------
    list of two TensorVariables, shapes (rows,) and (rows, classes)
    """
    return crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)[:2]


def crossentropy_softmax_1hot(x, y_idx):
    """Return :func:`crossentropy_softmax_1hot_with_bias` for a bias of 0."""
    x = as_tensor_variable(x)
    return crossentropy_softmax_1hot_with_bias(x, zeros_like(x[0, :]), y_idx)


def crossentropy_softmax_max_and_argmax_1hot_with_bias(x, b, y_idx):
    """Return the cross-entropy, the softmax, its maximum and its argmax, by row.

    Parameters are those of :func:`crossentropy_softmax_1hot_with_bias`.

    Returns
    -------
    tuple of four TensorVariables
    """
    entropies, probabilities = crossentropy_softmax_1hot_with_bias(x, b, y_idx)
    return (entropies, probabilities, max(probabilities, axis=-1), argmax(probabilities, axis=-1))


def crossentropy_softmax_max_and_argmax_1hot(x, y_idx):
    """Return :func:`crossentropy_softmax_max_and_argmax_1hot_with_bias` for a bias of 0."""
    x = as_tensor_variable(x)
    return crossentropy_softmax_max_and_argmax_1hot_with_bias(x, zeros_like(x[0, :]), y_idx)


def h_softmax(
    x, batch_size, n_outputs, n_classes, n_outputs_per_class, W1, b1, W2, b2, target=None
):
    """Return a hierarchical softmax of two levels: of classes, and of outputs in a class.

    Output o belongs to class ``o // n_outputs_per_class``; its probability is that class's times its
    own within the class.

    Parameters
    ----------
    x : tensor, shape (batch_size, features)
    batch_size : int or integer scalar
    n_outputs : int
        At most ``n_classes n_outputs_per_class``.
    n_classes, n_outputs_per_class : int
    W1 : tensor, shape (features, n_classes)
    b1 : vector, shape (n_classes,)
    W2 : tensor, shape (n_classes, features, n_outputs_per_class)
    b2 : tensor, shape (n_classes, n_outputs_per_class)
    target : int tensor with batch_size elements, optional
        The outputs whose probabilities are wanted, one for each row; the others are not computed.

    Returns
    -------
    TensorVariable, shape (batch_size,), or (batch_size, n_outputs) without `target`

    References
    ----------
    J. Goodman (2001), "Classes for Fast Maximum Entropy Training".
    """
    x, W2, b2 = as_tensor_variable(x), as_tensor_variable(W2), as_tensor_variable(b2)
    of_class = softmax(dot(x, W1) + b1)
    if target is None:
        z = tensordot(x, W2, (1, 1)) + b2
        within = softmax(z.reshape((-1, n_outputs_per_class)))
        within = within.reshape((batch_size, n_classes, -1))
        return (of_class[:, :, None] * within).reshape((batch_size, -1))[:, :n_outputs]
    target = as_tensor_variable(target).flatten()
    classes, places = target // n_outputs_per_class, target % n_outputs_per_class
    z = sparse_block_dot(
        W2[None], x[:, None, :], zeros((batch_size, 1), dtype="int32"), b2, classes[:, None]
    )
    rows = arange(batch_size)
    return of_class[rows, classes] * softmax(z[:, 0, :])[rows, places]


def confusion_matrix(actual, pred):
    """Count how often each pair of an actual and a predicted value occurs.

    Parameters
    ----------
    actual, pred : vector, of one length

    Returns
    -------
    list of two TensorVariables
        The int64 counts, actual values along the rows, predicted ones along the columns; and the
        values in ascending order.

    Raises
    ------
    ShapeError
        For arguments that are not vectors.
    """
    actual, pred = as_tensor_variable(actual), as_tensor_variable(pred)
    for name, variable in (("actual", actual), ("pred", pred)):
        if variable.type.ndim != 1:
            raise ShapeError(f"a vector {name}", f"{variable.type}", "Flatten it.")
    order = unique(concatenate([actual, pred]))
    is_actual, is_pred = (cast(eq(v[:, None], order), "int64") for v in (actual, pred))
    return [dot(is_actual.T, is_pred), order]


class FloatRowsError(DtypeError, ValueError):
    """An argument that is not a vector or matrix of floats, for which Theano raised ValueError."""


def _matrix_and_classes(matrix, classes):
    matrix, classes = as_tensor_variable(matrix), as_tensor_variable(classes)
    if (matrix.ndim, classes.ndim) != (2, 1):
        raise ShapeError(
            "probabilities of shape (rows, classes) and true classes of shape (rows,) or true "
            "probabilities of shape (rows, classes)",
            f"{matrix.ndim} and {classes.ndim} dimensions",
            "Flatten the leading axes into rows.",
        )
    if not classes.dtype.startswith(("int", "uint")):
        raise DtypeError("true classes that are integers", classes.dtype, "Cast them to int32.")
    return matrix, classes


def _refuse_classes(classes, matrix):
    if len(classes) != len(matrix):
        raise ValueError(softmax_c.DOES_NOT_FIT)
    if (classes < 0).any() or (classes >= matrix.shape[1]).any():
        raise ValueError(softmax_c.OUT_OF_BOUNDS)


def _with_bias(x, b):
    x, b = as_tensor_variable(x), as_tensor_variable(b)
    for name, variable, ndim in (("x", x, 2), ("b", b, 1)):
        if variable.type.ndim != ndim or not variable.dtype.startswith("float"):
            raise FloatRowsError(
                f"{name} with {ndim} axes, of a float dtype", f"{variable.type}", "Cast it."
            )
    return x + b


def _prepended(value, mat):
    mat = as_tensor_variable(mat)
    if mat.type.ndim != 2:
        raise DtypeError("a matrix", f"{mat.type}", "Add an axis of length 1.")
    column = ones_like(mat[:, :1]) * cast(as_tensor_variable(value), mat.dtype)
    return concatenate([column, mat], axis=1)


def _as_rows(c):
    c = as_tensor_variable(c)
    if c.ndim not in (1, 2):
        raise ShapeError(
            "a vector or a matrix",
            f"{c.ndim} dimensions",
            "Flatten the leading axes into rows, or use pytensor.tensor.special.softmax.",
        )
    if not c.dtype.startswith("float"):
        raise FloatRowsError("a float dtype", c.dtype, "Cast it to floatX first.")
    return shape_padleft(c) if c.ndim == 1 else c
