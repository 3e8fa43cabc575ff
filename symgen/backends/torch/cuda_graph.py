"""The steps of an epoch as replays of one recorded CUDA graph.

A step of a small network is a few hundred kernels that take less time than their launches. A CUDA
graph launches them all at once. What may be recorded has fixed memory and no number from the host
that changes: minibatch and random draws are computed ahead of each replay and copied into buffers
(:mod:`.split`), parameters and all numbers in shared variables are buffers that the graph updates.
"""

import torch

from symgen.backends.torch.split import SplitProgram
from symgen.errors import BackendError

# Kinds of minibatch that are recorded, by shapes and numbers: full and partial, and a few more.
_MOST = 4


class Recording:
    """A CUDA graph of a function without arguments; its results lie in fixed memory."""

    def __init__(self, call):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            call(update=False)  # libraries allocate at the first call
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self.results = call(update=True)

    def replay(self):
        """Run the recorded kernels; return the results."""
        self._graph.replay()
        return self.results


def split_of(fgraph, thunk, rewrite):
    """The graph with its shared numbers on the device, or None where it cannot be recorded.

    It can if its body is pure (see :class:`.split.SplitProgram`).
    """
    host = {
        variable
        for variable in thunk.program.host_inputs
        if not (hasattr(variable, "container") and getattr(variable.type, "ndim", None) == 0)
    }
    try:
        return SplitProgram(fgraph, thunk.device, rewrite, host, fgraph.name, lambda body: body)
    except BackendError:
        return None


class Replays:
    """Steps of a split program, each a replay.

    Parameters
    ----------
    split : SplitProgram
    updates : list of (int, int)
        Output and input of each update.
    values : list
        Of the inputs; tensors that are updated are copied here, not written into.
    n_returned : int
        So many outputs, the first, are returned.
    record : callable
        Makes a :class:`Recording`.
    """

    def __init__(self, split, updates, values, n_returned, record=Recording):
        self._split, self._updates, self._record = split, updates, record
        self._n_returned = n_returned
        self.values = list(values)
        self._updated = {source for _, source in updates}
        for source in self._updated:
            if isinstance(values[source], torch.Tensor):
                self.values[source] = values[source].clone()
        self._state = {id(self.values[source]) for source in self._updated}
        self._fixed = {id(value) for value in self.values if isinstance(value, torch.Tensor)}
        self._recordings = {}

    def begin(self, values, place):
        """Take new values of the inputs into the recorded memory; whether they fit there.

        What is updated, and numbers, are copied. Other arrays have to be the recorded ones. Input
        number `place` is given by each step.
        """
        for k, (new, old) in enumerate(zip(values, self.values, strict=True)):
            if k == place:
                continue
            if not isinstance(new, torch.Tensor) or not isinstance(old, torch.Tensor):
                if isinstance(new, torch.Tensor) or isinstance(old, torch.Tensor):
                    return False
                self.values[k] = new
            elif k in self._updated or not new.ndim:
                if new.shape != old.shape or new.dtype != old.dtype:
                    return False
                old.copy_(new)
            elif new is not old:
                return False
        return True

    def state(self, source):
        """The value of updated input number `source`, in memory that no step writes into."""
        value = self.values[source]
        return value.clone() if isinstance(value, torch.Tensor) else value

    def step(self, place, index):
        """The returned outputs of the step with `index` as input number `place`; updates are made."""
        self.values[place] = index
        ahead = self._split.ahead(*self.values)
        given = self._split.arguments(ahead)
        key = tuple(
            (tuple(value.shape), value.stride()) if isinstance(value, torch.Tensor) else value
            for value in given
        )
        if key not in self._recordings:
            if len(self._recordings) >= _MOST:
                return self._plainly(ahead, given)
            self._recordings[key] = self._recorded(given)
        buffers, recording = self._recordings[key]
        for buffer, value in zip(buffers, given, strict=True):
            if buffer is not value and isinstance(value, torch.Tensor):
                buffer.copy_(value)
        results = self._split.assembled(ahead, recording.replay())
        self._update(results, in_graph=False)
        return [
            value if front or not isinstance(value, torch.Tensor) else value.clone()
            for value, (front, _) in zip(results[: self._n_returned], self._split.places, strict=False)
        ]

    def _recorded(self, given):
        buffers = [
            value.clone() if isinstance(value, torch.Tensor) and id(value) not in self._fixed else value
            for value in given
        ]

        def call(update):
            behind = self._split.body.function(*buffers)
            if update:
                # The results are copied before anything that they may be views of is written.
                for source, k in self._in_graph():
                    self.values[source].copy_(behind[k])
            return behind

        return buffers, self._record(call)

    def _in_graph(self):
        """(input, result of the body) of each update that the body computes."""
        for output, source in self._updates:
            front, k = self._split.places[output]
            if not front and id(self.values[source]) in self._state:
                yield source, k

    def _plainly(self, ahead, given):
        behind = self._split.body.function(*given)
        results = self._split.assembled(ahead, behind)
        self._update(results, in_graph=True)
        return results[: self._n_returned]

    def _update(self, results, in_graph):
        """Make the updates that the front computes, and with `in_graph` also the body's."""
        for output, source in self._updates:
            front, _ = self._split.places[output]
            if not isinstance(results[output], torch.Tensor):
                self.values[source] = results[output]
            elif front or in_graph:
                self.values[source].copy_(results[output])
