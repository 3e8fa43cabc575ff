"""``theano.tensor.raw_random``: random variables from the states of NumPy's ``RandomState``.

Each function here takes a variable that holds a state, and returns the state afterwards and the
numbers; :class:`~symgen.theano.tensor.shared_randomstreams.RandomStreams` keeps the states.
"""

import numpy as np
import pytensor.scalar as ps
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.type import TensorType

from symgen import theano
from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.ops.random_state import (  # noqa: F401
    RandomFunction,
    RandomStateType,
    random_state_type,
)
from symgen.ops.random_state.rewrites import random_make_inplace  # noqa: F401
from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


class SizeTypeError(ShapeError, TypeError):
    """A size that cannot say a shape, for which Theano raised ``TypeError``."""


def uniform(random_state, size=None, low=0.0, high=1.0, ndim=None, dtype=None):
    """Draw from the uniform distribution on ``[low, high)``.

    Parameters
    ----------
    random_state : Variable of type RandomStateType
    size : tuple of int or symbolic integer scalars, symbolic integer vector, or None
        Shape of the numbers. -1 in a tuple takes the length from the arguments; ``None`` takes the
        whole shape from them.
    low, high : float or tensor
        They broadcast against `size`.
    ndim : int, optional
        Length of `size`, where it is a vector of unknown length.
    dtype : str, optional
        The default holds floatX and the dtypes of `low` and `high`.

    Returns
    -------
    state, numbers : Variable, TensorVariable

    Raises
    ------
    ShapeError
        A ``ValueError``: `ndim` that is not the length of `size`, or less than the arguments have.
    SizeTypeError, DtypeError
        Both ``TypeError``: a size that is not a vector, or not of integers; no size and no
        arguments that say the shape.
    """
    low, high = pt.as_tensor_variable(low), pt.as_tensor_variable(high)
    return _draw("uniform", random_state, size, (low, high), ndim, dtype or _float(low, high))


def normal(random_state, size=None, avg=0.0, std=1.0, ndim=None, dtype=None):
    """Draw from the normal distribution with mean `avg` and standard deviation `std`.

    The other parameters, returns and errors are those of :func:`uniform`.
    """
    avg, std = pt.as_tensor_variable(avg), pt.as_tensor_variable(std)
    return _draw("normal", random_state, size, (avg, std), ndim, dtype or _float(avg, std))


def binomial(random_state, size=None, n=1, p=0.5, ndim=None, dtype="int64", prob=None):
    """Draw the number of successes in `n` trials with probability `p` each.

    `prob` is the older name of `p`. The other parameters, returns and errors are those of
    :func:`uniform`.
    """
    n, p = pt.as_tensor_variable(n), pt.as_tensor_variable(p if prob is None else prob)
    ndim, size, _ = _infer_ndim_bcast(ndim, size, n, p)
    op = RandomFunction("binomial", TensorType(dtype, shape=(None,) * ndim))
    return op(random_state, size, n, p)


def random_integers(random_state, size=None, low=0, high=1, ndim=None, dtype="int64"):
    """Draw integers from `low` to `high`, both included, each with the same probability.

    The other parameters, returns and errors are those of :func:`uniform`.
    """
    low, high = pt.as_tensor_variable(low), pt.as_tensor_variable(high)
    return _draw(random_integers_helper, random_state, size, (low, high), ndim, dtype)


def choice(random_state, size=None, a=2, replace=True, p=None, ndim=None, dtype="int64"):
    """Choose from the vector `a`, or from the integers 0 to ``a - 1``.

    Parameters
    ----------
    replace : bool
        Whether an element may be chosen more than once.
    p : vector, optional
        Probabilities of the elements; equal ones by default.

    The other parameters, returns and errors are those of :func:`uniform`; `size` is needed.
    """
    replace = np.int8(replace) if isinstance(replace, bool) else replace
    if p is None or (isinstance(p, int | float | list | tuple) and not p):
        p = np.array([], theano.config.floatX)
    ndim, size, broadcastable = _infer_ndim_bcast(ndim, size)
    op = RandomFunction(choice_helper, _type(dtype, broadcastable))
    return op(random_state, size, a, replace, p)


def poisson(random_state, size=None, lam=1.0, ndim=None, dtype="int64"):
    """Draw from the Poisson distribution with mean `lam`.

    The other parameters, returns and errors are those of :func:`uniform`; `size` is needed.
    """
    ndim, size, broadcastable = _infer_ndim_bcast(ndim, size)
    return RandomFunction("poisson", _type(dtype, broadcastable))(random_state, size, lam)


