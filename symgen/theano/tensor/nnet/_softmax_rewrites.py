"""Theano's Ops for a softmax with a bias and for its cross-entropy, put where a graph spells them out.

The cross-entropy of ``softmax(x + b)`` with classes, however a program writes it, becomes one node, and its
gradient another. Both are stable, and refuse a class that is no column. Functions of this namespace have
them in ``FAST_RUN``, in C and in Python; Numba, JAX and PyTorch keep the graph.

Each rewrite has Theano's name. They run before the canonical forms, where the graph is still as the program
and :func:`theano.grad` wrote it.
"""

from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import copy_stack_trace, node_rewriter
from pytensor.link.vm import VMLinker
from pytensor.tensor import add, alloc, as_tensor_variable, cast
from pytensor.tensor.basic import Alloc, get_underlying_scalar_constant_value
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.exceptions import NotScalarConstantError
from pytensor.tensor.math import Argmax, Sum, exp, log, mul, sigmoid, softplus, sub, tanh, true_div
from pytensor.tensor.shape import Shape, Shape_i, SpecifyShape
from pytensor.tensor.special import LogSoftmax as LogSoftmaxOfAxes
from pytensor.tensor.special import Softmax as SoftmaxOfAxes
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor, Subtensor

from symgen.theano.compile import own_rewrites
from symgen.theano.tensor.nnet import opt
from symgen.theano.tensor.nnet._stand_in import WholeOp
from symgen.theano.tensor.nnet.nnet import (
    CrossentropyCategorical1Hot,
    CrossentropySoftmax1HotWithBiasDx,
    CrossentropySoftmaxArgmax1HotWithBias,
    LogSoftmax,
    Softmax,
    SoftmaxWithBias,
    crossentropy_softmax_1hot_with_bias_dx,
    crossentropy_softmax_argmax_1hot_with_bias,
    softmax_with_bias,
)

__all__ = [
    "crossentropy_to_crossentropy_with_softmax",
    "graph_merge_softmax_with_crossentropy_softmax",
    "local_advanced_indexing_crossentropy_onehot",
    "local_advanced_indexing_crossentropy_onehot_grad",
    "local_argmax_pushdown",
    "local_softmax_with_bias",
    "local_useless_crossentropy_softmax_1hot_with_bias_dx_alloc",
]

#: Elementwise functions that keep the order of numbers.
INCREASING = (exp, tanh, sigmoid, softplus)


@node_rewriter([Argmax])
def local_argmax_pushdown(fgraph, node):
    """``argmax(softmax(x))`` is ``argmax(x)``; so it is for functions that keep the order."""
    (x,) = node.inputs
    if x.owner is None:
        return None
    axes = node.op.axis
    of_rows = isinstance(x.owner.op, SoftmaxOfAxes) and x.owner.op.axis is not None
    if of_rows and axes is not None:
        same = {axis % x.type.ndim for axis in x.owner.op.axis}
        keeps_order = same == {axis % x.type.ndim for axis in axes}
    else:
        keeps_order = x.owner.op in INCREASING
    if not keeps_order:
        return None
    found = node.op(x.owner.inputs[0])
    copy_stack_trace(node.outputs[0], found)
    return [found]


@node_rewriter([WholeOp])
def crossentropy_to_crossentropy_with_softmax(fgraph, node):
    """The cross-entropy of a softmax, as a graph, whose logarithm is made stable."""
    if not CrossentropyCategorical1Hot.recognises(node.op) or not _is_softmax(node.inputs[0]):
        return None
    (entropies,) = node.op.graph(node.inputs)
    copy_stack_trace(node.outputs[0], entropies)
    return [entropies]


@node_rewriter([log, AdvancedSubtensor])
def local_advanced_indexing_crossentropy_onehot(fgraph, node):
    """The logarithm of a softmax at ``[arange(n), classes]`` is minus its cross-entropy.

    The logarithm may be taken before or after, and of ``x + b``.
    """
    if node.op == log:
        picked = node.inputs[0]
        if picked.owner is None or not isinstance(picked.owner.op, AdvancedSubtensor):
            return None
        matrix, indices = picked.owner.inputs[0], picked.owner.inputs[1:]
        probabilities = matrix if _is_softmax(matrix) else None
    else:
        picked, (matrix, *indices) = None, node.inputs
        probabilities = _logarithm_of_softmax(matrix)
    op = node.op if picked is None else picked.owner.op
    if probabilities is None or not _is_onehot(op.idx_list, indices, matrix, probabilities):
        return None
    classes = indices[1]
    if isinstance(matrix.owner.op, LogSoftmaxOfAxes) and not _is_checked(classes):
        return None  # an index of the user's own: it wraps
    x, b = _argument_and_bias(probabilities.owner.inputs[0])
    if b is None:
        b = alloc(as_tensor_variable(0).astype(x.dtype), x.shape[1])
    entropies = crossentropy_softmax_argmax_1hot_with_bias(x, b, _unchecked(classes))[0]
    copy_stack_trace(node.outputs[0], entropies)
    result = -entropies
    copy_stack_trace(node.outputs[0], result)
    replacements = {node.outputs[0]: _typed(result, node.outputs[0])}
    if picked is not None and len(fgraph.clients[picked]) > 1 and not _is_checked(classes):
        # The gradient divides by it, and knows it again only by the same, checked, classes.
        checked = op(matrix, indices[0], opt.checked_classes(classes))
        replacements[picked] = _typed(checked, picked)
    return replacements


