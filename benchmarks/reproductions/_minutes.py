"""Training for some minutes, on a machine that is there for so long alone."""

import time

import numpy as np
import pytensor

from symgen import config, schedules, training
from symgen.errors import RangeError


class Minutes(training.Callback):
    """Ends training after some minutes; the rate falls with the time, as it would with the epochs.

    How far a run is, is the part of its epochs or of its minutes that is over, the greater of both. So
    one that the time cuts short has gone through all its rates.

    Parameters
    ----------
    minutes : float
        From the beginning of training, compilation included. The last epoch is the one after which there
        is no time for another like it.
    rate_at : callable
        The learning rate, from the part of the run that is over, in [0, 1].

    Attributes
    ----------
    rate : shared scalar
        For :func:`symgen.training.fit`.

    Raises
    ------
    RangeError
        For `minutes` that are not above 0.
    """

    def __init__(self, minutes, rate_at):
        if not minutes > 0:
            raise RangeError("minutes above 0", repr(minutes), "Give some, or none for all epochs.")
        self._minutes, self._rate_at = minutes, rate_at
        self.rate = pytensor.shared(np.asarray(rate_at(0.0), config.floatx()), name="learning_rate")

    def begin(self, run):
        """Look at the clock."""
        self._start = self._last = time.monotonic()

    def epoch_end(self, run):
        """Set the rate of the next epoch, or end the run."""
        now, seconds = time.monotonic(), 60 * self._minutes
        passed, epoch, self._last = now - self._start, now - self._last, now
        if passed + epoch > seconds:
            run.stop(f"{self._minutes:g} minutes are over")
        share = min(1.0, max(run.finished / run.epochs, passed / seconds))
        self.rate.set_value(np.asarray(self._rate_at(share), self.rate.dtype))


def falling_rate(epochs, steps, learning_rate, minutes=0.0):
    """A rate that falls along a line to a hundredth of its first value: (rate, callbacks) for ``fit``.

    With the steps, or, with `minutes`, as :class:`Minutes` has it.
    """
    final = learning_rate / 100
    if not minutes:
        return schedules.polynomial_decay(learning_rate, epochs * steps, final=final), []
    limit = Minutes(minutes, lambda share: learning_rate + share * (final - learning_rate))
    return limit.rate, [limit]
