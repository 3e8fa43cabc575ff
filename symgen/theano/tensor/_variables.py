"""What Theano's variables and types did beyond PyTensor's: installed when ``theano`` is imported.

The classes are PyTensor's own, so this only adds what they lack or refuse. What they already do,
they do as before.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.link.basic import Linker
from pytensor.scalar.basic import GE, GT, LE, LT
from pytensor.tensor.basic import get_underlying_scalar_constant_value
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorConstant, _tensor_py_operators

from symgen.errors import NotSupportedError
from symgen.theano.compile.mode import mode_for
from symgen.theano.compile.own_rewrites import with_own_rewrites

_filter_variable = TensorType.filter_variable
_eval = Variable.eval


def install():
    """Put the methods of this module on PyTensor's classes."""
    for method in (
        __bool__,
        __div__,
        __rdiv__,
        choose,
        get_scalar_constant_value,
        reshape,
    ):
        setattr(_tensor_py_operators, method.__name__, method)
    _tensor_py_operators.__nonzero__ = __bool__
    if Variable.eval is _eval:
        Variable.eval = eval
    Variable.__init__.__defaults__ = (None, None, None)  # Theano's owner had a default, too
    if TensorType.filter_variable is _filter_variable:
        TensorType.filter_variable = filter_variable
    TensorType.value_zeros = value_zeros
    TensorType.sparse_grad = False
    TensorConstant.cached = False
    Linker.make_function = make_function


def __bool__(self):
    """True, so that ``if x:`` asks whether a variable is there.

    Raises
    ------
    TypeError
        For a comparison (``x < y``), whose truth only its values have.
    """
    op = getattr(self.owner, "op", None)
    if isinstance(op, Elemwise) and isinstance(op.scalar_op, LT | LE | GT | GE):
        raise TypeError("Variables do not support boolean operations.")
    return True


def __div__(self, other):
    """Return ``self / other``, as Python 2 called it."""
    return pt.true_div(self, other)


def __rdiv__(self, other):
    """Return ``other / self``, as Python 2 called it."""
    return pt.true_div(other, self)


def choose(self, choices, out=None, mode="raise"):
    """See :func:`theano.tensor.choose`; PyTensor's second argument is `mode`."""
    if isinstance(out, str):
        out, mode = None, out
    if out is not None:
        raise NotSupportedError("choose() without out", f"out={out!r}", "Assign the result.")
    return pt.choose(self, choices, mode=mode)


def get_scalar_constant_value(self):
    """Return the number that this variable always is; see :mod:`theano.tensor`."""
    return get_underlying_scalar_constant_value(self)


def reshape(self, shape, ndim=None):
    """Return this tensor in another shape; see :func:`theano.tensor.reshape`.

    Parameters
    ----------
    shape : sequence of ints and scalars, or vector
        -1, once, stands for what is left.
    ndim : int, optional
        The length of `shape`, where the graph does not say it.
    """
    return pt.reshape(self, shape, ndim=ndim)


def eval(self, inputs_to_values=None, **options):
    """Return this variable's value: compiled as ``theano.config.mode`` says, as any other function.

    Parameters
    ----------
    inputs_to_values : dict, optional
        Variable, or its name -> value.
    **options
        Of :func:`theano.function`, such as ``mode``.
    """
    options["mode"] = with_own_rewrites(mode_for(options.get("mode"), [self]))
    return _eval(self, inputs_to_values, **options)


def filter_variable(self, other, allow_convert=True):
    """Return `other` as a variable of this type, as PyTensor's method does.

    In addition a variable of the same dtype and broadcasting pattern is taken as it is when its
    lengths are known, and are not known not to fit: Theano's types did not know lengths. This
    method judges default updates.
    """
    theirs = getattr(other, "type", None)
    if (
        type(theirs) is type(self) is TensorType
        and self.broadcastable == theirs.broadcastable
        and self.is_super(theirs)
    ):
        return other
    return _filter_variable(self, other, allow_convert)


def value_zeros(self, shape):
    """Return an array of zeros of this type's dtype."""
    return np.zeros(shape, dtype=self.dtype)


def make_function(self, unpack_single=True, **options):
    """Return a function that runs the graph that this linker accepted.

    Parameters
    ----------
    unpack_single : bool
        Whether one output is returned by itself; more are a list.
    **options
        Of the linker's ``make_thunk``.

    Returns
    -------
    callable
        Its arguments are the values of the graph's inputs.
    """
    thunk, inputs, outputs = self.make_thunk(**options)

    def execute(*values):
        if len(values) != len(inputs):
            raise TypeError(f"expected {len(inputs)} arguments, got {len(values)}")
        for value, container in zip(values, inputs, strict=True):
            container.value = value
        thunk()
        results = [container.data for container in outputs]
        return results[0] if unpack_single and len(results) == 1 else results

    execute.thunk, execute.inputs, execute.outputs = thunk, inputs, outputs
    return execute
