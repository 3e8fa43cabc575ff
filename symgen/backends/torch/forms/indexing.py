"""Reading and writing parts of a tensor."""

import torch
from pytensor.tensor import subtensor as ts
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
)

from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code
from symgen.errors import BackendError

# PyTensor 3.0 has Ops of their own for one vector of indices.
_READS = (AdvancedSubtensor, *filter(None, [getattr(ts, "AdvancedSubtensor1", None)]))
_WRITES = (AdvancedIncSubtensor, *filter(None, [getattr(ts, "AdvancedIncSubtensor1", None)]))


def _entries(op, arguments):
    """The index as values, and slices of values or None."""
    remaining = iter(arguments)

    def part(given):
        if given is None:
            return None
        value = next(remaining)
        return value if value.dtype is not None else None

    return [
        slice(part(entry.start), part(entry.stop), part(entry.step))
        if isinstance(entry, slice)
        else next(remaining)
        for entry in op.idx_list
    ]


def _bound(scope, value):
    return "None" if value is None else scope.integer(value)


def _step_is_positive(value):
    return value is None or (value.constant is not None and int(value.constant) > 0)


def _slice_text(scope, entry):
    parts = [_bound(scope, entry.start), _bound(scope, entry.stop), _bound(scope, entry.step)]
    return f"slice({', '.join(parts)})"


def _basic(scope, entries):
    """An index of integers and slices as Python."""
    texts = [
        _slice_text(scope, entry) if isinstance(entry, slice) else scope.integer(entry)
        for entry in entries
    ]
    return f"({', '.join([*texts, ''])})"


@emits(Subtensor)
def emit_subtensor(scope, node, arguments):
    """A view, where no step is negative."""
    x, entries = arguments[0], _entries(node.op, arguments[1:])
    name = scope.tensor(x)
    simple = all(not isinstance(e, slice) or _step_is_positive(e.step) for e in entries)
    if simple and len(entries) == 1 and isinstance(entries[0], slice) and entries[0].step is None:
        start, stop = _bound(scope, entries[0].start), _bound(scope, entries[0].stop)
        start, stop = ("" if text == "None" else text for text in (start, stop))
        return Code(f"{name}[{start}:{stop}]", (x,))
    if scope.device.type != "cpu" and any(_is_on_device(entry) for entry in entries):
        # An index that is on the device stays there.
        texts = ", ".join(_entry_text(scope, entry) for entry in entries)
        return Code(f"{scope.bind(_read_by_tensors, 'read')}({name}, ({texts},))", (x,))
    index = _basic(scope, entries)
    if simple:
        return Code(f"{name}[{index}]", (x,))
    return Code(f"{scope.bind(_read, 'read')}({name}, {index})", (x,))


def _is_on_device(entry):
    return not isinstance(entry, slice) and not entry.on_host


def _entry_text(scope, entry):
    if isinstance(entry, slice):
        return _slice_text(scope, entry)
    return scope.tensor(entry) if _is_on_device(entry) else scope.integer(entry)


def _upwards(index, shape):
    """`index` with negative steps turned round, and the axes of the result to be reversed."""
    turned, flips, axis = [], [], 0
    for k, entry in enumerate(index):
        if not isinstance(entry, slice):
            turned.append(entry)
            continue
        if entry.step is not None and entry.step < 0:
            places = range(shape[k])[entry]
            entry = slice(places[-1], places[0] + 1, -entry.step) if places else slice(0, 0)
            flips.append(axis)
        turned.append(entry)
        axis += 1
    return tuple(turned), flips


def _read(x, index):
    index, flips = _upwards(index, x.shape)
    return torch.flip(x[index], flips) if flips else x[index]


def _read_by_tensors(x, index):
    basic = list(index)
    for axis, entry in enumerate(index):
        if isinstance(entry, torch.Tensor):
            place = torch.where(entry < 0, entry + x.shape[axis], entry).to(torch.int64)
            x = torch.index_select(x, axis, place.reshape(1))
            basic[axis] = 0
    return _read(x, tuple(basic))


