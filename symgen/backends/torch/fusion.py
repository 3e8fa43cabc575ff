"""Nodes that are computed together with their only reader, by one ``torch`` function.

- ``dot(a, b) + c`` is ``addmm``; ``p - rate * g`` is a subtraction with a factor;
- the moments and the step of Adam: ``b v + (1 - b) g**2`` adds a product with a factor,
  ``b m + (1 - b) g`` is an interpolation, ``p - c m / d`` adds a quotient with a factor;
- a switch to 0 where ``x <= 0`` is the ReLU of x, or its derivative times something else;
- ``g * (1 - y**2)`` and ``g * y * (1 - y)`` are the derivatives that PyTorch has for tanh and sigmoid.
"""

from dataclasses import dataclass

import numpy as np
import pytensor.scalar.basic as ps
import torch
from pytensor.graph.basic import Constant
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Dot

from symgen.backends.torch.dtypes import is_float
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code, is_one_number


@dataclass(eq=False)
class Merged:
    """A node that stands for several."""

    op: object
    inputs: list
    outputs: list
    reader: object

    def __str__(self):
        return str(self.reader)


class ProductPlus:
    """``c + dot(a, b)`` of matrices."""


@dataclass
class Scaled:
    """``p + sign * factor * g``."""

    sign: int


@dataclass
class ScaledPair:
    """``p + sign * factor * a * b`` or ``p + sign * factor * a / b``."""

    sign: int
    quotient: bool


class Interpolation:
    """``(1 - factor) * a + factor * b``."""


class Rectified:
    """``g`` where ``x > 0``, else 0."""


@dataclass
class Derivative:
    """``g`` times the derivative of a function whose value is ``y``."""

    function: object


def fuse(fgraph):
    """The nodes of a graph in order of execution, some of them merged."""
    merged, gone = {}, set()
    for node in fgraph.toposort():
        found = _match(fgraph, node, gone)
        if found is not None:
            op, inputs, inner = found
            merged[node] = Merged(op, inputs, node.outputs, node)
            gone.update(inner)
    nodes = [merged.get(node, node) for node in fgraph.toposort() if node not in gone]
    return _needed(nodes, fgraph.outputs)


def _needed(nodes, outputs):
    """The nodes that an output depends on: a condition may have lost all its readers."""
    read, kept = set(outputs), []
    for node in reversed(nodes):
        if any(variable in read for variable in node.outputs):
            kept.append(node)
            read.update(node.inputs)
    return kept[::-1]


def _match(fgraph, node, gone):
    """(Op, inputs, nodes that it makes superfluous), or None."""
    output = node.outputs[0]
    if not isinstance(node.op, Elemwise) or not is_float(output.type.dtype) or is_one_number(output):
        return None
    kind = type(node.op.scalar_op)

    def inner(variable, scalar=None):
        """The node of a variable that only `node`, or what is merged into it, reads."""
        owner = variable.owner
        if owner is None or owner in gone or len(fgraph.clients[variable]) != 1:
            return None
        if not _alike(variable, output):
            return None
        if scalar is None:
            return owner if isinstance(owner.op, Dot) else None
        elementwise = isinstance(owner.op, Elemwise) and type(owner.op.scalar_op) is scalar
        return owner if elementwise else None

    if kind in (ps.Add, ps.Sub) and len(node.inputs) == 2:
        return _sum(kind, node, inner)
    if kind is ps.Mul:
        return _derivative(node, inner)
    if kind is ps.Switch:
        return _rectified(node)
    return None


def _sum(kind, node, inner):
    for k in (1, 0) if kind is ps.Add else (1,):
        term, other = node.inputs[k], node.inputs[1 - k]
        if other.type.dtype != term.type.dtype:
            continue
        dot = inner(term)
        if kind is ps.Add and dot is not None and _is_product_of_matrices(dot):
            return ProductPlus(), [other, *dot.inputs], [dot]
        found = _scaled(inner, kind, term, other)
        if found is not None:
            return found
    return None


def _scaled(inner, kind, term, other):
    """A scaled tensor, product or quotient that is added to another tensor of its shape."""
    sign = 1 if kind is ps.Add else -1
    if not _alike(other, term):
        return None
    quotient = inner(term, ps.TrueDiv)
    if quotient is not None:
        above, below = quotient.inputs
        split = _number_times(inner, above, term)
        if split is not None and _alike(below, term):
            factor, a, mul = split
            return ScaledPair(sign, True), [other, a, below, factor], [quotient, mul]
    split = _number_times(inner, term, term)
    if split is None:
        return None
    factor, a, mul = split
    square = inner(a, ps.Sqr)
    if square is not None:
        (g,) = square.inputs
        return ScaledPair(sign, False), [other, g, g, factor], [mul, square]
    kept = _number_times(inner, other, term) if sign > 0 else None
    if kept is not None and _sum_to_one(kept[0], factor):
        return Interpolation(), [kept[1], a, factor], [mul, kept[2]]
    return Scaled(sign), [other, a, factor], [mul]


def _number_times(inner, variable, like):
    """(number, tensor, node) of a product of a number and a tensor that nothing else reads."""
    mul = inner(variable, ps.Mul)
    if mul is None or len(mul.inputs) != 2:
        return None
    tensor, number = sorted(mul.inputs, key=is_one_number)
    if not is_one_number(number) or is_one_number(tensor) or not _alike(tensor, like):
        return None
    return number, tensor, mul


def _sum_to_one(a, b):
    """Whether two constants are weights, to the precision of their dtype."""
    if not (isinstance(a, Constant) and isinstance(b, Constant)):
        return False
    a, b = np.asarray(a.data).item(), np.asarray(b.data)
    return 0 <= a <= 1 and abs(a + b.item() - 1) <= np.finfo(b.dtype).eps


