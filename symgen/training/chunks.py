"""How many minibatches to run in one call: about half a second of them."""

import time
from contextlib import contextmanager

SECONDS = 0.5
_GROWTH = 8
_MOST = 4096


class Chunks:
    """The size of the next chunk of minibatches, from how long the last ones took.

    The first call holds compilation, so it is one minibatch, and so is the second. In between, a
    run shows its progress, heeds signals, and writes its checkpoint when that is due.

    Attributes
    ----------
    size : int
        Minibatches that the next call should run.
    """

    def __init__(self):
        self.size, self._calls = 1, 0

    @contextmanager
    def timed(self, minibatches):
        """Context of a call that runs so many minibatches."""
        start = time.perf_counter()
        yield
        self._learn(minibatches, time.perf_counter() - start)

    def _learn(self, minibatches, seconds):
        self._calls += 1
        if self._calls > 1:
            fitting = int(SECONDS * minibatches / max(seconds, 1e-9))
            self.size = max(1, min(fitting, self.size * _GROWTH, _MOST))