@node_rewriter([sub])
def local_advanced_indexing_crossentropy_onehot_grad(fgraph, node):
    """The gradient of a cross-entropy that went back through a softmax.

    It is ``d - softmax(x) * sum(d, axis=1)`` with one number in each row of d.
    """
    d, scaled = node.inputs
    if scaled.owner is None or scaled.owner.op != mul or len(scaled.owner.inputs) != 2:
        return None
    for probabilities, total in (scaled.owner.inputs, scaled.owner.inputs[::-1]):
        if _is_softmax(probabilities) and _is_total(total, d):
            break
    else:
        return None
    scattered = _without_softmax(d, probabilities)
    if scattered.owner is None or not isinstance(scattered.owner.op, AdvancedIncSubtensor):
        return None
    base, values, *indices = scattered.owner.inputs
    op = scattered.owner.op
    if (
        op.set_instead_of_inc
        or not _is_onehot(op.idx_list, indices, base, probabilities)
        or not opt._is_zero(base)
        or not _is_checked(indices[1])
        or values.type.ndim > 1
    ):
        return None
    dy = cast(-values, probabilities.type.dtype)
    slope = crossentropy_softmax_1hot_with_bias_dx(dy, probabilities, _unchecked(indices[1]))
    copy_stack_trace(node.outputs[0], slope)
    return [_typed(slope, node.outputs[0])]


@node_rewriter([SoftmaxOfAxes])
def local_softmax_with_bias(fgraph, node):
    """``softmax(x + b)`` with a vector b is one node."""
    if not _is_softmax(node.outputs[0]):
        return None
    x, b = _argument_and_bias(node.inputs[0])
    if b is None:
        return None
    result = softmax_with_bias(x, b)
    copy_stack_trace(node.outputs[0], result)
    return [_typed(result, node.outputs[0])]


@node_rewriter([WholeOp, SoftmaxOfAxes])
def graph_merge_softmax_with_crossentropy_softmax(fgraph, node):
    """The softmax that a cross-entropy has computed is not computed again."""
    if SoftmaxWithBias.recognises(node.op):
        x, b = node.inputs
    elif _is_softmax(node.outputs[0]):
        (x,), b = node.inputs, None
    else:
        return None
    for client, place in fgraph.clients[x]:
        if place == 0 and CrossentropySoftmaxArgmax1HotWithBias.recognises(client.op):
            bias = client.inputs[1]
            if opt._is_zero(bias) if b is None else bias is b:
                return [_typed(client.outputs[1], node.outputs[0])]
    return None


@node_rewriter([WholeOp])
def local_useless_crossentropy_softmax_1hot_with_bias_dx_alloc(fgraph, node):
    """One number for all rows is not repeated for each."""
    if not CrossentropySoftmax1HotWithBiasDx.recognises(node.op):
        return None
    dy, sm, classes = node.inputs
    if dy.owner is None or not isinstance(dy.owner.op, Alloc):
        return None
    shapes = getattr(fgraph, "shape_feature", None)
    value = dy.owner.inputs[0]
    one = value.type.ndim == 0 or value.type.broadcastable == (True,)
    if not one or shapes is None or not shapes.same_shape(dy, classes, 0, 0):
        return None
    slope = node.op(value, sm, classes)
    copy_stack_trace(node.outputs[0], slope)
    return [slope]


def _is_softmax(variable):
    return (
        variable.owner is not None
        and isinstance(variable.owner.op, SoftmaxOfAxes)
        and Softmax.recognises(variable.owner.op)
        and variable.type.ndim == 2
        and variable.type.dtype in ("float32", "float64")
    )


def _logarithm_of_softmax(variable):
    """The softmax whose logarithm a variable is; None when it is not one."""
    if variable.owner is None:
        return None
    if variable.owner.op == log and _is_softmax(variable.owner.inputs[0]):
        return variable.owner.inputs[0]
    if isinstance(variable.owner.op, LogSoftmaxOfAxes) and LogSoftmax.recognises(variable.owner.op):
        probabilities = Softmax()(variable.owner.inputs[0])
        return probabilities if _is_softmax(probabilities) else None
    return None