def _rectified(node):
    condition, zero, g = node.inputs
    test = condition.owner
    if test is None or not isinstance(test.op, Elemwise):
        return None
    if type(test.op.scalar_op) is ps.LE:
        x, bound = test.inputs
    elif type(test.op.scalar_op) is ps.GE:  # 0 >= x
        bound, x = test.inputs
    else:
        return None
    if not (_is_number(zero, 0) and _is_number(bound, 0) and _alike(x, g) and _alike(g, node.outputs[0])):
        return None
    return Rectified(), [g, x], []


def _derivative(node, inner):
    for one_minus in node.inputs:
        sub = inner(one_minus, ps.Sub)
        if sub is None or not _is_number(sub.inputs[0], 1):
            continue
        rest = [variable for variable in node.inputs if variable is not one_minus]
        square = inner(sub.inputs[1], ps.Sqr)
        if len(rest) == 1 and square is not None and _alike(rest[0], square.inputs[0]):
            return Derivative(torch.tanh), [rest[0], square.inputs[0]], [sub, square]
        y = sub.inputs[1]
        if len(rest) == 2 and y in rest:
            g = rest[1 - rest.index(y)]
            if g is not y and _alike(g, y):
                return Derivative(torch.sigmoid), [g, y], [sub]
    return None


def _alike(a, b):
    return a.type.dtype == b.type.dtype and a.type.broadcastable == b.type.broadcastable


def _is_product_of_matrices(node):
    return all(
        v.type.ndim == 2 and v.type.dtype == node.outputs[0].type.dtype for v in node.inputs
    )


def _is_number(variable, n):
    return isinstance(variable, Constant) and np.size(variable.data) == 1 and np.all(variable.data == n)


@emits(Rectified)
def emit_rectified(scope, node, arguments):
    """One pass, without the condition."""
    g, x = arguments
    output = node.outputs[0]
    if g is x:
        target = _target(scope, (x,), output)
        return Code(f"{scope.bind(torch.clamp, 'rectified')}({scope.tensor(x)}, min=0{target})")
    target = _target(scope, (g,), output) if not g.memory & x.memory else ""
    names = f"{scope.tensor(g)}, {scope.tensor(x)}, 0"
    if target:
        call = scope.bind(torch.ops.aten.threshold_backward.grad_input, "rectified")
        return Code(f"{call}({names}, grad_input={scope.tensor(g)})")
    return Code(f"{scope.bind(torch.ops.aten.threshold_backward.default, 'rectified')}({names})")


@emits(ProductPlus)
def emit_product_plus(scope, node, arguments):
    """One call of BLAS that adds to `c`."""
    c, a, b = (scope.tensor(value) for value in arguments)
    return Code(f"{scope.bind(torch.addmm, 'addmm')}({c}, {a}, {b})")


@emits(Scaled)
def emit_scaled(scope, node, arguments):
    """One pass; a factor that is on the device takes two."""
    base, term, factor = arguments
    target = _target(scope, (term, base), node.outputs[0])
    base, addend = scope.tensor(base), scope.tensor(term)
    call = scope.bind(torch.add if node.op.sign > 0 else torch.sub, "scaled")
    if factor.is_number:
        return Code(f"{call}({base}, {addend}, alpha={scope.number(factor)}{target})")
    product = f"{scope.bind(torch.mul, 'mul')}({addend}, {scope.tensor(factor)})"
    return Code(f"{call}({base}, {product})")


@emits(ScaledPair)
def emit_scaled_pair(scope, node, arguments):
    """One pass over three tensors."""
    base, a, b, factor = arguments
    names = [scope.tensor(value) for value in (base, a, b)]
    sign = "" if node.op.sign > 0 else "-"
    if factor.is_number:
        call = scope.bind(torch.addcdiv if node.op.quotient else torch.addcmul, "scaled")
        target = _target(scope, (base, a, b), node.outputs[0])
        return Code(f"{call}({', '.join(names)}, value={sign}{scope.number(factor)}{target})")
    pair = scope.bind(torch.div if node.op.quotient else torch.mul, "pair")
    call = scope.bind(torch.add if node.op.sign > 0 else torch.sub, "scaled")
    return Code(f"{call}({names[0]}, {pair}({names[1]}, {names[2]}).mul_({scope.tensor(factor)}))")


@emits(Interpolation)
def emit_interpolation(scope, node, arguments):
    """One pass over two tensors."""
    a, b, factor = arguments
    target = _target(scope, (a, b), node.outputs[0])
    lerp = scope.bind(torch.lerp, "lerp")
    return Code(f"{lerp}({scope.tensor(a)}, {scope.tensor(b)}, {scope.number(factor)}{target})")


def _target(scope, values, output):
    """``, out=`` an operand that nothing reads any more, nor another operand has memory of."""
    for value in values:
        others = (other for other in values if other is not value)
        if scope.can_overwrite(value, output) and not any(value.memory & v.memory for v in others):
            return f", out={value.name}"
    return ""


_DERIVATIVES = {
    torch.tanh: torch.ops.aten.tanh_backward,
    torch.sigmoid: torch.ops.aten.sigmoid_backward,
}


@emits(Derivative)
def emit_derivative(scope, node, arguments):
    """One pass over `g` and `y`."""
    g, y = arguments
    output, overloads = node.outputs[0], _DERIVATIVES[node.op.function]
    names = f"{scope.tensor(g)}, {scope.tensor(y)}"
    for value, other in ((g, y), (y, g)):
        if scope.can_overwrite(value, output) and not value.memory & other.memory:
            call = scope.bind(overloads.grad_input, "derivative")
            return Code(f"{call}({names}, grad_input={value.name})")
    return Code(f"{scope.bind(overloads.default, 'derivative')}({names})")
