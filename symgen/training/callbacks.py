"""What can be done at the end of each epoch of :func:`symgen.training.fit`."""

import csv
import io
import math
import time

from symgen.errors import RangeError, SettingsError
from symgen.files import write_bytes


class Callback:
    """Base of all callbacks: does nothing.

    A callback that remembers something gives it out in :meth:`get_state`, so that a run that goes
    on after an interruption equals one never stopped.
    """

    def begin(self, run):
        """Called once before the first minibatch, after a checkpoint was loaded."""

    def epoch_end(self, run):
        """Called after each epoch; ``run.history[-1]`` is its row, ``run.stop(reason)`` ends it."""

    def end(self, run):
        """Called once after the last epoch."""

    def interrupted(self, run):
        """Called once when a signal ends the run between two minibatches."""

    def get_state(self):
        """What to remember: a dict for JSON; arrays under the key ``"arrays"`` by name."""
        return {}

    def set_state(self, memory):
        """Put back what :meth:`get_state` returned."""


class HistoryFile(Callback):
    """Keep the history in a CSV file: one row an epoch, the file whole or not at all.

    Parameters
    ----------
    path : str or Path
    seconds : float
        It is written after an epoch when so much time has passed since the last time, and at the
        end.
    """

    def __init__(self, path, seconds=1.0):
        self.path, self.seconds = path, seconds
        self._last = -math.inf

    def epoch_end(self, run):
        """Write all rows so far when it is time."""
        if time.monotonic() - self._last >= self.seconds:
            self._last = time.monotonic()
            self._write(run.history)

    def end(self, run):
        """Write all rows."""
        self._write(run.history)

    def interrupted(self, run):
        """Write all rows."""
        self._write(run.history)

    def _write(self, history):
        if not history:
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(history[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
        write_bytes(self.path, text.getvalue().encode())


class EarlyStopping(Callback):
    """Stop when the loss on the held-out split has not fallen for a while.

    Parameters
    ----------
    patience : int
        Epochs without a new best before the run stops.
    min_delta : float
        What the loss must fall by to count as better, in its own unit.
    monitor : str
        Column of the history.
    restore_best : bool
        Put back the parameters of the best epoch at the end.
    """

    def __init__(self, patience=10, min_delta=0.0, monitor="valid_loss", restore_best=True):
        if patience < 1 or min_delta < 0:
            raise RangeError(
                "patience of at least 1 and min_delta of at least 0",
                f"{patience!r} and {min_delta!r}",
                "Choose others.",
            )
        self.patience, self.min_delta = patience, min_delta
        self.monitor, self.restore_best = monitor, restore_best
        self.best, self.best_epoch, self.waited = math.inf, 0, 0
        self._params = {}

    def begin(self, run):
        """Stop at once when an earlier part of the run had run out of patience."""
        self._check(run)

    def epoch_end(self, run):
        """Compare the epoch's loss with the best one."""
        row = run.history[-1]
        if self.monitor not in row:
            raise SettingsError(
                f"the history to have {self.monitor!r}",
                f"only {', '.join(row)}",
                "Give fit a held-out split: valid=…, or monitor another column.",
            )
        if row[self.monitor] < self.best - self.min_delta:
            self.best, self.best_epoch, self.waited = row[self.monitor], row["epoch"], 0
            if self.restore_best:
                self._params = {v.name: v.get_value() for v in _state(run.model)}
        else:
            self.waited += 1
        self._check(run)

    def _check(self, run):
        if self.waited >= self.patience:
            run.stop(f"{self.monitor} has not fallen for {self.waited} epochs")

    def end(self, run):
        """Put back the best parameters and buffers."""
        for variable in _state(run.model):
            if variable.name in self._params:
                variable.set_value(self._params[variable.name])

    def get_state(self):
        """Best loss, its epoch and parameters, epochs waited."""
        best = None if math.isinf(self.best) else self.best
        memory = {"best": best, "best_epoch": self.best_epoch, "waited": self.waited}
        return memory | {"arrays": dict(self._params)}

    def set_state(self, memory):
        """Put back what :meth:`get_state` returned."""
        self.best = math.inf if memory["best"] is None else memory["best"]
        self.best_epoch, self.waited = memory["best_epoch"], memory["waited"]
        self._params = dict(memory.get("arrays", {}))


def _state(model):
    return [*model.params, *model.buffers]
