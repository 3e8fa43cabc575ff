"""Steps run one after the other by a compiled function that trusts its inputs."""

import numpy as np
import pytensor


def compile_stepwise(index, outputs, updates, givens, mode, name):
    """Return ``steps(indices) -> list of stacked outputs``; see :func:`.compile_epoch`."""
    step = pytensor.function([index], outputs, updates=updates, givens=givens, mode=mode, name=name)
    step.trust_input = True
    types = [output.type for output in outputs]

    def steps(indices):
        stacked = [[] for _ in types]
        for i in indices:
            for values, value in zip(stacked, step(np.asarray(i)), strict=True):
                # The next step may compute into the same memory.
                values.append(np.array(value))
        return [_stack(*pair) for pair in zip(stacked, types, strict=True)]

    return steps


def _stack(values, kind):
    if values:
        return np.stack(values)
    return np.empty((0, *(n or 0 for n in kind.shape)), kind.dtype)
