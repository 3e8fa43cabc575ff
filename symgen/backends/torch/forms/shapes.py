"""Making, joining and reshaping tensors."""

import numpy as np
import torch
from pytensor.compile.ops import DeepCopyOp, ViewOp
from pytensor.tensor.basic import (
    Alloc,
    AllocEmpty,
    ARange,
    ExtractDiag,
    Eye,
    Join,
    MakeVector,
    ScalarFromTensor,
    Split,
    TensorFromScalar,
)
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.extra_ops import CpuContiguous, Repeat
from pytensor.tensor.shape import Reshape, SpecifyShape

from symgen.backends.torch.dtypes import check_arithmetic, is_float, torch_dtype
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code


def _sizes(scope, values):
    return ", ".join([*(scope.integer(value) for value in values), ""])


def _device(scope):
    return f"device={scope.bind(scope.device, 'device')}"


@emits(Alloc)
def emit_alloc(scope, node, arguments):
    """A tensor of a shape, filled."""
    value, *shape = arguments
    output = node.outputs[0]
    dtype = scope.bind(torch_dtype(output.type.dtype, str(node)), output.type.dtype)
    sizes = f"({_sizes(scope, shape)})"
    if value.is_number:
        full = scope.bind(torch.full, "full")
        return Code(f"{full}({sizes}, {scope.number(value)}, dtype={dtype}, {_device(scope)})")
    return Code(f"{scope.bind(_filled, 'filled')}({scope.tensor(value)}, {sizes})")


def _filled(value, sizes):
    return torch.empty(sizes, dtype=value.dtype, device=value.device).copy_(value)


@emits(AllocEmpty)
def emit_alloc_empty(scope, node, arguments):
    """A tensor of a shape; zeros, so that a call gives the same bits whatever lay there."""
    dtype = scope.bind(torch_dtype(node.op.dtype, str(node)), node.op.dtype)
    zeros = scope.bind(torch.zeros, "zeros")
    return Code(f"{zeros}(({_sizes(scope, arguments)}), dtype={dtype}, {_device(scope)})")


@emits(ARange)
def emit_arange(scope, node, arguments):
    """Numbers from start to stop by step."""
    dtype = scope.bind(torch_dtype(node.op.dtype, str(node)), node.op.dtype)
    if is_float(node.op.dtype):
        scope.waits |= not all(value.is_number for value in arguments)
        names = [scope.number(v) if v.is_number else f"{v.name}.item()" for v in arguments]
        return Code(f"{scope.bind(_float_arange, 'arange')}({', '.join(names)}, {dtype}, {_device(scope)})")
    names = [scope.integer(value) for value in arguments]
    return Code(f"{scope.bind(_arange, 'arange')}({', '.join(names)}, {dtype}, {_device(scope)})")


def _arange(start, stop, step, dtype, device):
    size = len(range(start, stop, step))
    return torch.arange(start, start + size * step, step, dtype=dtype, device=device)


def _float_arange(start, stop, step, dtype, device):
    size = max(int(np.ceil((stop - start) / step)), 0)
    return torch.arange(size, dtype=dtype, device=device) * step + start


@emits(Eye)
def emit_eye(scope, node, arguments):
    """Ones on a diagonal."""
    dtype = scope.bind(torch_dtype(node.op.dtype, str(node)), node.op.dtype)
    names = ", ".join(scope.integer(value) for value in arguments)
    return Code(f"{scope.bind(_eye, 'eye')}({names}, {dtype}, {_device(scope)})")


def _eye(rows, columns, k, dtype, device):
    matrix = torch.zeros(rows, columns, dtype=dtype, device=device)
    if -rows < k < columns:
        matrix.diagonal(k).fill_(1)
    return matrix


@emits(ExtractDiag)
def emit_extract_diag(scope, node, arguments):
    """A diagonal of the matrices along two axes."""
    op, x = node.op, arguments[0]
    name = scope.tensor(x)
    return Code(f"{name}.diagonal({op.offset}, {op.axis1}, {op.axis2})", (x,))


@emits(MakeVector)
def emit_make_vector(scope, node, arguments):
    """Numbers side by side."""
    dtype = scope.bind(torch_dtype(node.op.dtype, str(node)), node.op.dtype)
    if all(value.on_host for value in arguments):
        names = ", ".join(scope.number(value) for value in arguments)
        return Code(f"{scope.bind(torch.tensor, 'tensor')}([{names}], dtype={dtype}, {_device(scope)})")
    names = [f"{scope.tensor(value)}.to({dtype})" for value in arguments]
    return Code(f"{scope.bind(torch.stack, 'stack')}([{', '.join(names)}])")


