"""Loops: Python runs the inner function; a state is a list of rows that are joined at the end."""

import numpy as np
import torch
from pytensor.scan.op import Scan

from symgen.backends.torch.dtypes import torch_dtype
from symgen.backends.torch.forms.control import compile_inner, mutable, on_device
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code, Value


@emits(Scan)
def emit_scan(scope, node, arguments):
    """The loop as one call."""
    op, info = node.op, node.op.info
    inner = mutable(op.fgraph)
    given = _inner_arguments(scope, op, inner, arguments)
    program, _ = compile_inner(scope, inner, given, op.name or "scan")
    untraced = {info.n_mit_mot_outs + info.n_mit_sot + info.n_sit_sot + info.n_nit_sot + k
                for k in range(info.n_untraced_sit_sot)}
    dense = [k not in untraced or getattr(v.type, "dtype", None) is not None
             for k, v in enumerate(inner.outputs)]
    loop = Loop(op, node, on_device(program, dense, scope.device), scope.device)
    expressions = []
    lengths = {0, *range(op.nit_sot_arg_offset, op.nit_sot_arg_offset + info.n_nit_sot)}
    first_other = op.nit_sot_arg_offset + info.n_nit_sot
    host_others = {
        k for k, variable in enumerate(inner.inputs[len(inner.inputs) - info.n_non_seqs :])
        if given[len(inner.inputs) - info.n_non_seqs + k].on_host
    }
    for k, value in enumerate(arguments):
        if k in lengths:
            expressions.append(scope.integer(value))
        elif value.dtype is None or (k >= first_other and k - first_other in host_others):
            expressions.append(value.name or scope.bind(value.constant, "constant"))
        else:
            expressions.append(scope.tensor(value))
    call = f"{scope.bind(loop, 'scan')}({', '.join(expressions)})"
    return Code(f"{call}[0]" if len(node.outputs) == 1 else call, tuple(arguments))


def _inner_arguments(scope, op, inner, arguments):
    """What the inner function's inputs are: host values only where the same at each step."""
    info = op.info
    values = [Value(variable, "", False) for variable in inner.inputs]
    first = len(inner.inputs) - info.n_non_seqs
    outer = arguments[op.nit_sot_arg_offset + info.n_nit_sot :]
    for k, value in enumerate(outer):
        small = value.constant is None or np.ndim(value.constant) == 0
        values[first + k] = Value(inner.inputs[first + k], "", value.on_host and small)
    for k, variable in enumerate(inner.inputs):
        if getattr(variable.type, "dtype", None) is None:
            values[k] = Value(variable, "", True)
    for value in values:
        value.name = "unused"
    return values


class Loop:
    """The function of a ``Scan`` node.

    Its arguments are those of the Op: the number of steps, sequences, initial states, and for each
    output without a past how many of its last steps are kept.
    """

    def __init__(self, op, node, step, device):
        self._step, self._device, info = step, device, op.info
        self._info, self._name = info, op.name or "scan"
        self._states = info.n_mit_mot + info.n_mit_sot + info.n_sit_sot
        self._taps = [
            tuple(t) for t in (*info.mit_mot_in_slices, *info.mit_sot_in_slices, *info.sit_sot_in_slices)
        ]
        self._first = [min(taps) for taps in self._taps] + [0] * info.n_nit_sot
        self._types = [variable.type for variable in node.outputs]

    def __call__(self, n_steps, *arguments):
        """Run the loop."""
        info = self._info
        if n_steps < 0:
            raise IndexError(f"{self._name}: a negative number of steps, {n_steps}")
        arguments = iter(arguments)
        sequences = [next(arguments) for _ in range(info.n_seqs)]
        for k, sequence in enumerate(sequences):
            if sequence.shape[0] < n_steps:
                raise ValueError(
                    f"{self._name}: sequence {k} has length {sequence.shape[0]}, less than the "
                    f"{n_steps} steps of the loop"
                )
        initial = [next(arguments) for _ in range(self._states)]
        untraced = [next(arguments) for _ in range(info.n_untraced_sit_sot)]
        kept = [next(arguments) for _ in range(info.n_nit_sot)]
        others = list(arguments)
        if n_steps == 0:
            return (*initial, *self._no_steps(), *untraced)
        rows = [list(state.unbind(0)) for state in initial] + [[None] * n for n in kept]
        steps, untraced = self._run(n_steps, sequences, rows, untraced, others)
        return (*(self._joined(k, rows[k], steps, n_steps) for k in range(len(rows))), *untraced)

    def _run(self, n_steps, sequences, rows, untraced, others):
        info, step = self._info, self._step
        sizes = [len(r) for r in rows]
        place = [-first % size for first, size in zip(self._first, sizes, strict=True)]
        reads = [(k, tap) for k, taps in enumerate(self._taps) for tap in taps]
        sequences = [sequence[:n_steps].unbind(0) for sequence in sequences]
        for i in range(n_steps):
            states = [rows[k][(place[k] + tap) % sizes[k]] for k, tap in reads]
            results = step(*[s[i] for s in sequences], *states, *untraced, *others)
            at = 0
            for k in range(info.n_mit_mot):
                for tap in info.mit_mot_out_slices[k]:
                    rows[k][tap + place[k]] = results[at]
                    at += 1
            for k in range(info.n_mit_mot, len(rows)):
                rows[k][place[k]] = results[at]
                at += 1
            untraced = results[at : at + info.n_untraced_sit_sot]
            place = [(p + 1) % size for p, size in zip(place, sizes, strict=True)]
            if info.as_while and bool(results[-1]):
                return i + 1, untraced
        return n_steps, untraced

    def _joined(self, k, rows, steps, n_steps):
        """The rows of a state or output in order of time, as one tensor."""
        if k >= self._info.n_mit_mot:
            size, reached = len(rows), steps - self._first[k]
            if size < reached:
                turn = reached % size
                rows = rows[turn:] + rows[:turn]
            elif size > reached:
                example = next(row for row in rows if row is not None)
                rows = rows[:reached] + [torch.zeros_like(example)] * (size - reached)
                if steps < n_steps:
                    rows = rows[: size - (n_steps - steps)]
        return torch.stack(rows)

    def _no_steps(self):
        for kind in self._types[self._states : self._states + self._info.n_nit_sot]:
            shape = [n or 0 for n in kind.shape]
            dtype = torch_dtype(kind.dtype, self._name)
            yield torch.empty([0, *shape[1:]], dtype=dtype, device=self._device)