def permutation(random_state, size=None, n=1, ndim=None, dtype="int64"):
    """Draw permutations of the integers 0 to ``n - 1``, each along the last axis.

    There are as many as `size` has cells: with ``size=None`` one, a vector. The other parameters,
    returns and errors are those of :func:`uniform`.
    """
    if size is None or (isinstance(size, tuple) and size == ()):
        if ndim not in (None, 1):
            raise SizeTypeError("ndim=1 for one permutation", f"ndim={ndim}", "Drop ndim=.")
        size, broadcastable = (), ()
    else:
        _, size, broadcastable = _infer_ndim_bcast(ndim, size)
    out = _type(dtype, (*broadcastable, False))
    return RandomFunction(permutation_helper, out, ndim_added=1)(random_state, size, n)


def multinomial(random_state, size=None, n=1, pvals=(0.5, 0.5), ndim=None, dtype="int64"):
    """Draw how often each outcome comes in `n` trials.

    Parameters
    ----------
    n : int or integer tensor
        Broadcast against `size`.
    pvals : tensor
        Probabilities of the outcomes along the last axis, the others as `size`. They are scaled
        by ``1 - 5e-5`` where their sum is above 1 by less than 1e-5, or the last is below 5e-5.

    The other parameters, returns and errors are those of :func:`uniform`; the numbers have one
    more axis than `size` says, for the outcomes.
    """
    n = pt.as_tensor_variable(n)
    pvals = pt.as_tensor_variable(list(pvals) if isinstance(pvals, tuple) else pvals)
    _, size, broadcastable = _infer_ndim_bcast(ndim, size, n, pvals[..., 0])
    out = _type(dtype, (*broadcastable, pvals.type.broadcastable[-1]))
    return RandomFunction(multinomial_helper, out, ndim_added=1)(random_state, size, n, pvals)


def random_integers_helper(random_state, low, high, size):
    """Draw each integer by itself from `random_state`."""
    size = np.broadcast_shapes(low.shape, high.shape) if size is None else tuple(size)
    low, high = np.broadcast_to(low, size), np.broadcast_to(high, size)
    out = np.empty(size, "int64")
    for cell in np.ndindex(*size):
        out[cell] = random_state.randint(low[cell], high[cell] + 1, dtype="int64")
    return out


def choice_helper(random_state, a, replace, p, size):
    """Choose with ``random_state.choice``; an empty `p` stands for equal probabilities."""
    if a.ndim > 1:
        raise ShapeError("a vector or an integer as a", f"shape {a.shape}", "Flatten it.")
    if p.ndim != 1:
        raise ShapeError("a vector as p", f"shape {p.shape}", "Flatten it.")
    return random_state.choice(a, size, bool(replace), p if p.size else None)


def permutation_helper(random_state, n, shape):
    """Draw one permutation for each cell of `shape`."""
    if n.shape != ():
        raise ShapeError("one integer as n", f"shape {n.shape}", "Give a scalar.")
    shape = () if shape is None else tuple(shape)
    out = np.empty((*shape, int(n)), "int64")
    for cell in np.ndindex(*shape):
        out[cell] = random_state.permutation(int(n))
    return out


def multinomial_helper(random_state, n, pvals, size):
    """Draw each row by itself from `random_state`."""
    outcomes = pvals.shape[-1]
    size = np.broadcast_shapes(n.shape, pvals.shape[:-1]) if size is None else tuple(size)
    n, pvals = np.broadcast_to(n, size), np.broadcast_to(pvals, (*size, outcomes))
    if pvals.size and pvals.min() < 0:
        raise RangeError("pvals of at least 0", f"{pvals.min()}", "Give probabilities.")
    out = np.empty((*size, outcomes), "int64")
    for cell in np.ndindex(*size):
        row = pvals[cell]
        # Rounding, above all in float32, takes sums above 1, which NumPy refuses.
        if 1.0 < np.sum(row) < 1.0 + 1e-5 or row[-1] < 5e-5:
            row = row * (1.0 - 5e-5)
        if np.sum(row) > 1.0:
            raise RangeError("pvals with a sum of 1", f"{np.sum(row)}", "Divide them by their sum.")
        out[cell] = random_state.multinomial(n[cell], row.astype("float64"))
    return out


