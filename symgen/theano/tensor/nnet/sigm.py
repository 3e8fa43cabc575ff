"""``theano.tensor.nnet.sigm``: the logistic function, its approximations and its integral."""

import pytensor
from pytensor.graph.rewriting.basic import copy_stack_trace, node_rewriter
from pytensor.scalar.math import Sigmoid as ScalarSigmoid
from pytensor.scalar.math import Softplus as ScalarSoftplus
from pytensor.scalar.math import sigmoid as scalar_sigmoid
from pytensor.scalar.math import softplus as scalar_softplus
from pytensor.tensor import (
    abs,
    as_tensor_variable,
    cast,
    clip,
    constant,
    lt,
    sigmoid,
    sign,
    softplus,
    switch,
)
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.rewriting.math import (
    compute_mul,
    is_1pexp,
    is_exp,
    is_mul,
    is_neg,
    local_exp_over_1_plus_exp,
    local_sigm_times_exp,
    log1msigm_to_softplus,
    log1p_neg_sigmoid,
    logsigm_to_softplus,
    parse_mul_tree,
    partition_num_or_denom,
    perform_sigm_times_exp,
    replace_leaf,
    simplify_mul,
)
from pytensor.tensor.rewriting.math import (
    local_reciprocal_1_plus_exp as local_inv_1_plus_exp,
)

from symgen.theano._missing import attribute_lookup
from symgen.theano.compile import own_rewrites

__all__ = [
    "ScalarSigmoid",
    "ScalarSoftplus",
    "compute_mul",
    "hard_sigmoid",
    "is_1pexp",
    "is_exp",
    "is_mul",
    "is_neg",
    "local_exp_over_1_plus_exp",
    "local_hard_sigmoid",
    "local_inv_1_plus_exp",
    "local_sigm_times_exp",
    "local_ultra_fast_sigmoid",
    "log1msigm_to_softplus",
    "log1p_neg_sigmoid",
    "logsigm_to_softplus",
    "parse_mul_tree",
    "partition_num_or_denom",
    "perform_sigm_times_exp",
    "register_local_1msigmoid",
    "replace_leaf",
    "scalar_sigmoid",
    "scalar_softplus",
    "sigmoid",
    "sigmoid_inplace",
    "simplify_mul",
    "softplus",
    "ultra_fast_sigmoid",
]

__getattr__ = attribute_lookup(__name__)

def _as_the_first(*types):
    """Type of the result: that of the argument."""
    return [types[0]]


#: The sigmoid that writes into its argument's memory: for rewrites, not for users' graphs.
sigmoid_inplace = Elemwise(
    ScalarSigmoid(_as_the_first, name="sigmoid_inplace"), {0: 0}, name="sigmoid_inplace"
)

#: Whether ``1 - sigmoid(x)`` becomes ``sigmoid(-x)``; Theano had switched it off.
register_local_1msigmoid = False


def as_float(x):
    """`x` as a tensor of a float dtype: an integer becomes ``theano.config.floatX``."""
    x = as_tensor_variable(x)
    return x if x.dtype.startswith(("float", "complex")) else cast(x, pytensor.config.floatX)


def hard_sigmoid(x):
    """Return ``clip(0.2 x + 0.5, 0, 1)``, a cheap stand-in for the logistic function.

    Parameters
    ----------
    x : tensor

    Returns
    -------
    TensorVariable, shape and dtype of `x` (``floatX`` for integers), in [0, 1]
        Its slope is 0.2 in [-2.5, 2.5], both ends included, and 0 outside.
    """
    x = as_float(x)
    slope, shift, zero, one = (constant(value, dtype=x.dtype) for value in (0.2, 0.5, 0.0, 1.0))
    return clip(x * slope + shift, zero, one)


def ultra_fast_sigmoid(x):
    """Return a piecewise rational and linear approximation of the logistic function.

    With ``h = |x| / 2``, the result is ``(1 + sign(x) g(h)) / 2`` where ``g(h)`` is ``1.5 h /
    (1 + h)`` below 1.7, a line up to 3, and a constant beyond.

    Parameters
    ----------
    x : tensor

    Returns
    -------
    TensorVariable, shape and dtype of `x` (``floatX`` for integers), in (0, 1)
        Its gradient is that of the approximation; Theano had none.
    """
    x = as_float(x)

    def number(value):
        return constant(value, dtype=x.dtype)

    h = abs(x) * number(0.5)
    near = number(1.5) * h / (number(1.0) + h)
    line = number(0.935409070603099) + number(0.0458812946797165) * (h - number(1.7))
    beyond = switch(lt(h, number(3.0)), line, number(0.99505475368673))
    return number(0.5) * (number(1.0) + sign(x) * switch(lt(h, number(1.7)), near, beyond))


@node_rewriter([sigmoid])
def local_ultra_fast_sigmoid(fgraph, node):
    """Approximate a sigmoid by :func:`ultra_fast_sigmoid`, in modes that include this by name."""
    return _approximated(node, ultra_fast_sigmoid)


@node_rewriter([sigmoid])
def local_hard_sigmoid(fgraph, node):
    """Approximate a sigmoid by :func:`hard_sigmoid`, in modes that include this by name."""
    return _approximated(node, hard_sigmoid)


def _approximated(node, function):
    output = function(node.inputs[0])
    copy_stack_trace(node.outputs[0], output)
    return [output]


for _rewrite in (local_ultra_fast_sigmoid, local_hard_sigmoid):
    _name = _rewrite.__name__
    own_rewrites.register(_name, own_rewrites.InScansToo(_rewrite), 2.05, _name)