@emits(TensorFromScalar, ScalarFromTensor, ViewOp, CpuContiguous)
def emit_same(scope, node, arguments):
    """The value as it is."""
    return Code(scope.tensor(arguments[0]), tuple(arguments))


@emits(DeepCopyOp)
def emit_copy(scope, node, arguments):
    """A copy with memory of its own."""
    return Code(f"{scope.tensor(arguments[0])}.clone()")


@emits(DimShuffle)
def emit_dimshuffle(scope, node, arguments):
    """Axes permuted, dropped where of length 1, and put in."""
    (x,) = arguments
    order, name = node.op.new_order, scope.tensor(x)
    kept = [axis for axis in order if axis != "x"]
    ndim = x.variable.type.ndim
    dropped = [axis for axis in range(ndim) if axis not in kept]
    if dropped:
        # A dropped axis has length 1; reshape says so if it has not.
        name = f"{scope.bind(_drop, 'drop')}({name}, {tuple(dropped)})"
        place = {axis: k for k, axis in enumerate(sorted(kept))}
        kept = [place[axis] for axis in kept]
    if kept == [1, 0]:
        name = f"{name}.t()"
    elif kept != sorted(kept):
        name = f"{name}.permute({', '.join(map(str, kept))})"
    if "x" in order:
        if len(order) == 1 or order[:-1] and all(axis != "x" for axis in order[:-1]):
            name = f"{name}.unsqueeze({len(order) - 1})"
        else:
            index = ", ".join("None" if axis == "x" else ":" for axis in order)
            name = f"{name}[{index}]"
    return Code(name, tuple(arguments))


def _drop(x, axes):
    for axis in reversed(axes):
        if x.shape[axis] != 1:
            raise ValueError(f"axis {axis} to be dropped has length {x.shape[axis]}, not 1")
        x = x.squeeze(axis)
    return x


@emits(Reshape)
def emit_reshape(scope, node, arguments):
    """The same numbers in another shape."""
    x, shape = arguments
    return Code(f"{scope.tensor(x)}.reshape({scope.integers(shape)})", (x,))


@emits(SpecifyShape)
def emit_specify_shape(scope, node, arguments):
    """The tensor, if it has the shape said."""
    x, *shape = arguments
    wanted = [
        (axis, scope.integer(value))
        for axis, value in enumerate(shape)
        if not (value.constant is None and value.dtype is None)
    ]
    pairs = "".join(f"({axis}, {size}), " for axis, size in wanted)
    return Code(f"{scope.bind(_with_shape, 'with_shape')}({scope.tensor(x)}, ({pairs}))", (x,))


def _with_shape(x, wanted):
    for axis, size in wanted:
        if x.shape[axis] != size:
            raise AssertionError(
                f"SpecifyShape: dim {axis} of input has shape {x.shape[axis]}, expected {size}."
            )
    return x


@emits(Join)
def emit_join(scope, node, arguments):
    """Tensors one after the other along an axis."""
    if hasattr(node.op, "axis"):  # PyTensor 3.3
        axis, tensors = repr(node.op.axis), arguments
    else:
        axis, tensors = scope.integer(arguments[0]), arguments[1:]
    dtype = node.outputs[0].type.dtype
    names = ", ".join(scope.cast(scope.tensor(value), value, dtype) for value in tensors)
    return Code(f"{scope.bind(torch.cat, 'cat')}(({names},), dim={axis})")


@emits(Split)
def emit_split(scope, node, arguments):
    """Parts of given lengths along an axis."""
    if hasattr(node.op, "axis"):  # PyTensor 3.3
        x, sizes = arguments
        axis = repr(node.op.axis)
    else:
        x, axis, sizes = arguments
        axis = scope.integer(axis)
    call = f"{scope.tensor(x)}.split({scope.integers(sizes)}, dim={axis})"
    return Code(f"({call})[0]" if len(node.outputs) == 1 else call, (x,))


@emits(Repeat)
def emit_repeat(scope, node, arguments):
    """Each entry several times along an axis."""
    x, repeats = arguments
    check_arithmetic([repeats.variable], str(node))
    if repeats.is_number:
        times = scope.integer(repeats)
    else:
        times = scope.tensor(repeats)
    axis = node.op.axis
    flat = "" if axis is not None else ".reshape(-1)"
    call = scope.bind(torch.repeat_interleave, "repeat")
    return Code(f"{call}({scope.tensor(x)}{flat}, {times}, dim={axis or 0})")
