"""Elementwise Ops."""

import numpy as np
import pytensor.scalar.basic as ps
import torch
from pytensor.scalar.basic import Composite, ScalarOp
from pytensor.tensor.elemwise import Elemwise

from symgen.backends.torch.dtypes import check_arithmetic, common_dtype, torch_dtype
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scalars import (
    COMMUTATIVE,
    FUNCTIONS,
    MIRRORED,
    second,
    second_number,
)
from symgen.backends.torch.scope import Code, Value
from symgen.errors import BackendError


@emits(Elemwise, ScalarOp)
def emit_elemwise(scope, node, arguments):
    """One call of a ``torch`` function, into the memory of a dead operand where there is one."""
    scalar_op = node.op.scalar_op if isinstance(node.op, Elemwise) else node.op
    if isinstance(scalar_op, Composite):
        return _composite(scope, node, scalar_op, arguments)
    return Code(expression(scope, scalar_op, arguments, node.outputs[0], node, True))


def expression(scope, op, arguments, output, node, may_reuse=False):
    """Python for a scalar Op of values, as broadcast tensors."""
    kind, dtype = type(op), output.type.dtype
    if kind is ps.Cast:
        return _cast(scope, arguments[0], dtype, node)
    check_arithmetic([*(v.variable for v in arguments), output], str(node))
    if kind is ps.Switch:
        return _switch(scope, arguments, dtype)
    if kind is ps.Second:
        return _second(scope, arguments, dtype, node)
    if kind not in FUNCTIONS:
        raise BackendError(
            "a scalar function that backend 'torch' has",
            f"{kind.__name__} in {node}",
            "Write it with other functions, or use backend 'c', 'numba' or 'py'.",
        )
    if len(arguments) == 2 and arguments[0].is_number and not arguments[1].is_number:
        if kind in COMMUTATIVE:
            arguments = arguments[::-1]
        elif kind in MIRRORED:
            kind, arguments = MIRRORED[kind], arguments[::-1]
        elif kind is ps.Sub:
            return _reversed_sub(scope, arguments, dtype)
    function = FUNCTIONS[kind]
    if function.fold:
        # A number first would leave two numbers to fold.
        arguments = sorted(arguments, key=lambda value: value.is_number)
    if function.dtype == "inputs":
        common = common_dtype([v.variable for v in arguments])
    else:
        common = dtype
    names = [
        _operand(scope, v, v.dtype if function.dtype == "own" else common, k in function.numbers or (
            function.fold and k > 0
        ))
        for k, v in enumerate(arguments)
    ]
    out = ""
    if function.out and may_reuse and common == dtype:
        for value in arguments[:2]:
            if scope.can_overwrite(value, output) and not _is_read_again(value, arguments):
                out = f", out={value.name}"
                break
    call = scope.bind(function.call, getattr(function.call, "__name__", "call"))
    if not function.fold or len(names) <= 2:
        if len(names) == 1 and function.fold:
            return f"{scope.bind(torch.clone, 'clone')}({names[0]})"
        return f"{call}({', '.join(names)}{out})"
    if not out and _whole(arguments[:2], output) and function.call in _IN_PLACE:
        # What the first call makes has the shape of the result: the others write into it.
        method = _IN_PLACE[function.call]
        result = f"{call}({names[0]}, {names[1]})"
        return result + "".join(f".{method}({name})" for name in names[2:])
    result = f"{call}({names[0]}, {names[1]}{out})"
    for name in names[2:]:
        result = f"{call}({result}, {name}{out})"
    return result


_IN_PLACE = {torch.add: "add_", torch.mul: "mul_"}


def _whole(values, output):
    """Whether tensors of these values broadcast to the whole of the output already."""
    if any(not value.is_number and value.variable.type.ndim != output.type.ndim for value in values):
        return False
    patterns = [value.variable.type.broadcastable for value in values if not value.is_number]
    return bool(patterns) and tuple(map(all, zip(*patterns, strict=True))) == output.type.broadcastable


def _is_read_again(value, arguments):
    """Whether writing into an operand would change another one, or a later step of a fold."""
    others = [other for other in arguments[:2] if other is not value] + list(arguments[2:])
    return any(value.memory & other.memory for other in others)


def _operand(scope, value, dtype, number_ok):
    if value.is_number:
        if number_ok and _fits(value, dtype):
            return scope.number(value)
        return scope.scalar_tensor(value, dtype)
    return scope.cast(scope.tensor(value), value, dtype)


def _fits(value, dtype):
    """Whether a number stays in a tensor's dtype: PyTorch refuses 2.5 beside integers."""
    order = "biuf"
    kind, target = np.dtype(value.dtype).kind, np.dtype(dtype).kind
    return order.index(kind) <= order.index(target)


def _reversed_sub(scope, arguments, dtype):
    number, tensor = arguments
    rsub = scope.bind(torch.rsub, "rsub")
    return f"{rsub}({_operand(scope, tensor, dtype, False)}, {_operand(scope, number, dtype, True)})"


def _cast(scope, value, dtype, node):
    target = scope.bind(torch_dtype(dtype, str(node)), dtype)
    if value.dtype == dtype:
        return f"{scope.tensor(value)}.clone()"
    if dtype == "uint8" and np.dtype(value.dtype).kind == "f":
        # A negative number wraps, as in NumPy.
        return f"{scope.tensor(value)}.to({scope.bind(torch.int64, 'int64')}).to({target})"
    return f"{scope.tensor(value)}.to({target})"


def _switch(scope, arguments, dtype):
    condition, *branches = arguments
    test = scope.tensor(condition)
    if condition.dtype != "bool":
        test = f"({test} != 0)"
    where = scope.bind(torch.where, "where")
    names = [_on_device(scope, value, dtype) for value in branches]
    return f"{where}({test}, {', '.join(names)})"


def _second(scope, arguments, dtype, node):
    shape, fill = arguments
    if fill.is_number:
        call = scope.bind(second_number, "fill")
        target = scope.bind(torch_dtype(dtype, str(node)), dtype)
        return f"{call}({scope.tensor(shape)}, {scope.number(fill)}, {target})"
    return f"{scope.bind(second, 'fill')}({scope.tensor(shape)}, {_on_device(scope, fill, dtype)})"


def _on_device(scope, value, dtype):
    if value.is_number:
        return scope.scalar_tensor(value, dtype, on_device=True)
    return _operand(scope, value, dtype, False)


def _composite(scope, node, composite, arguments):
    """Several scalar Ops in one node: nested calls, each inner result once."""
    inner = composite.fgraph
    values = dict(zip(inner.inputs, arguments, strict=True))
    bindings = []
    for scalar_node in inner.toposort():
        operands = []
        for variable in scalar_node.inputs:
            if variable not in values:
                values[variable] = Value(variable, "", True, np.asarray(variable.data))
            operands.append(values[variable])
        output = scalar_node.outputs[0]
        if all(value.is_number for value in operands):
            operands = [
                Value(value.variable, scope.scalar_tensor(value, value.dtype, on_device=True), False)
                for value in operands
            ]
        code = expression(scope, scalar_node.op, operands, output, node)
        values[output] = Value(output, scope.fresh("s"), False)
        bindings.append(f"({values[output].name} := {code})")
    results = ", ".join(values[variable].name for variable in inner.outputs)
    return Code(f"({', '.join([*bindings, f'({results})'])})[-1]", tuple(arguments))
