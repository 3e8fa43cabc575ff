"""Progress of training: a bar on a terminal, plain lines elsewhere."""

import sys
import time

from tqdm import tqdm


def choose(progress, stream=None, phase=None):
    """Return the progress reporter for `progress`.

    Parameters
    ----------
    progress : {"auto", "bar", "lines", "none"}
        ``"auto"`` is a bar on a terminal and lines elsewhere.
    stream : file object, optional
        Where to write; the default is stderr.
    phase : str, optional
        What of a model is trained, such as ``"layer 1 of 3"``; it stands before the epoch.
    """
    stream = sys.stderr if stream is None else stream
    if progress == "auto":
        progress = "bar" if stream.isatty() else "lines"
    return {"bar": Bar, "lines": Lines, "none": Silent}[progress](stream, phase)


CHOICES = ("auto", "bar", "lines", "none")


class Silent:
    """Reports nothing."""

    def __init__(self, stream=None, phase=None):
        self.stream = stream
        self._prefix = f"{phase}, " if phase else ""

    def begin(self, epochs, batches, done):
        """`done` of ``epochs * batches`` minibatches are trained already."""

    def batches(self, count, epoch, names, means):
        """`count` minibatches of `epoch` (from 0) are done; ``means()`` over it so far."""

    def epoch(self, row):
        """An epoch is done; `row` of the history."""

    def end(self):
        """Training is over or interrupted."""


class Bar(Silent):
    """One line that is drawn again: share done, loss and terms, time left."""

    _interval = 0.1

    def begin(self, epochs, batches, done):
        """Draw the bar."""
        self._epochs, self._last, self._pending, self._valid = epochs, 0.0, 0, ""
        self._bar = tqdm(
            total=epochs * batches,
            initial=done,
            file=self.stream,
            unit="",
            dynamic_ncols=True,
            # The terms stand in the place of the unit: tqdm puts a comma before a postfix.
            bar_format="{desc} {percentage:3.0f}%|{bar}| {unit} [{elapsed}<{remaining}]",
        )

    def batches(self, count, epoch, names, means):
        """Count the minibatches; draw at most ten times a second."""
        self._pending += count
        now = time.monotonic()
        if now - self._last >= self._interval:
            self._last = now
            self._draw(epoch, dict(zip(names, means(), strict=True)))

    def _draw(self, epoch, means):
        where = f"{self._prefix}epoch {epoch + 1}/{self._epochs}"
        self._bar.set_description_str(where, refresh=False)
        self._bar.unit = _terms(means) + self._valid
        self._bar.update(self._pending)
        self._pending = 0
        self._bar.refresh()

    def epoch(self, row):
        """Show the epoch's means."""
        train, valid = _of_split(row, "train"), _of_split(row, "valid")
        if valid:
            name, value = next(iter(valid.items()))
            self._valid = f", valid {'' if name in train else name + ' '}{rounded(value)}"
        self._draw(row["epoch"] - 1, train)

    def end(self):
        """Leave the bar as it is and go to the next line."""
        self._bar.close()


class Lines(Silent):
    """A line for the first epoch, the last, and at most one every few seconds between.

    An epoch that takes longer has lines of its own: where it stands, and its means so far.
    """

    _interval = 5.0

    def begin(self, epochs, batches, done):
        """Note where the run stands."""
        self._epochs, self._start, self._first_epoch = epochs, None, None
        self._batches, self._done, self._last = batches, done % batches, time.monotonic()

    def batches(self, count, epoch, names, means):
        """Print where a long epoch stands."""
        self._done += count
        now = time.monotonic()
        if now - self._last >= self._interval and self._done < self._batches:
            self._last = now
            where = f"{self._prefix}epoch {epoch + 1}/{self._epochs}"
            terms = _terms(dict(zip(names, means(), strict=True)))
            print(f"{where}, {100 * self._done // self._batches}%: {terms}", file=self.stream, flush=True)

    def epoch(self, row):
        """Print the epoch's means, and the time left.

        The first epoch gives no estimate: it may hold compilation, and may be a part of one.
        """
        now, epoch = time.monotonic(), row["epoch"]
        left, self._done = "", 0
        if self._start is None:
            self._start, self._first_epoch = now, epoch
        elif epoch < self._epochs:
            if now - self._last < self._interval:
                return
            seconds = (now - self._start) / (epoch - self._first_epoch) * (self._epochs - epoch)
            left = f"; {seconds:.0f} s left"
        self._last = now
        splits = {split: _of_split(row, split) for split in ("train", "valid")}
        text = ", ".join(_terms(means, f"{split}_") for split, means in splits.items() if means)
        where = f"{self._prefix}epoch {epoch}/{self._epochs}"
        print(f"{where}: {text}{left}", file=self.stream, flush=True)


def _of_split(row, split):
    """The means of a split by name; a held-out loss that training does not report, by its only term."""
    means = {key.partition("_")[2]: value for key, value in row.items() if key.startswith(split + "_")}
    if "train_loss" not in row and _repeats(means):
        means.pop("loss", None)
    return means


def _repeats(means):
    """Whether they are a loss and its only term."""
    return len(means) == 2 and len(set(means.values())) == 1


def _terms(means, prefix=""):
    """Means in words; a loss and its only term once."""
    means = dict(list(means.items())[:1]) if _repeats(means) else means
    return ", ".join(f"{prefix}{name} {rounded(value)}" for name, value in means.items())


def rounded(value):
    """Two decimals of a number, and three digits of one below 1, such as a share of errors."""
    return f"{value:.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3g}"