def _is_onehot(idx_list, indices, *matrices):
    """Whether an index is ``[arange(n), classes]``, with n the number of classes, or of rows."""
    if tuple(idx_list) != (0, 1) or len(indices) != 2:
        return False
    rows, classes = indices
    if classes.type.ndim != 1 or not classes.type.dtype.startswith(("int", "uint")):
        return False
    matrices = [classes, _unchecked(classes), *matrices]
    matrices += [
        v.owner.inputs[0] for v in matrices if v.owner and isinstance(v.owner.op, SpecifyShape)
    ]
    if isinstance(rows, Constant):
        return opt.counts_up(rows) and len(rows.data) in [v.type.shape[0] for v in matrices]
    if not opt.counts_up(rows):
        return False
    start, stop, step = rows.owner.inputs
    if (_constant(start), _constant(step)) != (0, 1):
        return False
    return _is_length(stop, matrices)


def _is_length(number, variables):
    """Whether a number is known to be the length of one of these variables."""
    value = _constant(number)
    if value is not None:
        return any(variable.type.shape[0] == value for variable in variables)
    owner = number.owner
    if owner is None:
        return False
    if isinstance(owner.op, Shape_i):
        return owner.op.i == 0 and owner.inputs[0] in variables
    if not isinstance(owner.op, Subtensor) or owner.inputs[0].owner is None:
        return False
    shape = owner.inputs[0].owner
    place = [_constant(index) for index in owner.inputs[1:]] or list(owner.op.idx_list)
    return isinstance(shape.op, Shape) and place == [0] and shape.inputs[0] in variables


def _constant(variable):
    try:
        return int(get_underlying_scalar_constant_value(variable))
    except NotScalarConstantError:
        return None


def _is_checked(classes):
    return opt._is_checked(classes)


def _unchecked(classes):
    """The classes before they were checked: the Ops check them again."""
    if classes.owner is not None and classes.owner.op == opt.not_negative:
        return classes.owner.inputs[0]
    return classes


def _argument_and_bias(z):
    """`z` as the matrix x and the vector b whose sum it is; b is None when it is no such sum."""
    rows = ("x", 0)
    owner = z.owner
    if owner is not None and isinstance(owner.op, DimShuffle) and owner.op.new_order == rows:
        whole = owner.inputs[0]
        if whole.owner is not None and whole.owner.op == add:
            x, *rest = whole.owner.inputs
            if all(v.type.dtype == z.type.dtype and not v.type.broadcastable[0] for v in (x, *rest)):
                return x.dimshuffle(*rows), rest[0] if len(rest) == 1 else add(*rest)
    if owner is None or owner.op != add:
        return z, None
    vectors, matrices = [], []
    for term in owner.inputs:
        above = term.owner
        if (
            above is not None
            and isinstance(above.op, DimShuffle)
            and above.op.new_order == rows
            and above.inputs[0].type.dtype == z.type.dtype
            and not above.inputs[0].type.broadcastable[0]
        ):
            vectors.append(above.inputs[0])
        else:
            matrices.append(term)
    if not vectors or not matrices:
        return z, None
    x = matrices[0] if len(matrices) == 1 else add(*matrices)
    if x.type.dtype != z.type.dtype or x.type.broadcastable != z.type.broadcastable:
        return z, None
    return x, vectors[0] if len(vectors) == 1 else add(*vectors)


def _is_total(variable, d):
    """Whether a column is the sum of each row of `d`."""
    owner = variable.owner
    if owner is None or not isinstance(owner.op, DimShuffle) or owner.op.new_order != (0, "x"):
        return False
    total = owner.inputs[0].owner
    return (
        total is not None
        and isinstance(total.op, Sum)
        and total.op.axis in ((1,), (-1,))
        and total.inputs[0] is d
    )


def _without_softmax(d, probabilities):
    """``s`` where `d` is ``s / softmax * softmax``, else `d`."""
    if d.owner is None or d.owner.op != mul or len(d.owner.inputs) != 2:
        return d
    for quotient, factor in (d.owner.inputs, d.owner.inputs[::-1]):
        if (
            factor is probabilities
            and quotient.owner is not None
            and quotient.owner.op == true_div
            and quotient.owner.inputs[1] is probabilities
        ):
            return quotient.owner.inputs[0]
    return d


def _typed(variable, like):
    return variable if variable.type == like.type else like.type.filter_variable(variable)


def _register(rewrite, position, *tags, **settings):
    own_rewrites.register(
        rewrite.fn.__name__, own_rewrites.OfNodes(rewrite), position, *tags, **settings
    )


_register(crossentropy_to_crossentropy_with_softmax, 0.6, "fast_compile")
for _position in (0.65, 1.7):  # once more for a softmax that was written out
    _register(local_argmax_pushdown, _position, "fast_run")
for _rewrite, _position in (
    (local_advanced_indexing_crossentropy_onehot, 0.7),  # before negative classes are refused
    (local_advanced_indexing_crossentropy_onehot_grad, 0.95),  # after what is 0 / 0 has cancelled
    (local_softmax_with_bias, 0.96),
    (graph_merge_softmax_with_crossentropy_softmax, 1.7),  # after what only had a shape is gone
    (local_useless_crossentropy_softmax_1hot_with_bias_dx_alloc, 1.75),
):
    _register(_rewrite, _position, "fast_run", linker=VMLinker)