class RandomStreamsBase:
    """The methods of random streams; a class gives :meth:`gen`.

    ``gen(function, *args, **kwargs)`` calls one of this module's functions with a state of its own
    choice, and returns the numbers.
    """

    def binomial(self, size=None, n=1, p=0.5, ndim=None, dtype="int64", prob=None):
        """Draw numbers of successes; see :func:`binomial`."""
        return self.gen(binomial, size, n, p if prob is None else prob, ndim=ndim, dtype=dtype)

    def uniform(self, size=None, low=0.0, high=1.0, ndim=None, dtype=None):
        """Draw from a uniform distribution; see :func:`uniform`."""
        return self.gen(uniform, size, low, high, ndim=ndim, dtype=dtype)

    def normal(self, size=None, avg=0.0, std=1.0, ndim=None, dtype=None):
        """Draw from a normal distribution; see :func:`normal`."""
        return self.gen(normal, size, avg, std, ndim=ndim, dtype=dtype)

    def random_integers(self, size=None, low=0, high=1, ndim=None, dtype="int64"):
        """Draw integers; see :func:`random_integers`."""
        return self.gen(random_integers, size, low, high, ndim=ndim, dtype=dtype)

    def choice(self, size=None, a=2, replace=True, p=None, ndim=None, dtype="int64"):
        """Choose elements; see :func:`choice`."""
        return self.gen(choice, size, a, replace, p, ndim=ndim, dtype=dtype)

    def poisson(self, size=None, lam=None, ndim=None, dtype="int64"):
        """Draw from a Poisson distribution; see :func:`poisson`. `lam` is needed."""
        if lam is None:
            raise DtypeError("a number or tensor as lam", "None", "Give the mean.")
        return self.gen(poisson, size, lam, ndim=ndim, dtype=dtype)

    def permutation(self, size=None, n=1, ndim=None, dtype="int64"):
        """Draw permutations; see :func:`permutation`."""
        return self.gen(permutation, size, n, ndim=ndim, dtype=dtype)

    def multinomial(self, size=None, n=1, pvals=(0.5, 0.5), ndim=None, dtype="int64"):
        """Draw counts of outcomes; see :func:`multinomial`."""
        return self.gen(multinomial, size, n, pvals, ndim=ndim, dtype=dtype)

    def shuffle_row_elements(self, input):
        """Return `input` with every row (its last axis) in an order of its own.

        The result's attribute ``permutation`` is the :meth:`permutation` that it takes.
        """
        input = pt.as_tensor_variable(input)
        order = self.permutation(
            size=input.shape[:-1], n=input.shape[-1], ndim=input.type.ndim - 1
        )
        shuffled = pt.permute_row_elements(input, order)
        shuffled.permutation = order
        return shuffled


def _draw(fn, random_state, size, arguments, ndim, dtype):
    _, size, broadcastable = _infer_ndim_bcast(ndim, size, *arguments)
    return RandomFunction(fn, _type(dtype, broadcastable))(random_state, size, *arguments)


def _type(dtype, broadcastable):
    return TensorType(dtype, shape=tuple(1 if one else None for one in broadcastable))


def _float(*arguments):
    return ps.upcast(theano.config.floatX, *(argument.type.dtype for argument in arguments))


def _infer_ndim_bcast(ndim, shape, *args):
    """Number of dimensions, shape as an int64 vector, and which axes are of length 1 for sure."""
    needed = max((arg.type.ndim for arg in args), default=0)
    if shape is None:
        if not args:
            raise SizeTypeError(
                "a size, as no argument says the shape", "size=None", "Give a tuple of integers."
            )
        shape, ndim = (-1,) * needed, needed
    if isinstance(shape, tuple | list):
        if ndim not in (None, len(shape)):
            raise ShapeError(f"size of length ndim={ndim}", f"{shape}", "Drop ndim=.")
        ndim = len(shape)
        lengths = [_length(axis - ndim, length, args) for axis, length in enumerate(shape)]
        broadcastable = [one for _, one in lengths]
        vector = pt.as_tensor_variable(np.array([], "int64"))
        if lengths:
            vector = pt.stack([pt.as_tensor_variable(n) for n, _ in lengths])
    else:
        vector = pt.as_tensor_variable(shape)
        if vector.type.ndim != 1:
            raise SizeTypeError("a vector as size", f"{vector.type}", "Give a tuple of integers.")
        ndim = pt.get_vector_length(vector) if ndim is None else ndim
        broadcastable = [False] * ndim
    if vector.type.ndim != 1:
        raise SizeTypeError("scalars in size", f"{shape}", "Give a tuple of integers.")
    if vector.type.dtype not in theano.tensor.integer_dtypes:
        raise DtypeError("integers as size", vector.type.dtype, "Cast them.")
    if needed > ndim:
        raise ShapeError(
            f"ndim of at least {needed}, as the arguments have", f"{ndim}", "Extend size."
        )
    return ndim, pt.cast(vector, "int64"), tuple(broadcastable)


def _length(axis, length, args):
    """An entry of a size, -1 looked up in the arguments, and whether it is 1 for sure."""
    if isinstance(length, Variable):
        return length, False
    if length >= 0:
        return length, bool(length == 1)
    if length != -1:
        raise RangeError("lengths >= 0 in size, or -1", f"{length}", "Change size.")
    there = [arg for arg in args if arg.type.ndim >= -axis]
    if not there:
        raise ShapeError(
            "an argument with the axis whose length is -1", "none", "Write the length out."
        )
    for arg in there:
        if not arg.type.broadcastable[axis]:
            return arg.shape[axis], False
    return 1, True