@emits(IncSubtensor)
def emit_inc_subtensor(scope, node, arguments):
    """Write into a part of a copy, or of the tensor itself where nothing else reads it."""
    x, y, *rest = arguments
    index = _basic(scope, _entries(node.op, rest))
    write = scope.bind(_write, "write")
    given = _own(scope, x, node.outputs[0])
    replace = bool(node.op.set_instead_of_inc)
    return Code(f"{write}({given}, {_addend(scope, x, y)}, {index}, {replace})")


def _own(scope, x, output):
    name = scope.tensor(x)
    return name if scope.can_overwrite(x, output) else f"{name}.clone()"


def _addend(scope, x, y):
    return scope.cast(scope.tensor(y), y, x.dtype)


def _write(x, y, index, replace):
    index, flips = _upwards(index, x.shape)
    part = x[index]
    if flips:
        y = torch.flip(y.expand(part.shape), flips)
    if replace:
        part.copy_(y)
    else:
        part.add_(y)
    return x


@emits(*_READS)
def emit_advanced_subtensor(scope, node, arguments):
    """A gather, with NumPy's rule for where the indexed axes go."""
    x, entries = arguments[0], _entries(node.op, arguments[1:])
    name = scope.tensor(x)
    if len(entries) == 1 and not isinstance(entries[0], slice):
        vector = entries[0].variable.type.ndim == 1 and entries[0].dtype != "bool"
        if vector and scope.device.type == "cpu":
            return Code(f"{scope.bind(_rows, 'rows')}({name}, {_index_tensor(scope, entries[0])})")
        return Code(f"{name}[{_index_tensor(scope, entries[0])}]")
    texts = ", ".join([*(_advanced_text(scope, entry) for entry in entries), ""])
    return Code(f"{scope.bind(_gather, 'gather')}({name}, ({texts}))")


def _rows(x, index):
    # Half the time of x[index], which counts from the end too.
    if index.numel() and index.min() >= 0:
        return torch.index_select(x, 0, index)
    return x[index]


def _index_tensor(scope, value):
    name = scope.tensor(value)
    if value.dtype not in ("int64", "bool"):
        name = f"{name}.to({scope.bind(torch.int64, 'int64')})"
    if value.variable.type.ndim == 0:
        # PyTorch takes a tensor of no dimensions for an integer, NumPy for an array.
        name = f"{name}.reshape(1)"
    return name


def _advanced_text(scope, entry):
    return _slice_text(scope, entry) if isinstance(entry, slice) else _index_tensor(scope, entry)


def _sliced(x, index):
    """The slices of an index applied as a view, and the tensors of it, None for each slice."""
    basic, tensors = [], []
    for entry in index:
        if isinstance(entry, slice):
            basic.append(entry)
            tensors.append(None)
        else:
            basic += [slice(None)] * (entry.ndim if entry.dtype == torch.bool else 1)
            tensors.append(entry)
    return tuple(basic), tensors


def _gather(x, index):
    basic, tensors = _sliced(x, index)
    return torch.ops.aten.index(_read(x, basic), tensors)


@emits(*_WRITES)
def emit_advanced_inc_subtensor(scope, node, arguments):
    """A scatter; an index that comes twice is added twice."""
    x, y, *rest = arguments
    op = node.op
    entries = _entries(op, rest)
    for entry in entries:
        if isinstance(entry, slice) and not _step_is_positive(entry.step):
            raise BackendError(
                "slices with positive constant steps beside arrays of indices",
                f"{op} in {node}",
                "Reverse the array first: x[::-1], or use backend 'c' or 'py'.",
            )
    texts = ", ".join([*(_advanced_text(scope, entry) for entry in entries), ""])
    given = _own(scope, x, node.outputs[0])
    add = not op.set_instead_of_inc
    twice = add and not getattr(op, "ignore_duplicates", False)
    scatter = scope.bind(_scatter, "scatter")
    return Code(f"{scatter}({given}, {_addend(scope, x, y)}, ({texts}), {add}, {twice})")


def _scatter(x, y, index, add, accumulate):
    basic, tensors = _sliced(x, index)
    part = x[basic]
    if add and not accumulate:
        y = torch.ops.aten.index(part, tensors) + y
    torch.ops.aten.index_put_(part, tensors, y, accumulate)
    return x
