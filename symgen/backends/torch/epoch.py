"""Many training steps in one call, without leaving the device between them."""

import numpy as np
import pytensor
import torch

from symgen.backends.torch import mode
from symgen.backends.torch.arrays import to_device, to_host
from symgen.backends.torch.cuda_graph import Recording, Replays, split_of


def compile_epoch(index, outputs, updates, givens, device, name=None):
    """Return ``steps(indices) -> list of stacked outputs``.

    Parameters and what it computes are those of :func:`symgen.backends.compile_epoch`. New values
    pass from step to step as tensors, outputs are stacked on the device and come to the host once,
    and the shared variables are written when all steps are done: a call that fails, or is
    interrupted, leaves them as they were. On a GPU each step is the replay of a CUDA graph if the
    step holds no loop, branch, check or mask, nor a shape that data decide (:mod:`.cuda_graph`).
    """
    step = pytensor.function(
        [index], outputs, updates=updates, givens=givens, mode=mode(device), name=name
    )
    return Steps(step, index, outputs)


class Steps:
    """The loop over the steps of a compiled function of one index."""

    def __init__(self, step, index, outputs):
        self._thunk, self._types = step.vm, [output.type for output in outputs]
        fgraph = step.maker.fgraph
        self._place = next(
            k for k, given in enumerate(step.maker.inputs) if not given.shared and given.update is None
        )
        rewrite = step.maker.mode.linker.rewrite
        on_gpu = self._thunk.device.type == "cuda"
        self._split = split_of(fgraph, self._thunk, rewrite) if on_gpu else None
        # (output, input) of each update.
        self._updates = list(fgraph.update_mapping.items())
        self._record, self._replays = Recording, None
        self._index_on_host = fgraph.inputs[self._place] in self._thunk.program.host_inputs

    def __call__(self, indices):
        """Run one step for each of `indices`, along the first axis."""
        if not len(indices):
            return [np.empty((0, *(n or 0 for n in t.shape)), t.dtype) for t in self._types]
        try:
            with self._thunk.products:
                return self._run(indices)
        except torch.OutOfMemoryError as error:
            self._replays = None  # and the memory that it holds
            raise self._thunk.out_of_memory(error) from error
        except Exception as error:
            self._replays = None
            self._thunk.explain(error)
            raise

    def _run(self, indices):
        thunk, place, n = self._thunk, self._place, len(self._types)
        if not self._index_on_host:
            indices = to_device(indices, thunk.device).unbind(0)
        values = [None if k == place else self._read(k) for k in range(len(thunk.reads))]
        loop = self._stepwise if self._split is None else self._by_replays
        rows, state = loop(indices, values, place, n)
        stacked = [self._stack(list(column)) for column in zip(*rows, strict=True)]
        new = [(source, self._written(output, state(source))) for output, source in self._updates]
        for source, value in new:
            thunk.inputs[source][0] = value
        return stacked

    def _read(self, k):
        """Input number `k`; a number that a recorded graph has left on the device stays there for the next."""
        value = self._thunk.inputs[k][0]
        if self._split is not None and isinstance(value, torch.Tensor) and value.device == self._thunk.device:
            if self._thunk.fgraph.inputs[k] not in self._split.host_inputs:
                return value
        return self._thunk.reads[k]()

    def _stepwise(self, indices, values, place, n):
        rows, compute, updates = [], self._thunk.program.function, self._updates
        for i in indices:
            values[place] = i
            results = compute(*values)
            rows.append(results[:n])
            for output, source in updates:
                values[source] = results[output]
        return rows, values.__getitem__

    def _by_replays(self, indices, values, place, n):
        device = self._thunk.device
        variables = self._thunk.fgraph.inputs
        given = [
            torch.as_tensor(value, device=device)
            if isinstance(value, np.generic) and variable not in self._split.host_inputs
            else value
            for variable, value in zip(variables, values, strict=True)
        ]
        replays = self._replays
        if replays is None or not replays.begin(given, place):
            self._replays = None  # its memory first
            replays = Replays(self._split, self._updates, given, n, self._record)
        rows = [replays.step(place, i) for i in indices]
        self._replays = replays
        return rows, replays.state

    def _written(self, output, value):
        if isinstance(value, torch.Tensor):
            return value
        return self._thunk.writes[output](value)

    def _stack(self, column):
        if isinstance(column[0], torch.Tensor):
            return to_host(torch.stack(column))
        return np.stack(column)
