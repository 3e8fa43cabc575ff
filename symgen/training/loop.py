"""The training loop: epochs of minibatches, with everything a long run needs."""

import time

import numpy as np

from symgen.datasets.validation import check_array
from symgen.errors import NonFiniteError, SettingsError
from symgen.evaluation import ExampleTerms, check_context
from symgen.evaluation.inputs import whole_number
from symgen.random import checked_seed
from symgen.training import checkpoint as checkpoints
from symgen.training import nan_guard, progress
from symgen.training.chunks import Chunks
from symgen.training.interrupt import DelayedSignals, TrainingInterrupted
from symgen.training.minibatches import Minibatches
from symgen.training.step import Step

DEFAULTS = {"epochs": 50, "batch_size": 100, "optimizer": "rmsprop"}


def fit(model, data, *, resume=False, show="auto", **options):
    """Train `model` on `data` and return the :class:`Run`.

    Rows are reshuffled each epoch by a generator seeded with `seed`; the last, partial minibatch
    is kept. A run with the same arguments gives the same bits, also when it was killed and goes on
    from its checkpoint.

    Parameters
    ----------
    model, data, **options
        See :class:`Run`.
    resume : bool
        Go on from the checkpoint.
    show : {"auto", "bar", "lines", "none"}
        Progress on stderr: a bar on a terminal, lines elsewhere.

    Raises
    ------
    ShapeError, DtypeError, RangeError, NonFiniteError, EmptyDataError
        When the data are not what the model can take.
    NonFiniteError
        When the loss or a parameter becomes NaN or infinite; the message names the first such
        variable and the step. Model and checkpoint are those of the last good state.
    SettingsError
        When a checkpoint was made with other settings.
    MissingFileError, FileFormatError
        When there is no checkpoint to resume from, or it is damaged.
    OutputError
        When the checkpoint cannot be written.
    TrainingInterrupted
        After Ctrl-C or ``kill``, when the running minibatches are done, half a second's worth, and
        the checkpoint is written.
    """
    run = Run(model, data, **options)
    if resume:
        run.resume()
    run.train(progress.choose(show))
    return run


class Run:
    """One training run: its step, where it stands, what it remembers.

    Parameters
    ----------
    model
        A :class:`symgen.models.Model`.
    data : array of shape (n, input_dim)
    valid : array of shape (m, input_dim), optional
        Held-out examples, whose loss is computed after each epoch, at the same random draws; by a
        model without ``example_terms`` (a GAN) they are not looked at.
    context, valid_context : array of shape (n or m, context_dim), optional
        What a conditional model is told beside the examples, such as labels one-hot.
    epochs : int
        In all, those before a resume counted in. The default of this and the next three is what
        the model's ``training`` says, else 50 epochs of RMSprop in minibatches of 100.
    batch_size : int
        At most n.
    optimizer : str or callable
        Name in :data:`symgen.updates.RULES`, or ``rule(loss, params[, learning_rate=…])``.
    learning_rate : float, symbolic scalar, or (scalar, updates) pair
        A pair is what :mod:`symgen.schedules` returns. Where nobody names one, or another optimizer
        than the model's is named, it is the rule's own.
    weight_decay : float, optional
        Adds ``weight_decay theta`` to the gradient of each weight theta, not of biases: see
        :func:`symgen.updates.add_weight_decay`. A rule with a ``weight_decay`` of its own, as
        ``adamw``, gets it instead. The default is what the model's ``training`` says, else none.
    seed : int
        Seed of the shuffling and of the random draws.
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    callbacks : sequence of symgen.training.Callback
    checkpoint : str or Path, optional
        Folder for the checkpoint.
    checkpoint_seconds : float
        It is written when so much time has passed since the last one, and at the end. What a
        killed run had done since then is done again when it goes on, to the same bits.
    settings : dict, optional
        More that must be the same when the run goes on, such as the dataset's hash.

    Attributes
    ----------
    model
    history : list of dict
        One row for each epoch finished: ``epoch`` (from 1), ``train_<loss>``, ``train_<term>``, and
        ``valid_…`` likewise where there is a held-out split. Training values are means over the
        epoch's examples while the parameters change.
    losses : tuple of str
        Names of the model's objectives: ``"loss"``, what is reported for it, or those of several.
    finished : int
        Epochs finished.
    stopped : str or None
        Why the run ended before its last epoch, in words.
    seconds_to_first_step, seconds : float
        From the construction to the end of the first minibatch, and to now or the end.
    """

    def __init__(
        self,
        model,
        data,
        *,
        valid=None,
        context=None,
        valid_context=None,
        epochs=None,
        batch_size=None,
        optimizer=None,
        learning_rate=None,
        weight_decay=None,
        seed=0,
        backend=None,
        device=None,
        callbacks=(),
        checkpoint=None,
        checkpoint_seconds=5.0,
        settings=None,
    ):
        self._born = time.perf_counter()
        usual = {**DEFAULTS, **model.training}
        options = {
            "dim": model.input_dim,
            "value_range": model.value_range,
            "dtype": model.dtype,
        }
        data = check_array(data, "the training data", **options)
        epochs = usual["epochs"] if epochs is None else epochs
        if batch_size is None:
            batch_size = min(usual["batch_size"], len(data))
        if learning_rate is None and optimizer in (None, usual["optimizer"]):
            learning_rate = usual.get("learning_rate")
        optimizer = optimizer or usual["optimizer"]
        if weight_decay is None:
            weight_decay = usual.get("weight_decay")
        epochs = whole_number(epochs, "epochs", remedy="Train for one epoch or more.")
        if not (isinstance(optimizer, str) or callable(optimizer)):
            raise SettingsError(
                "optimizer= to be a name or a rule(loss, params)",
                repr(optimizer),
                "Write optimizer='adam', say, or pass a function of symgen.updates.",
            )
        seed = checked_seed(seed)
        context = check_context(model, context, len(data), "the context of the training data")
        self._valid = None
        if valid is not None:
            valid = check_array(valid, "the validation data", **options)
            if hasattr(model, "example_terms"):
                what = "the context of the validation data"
                self._valid = valid, check_context(model, valid_context, len(valid), what)
        self.model, self.epochs, self.seed = model, epochs, seed
        self.minibatches = Minibatches(len(data), batch_size, seed)
        self._first = data[self.minibatches.order(0)[: self.minibatches.batch_size]]
        self._step = Step(
            model, data, optimizer, learning_rate, seed, backend, device, context, weight_decay
        )
        self.losses = self._step.losses
        self._chunks = Chunks()
        self._valid_terms, self._compiled_on = None, (backend, device)
        self._callbacks, self._checkpoint = list(callbacks), checkpoint
        self._settings = {
            "model": model.name,
            **{f"model.{name}": value for name, value in model.settings.items()},
            "examples": len(data),
            "batch_size": self.minibatches.batch_size,
            "optimizer": optimizer if isinstance(optimizer, str) else optimizer.__name__,
            "learning_rate": learning_rate if isinstance(learning_rate, float | int) else None,
            "weight_decay": weight_decay,
            "seed": seed,
            **(settings or {}),
        }
        self.history, self.finished, self.stopped = [], 0, None
        self._batch, self._sums = 0, np.zeros(len(self._step.names))
        self._checkpoint_seconds, self._last_saved = checkpoint_seconds, -np.inf
        self.seconds_to_first_step = self.seconds = 0.0

    @property
    def begun(self):
        """Whether a minibatch has been done, here or before a resume."""
        return bool(self.finished or self._batch)

    def stop(self, reason):
        """End the run after this epoch; `reason` in words."""
        self.stopped = reason

    def resume(self):
        """Go on from the checkpoint; see :func:`fit` for what can go wrong."""
        if self._checkpoint is None:
            raise SettingsError("a checkpoint folder to resume from", "none", "Give checkpoint=….")
        snapshot = checkpoints.load(self._checkpoint)
        for name in {**snapshot.settings, **self._settings}:
            before, now = snapshot.settings.get(name), self._settings.get(name)
            if before != now:
                raise SettingsError(
                    f"{name} = {before!r}, as when the run began",
                    repr(now),
                    "Resume with the settings of the run, or begin a new one in another folder.",
                )
        self._restore(snapshot)

    def train(self, reporter):
        """Run the epochs that are left, telling `reporter`; see :mod:`symgen.training.progress`."""
        if hasattr(self.model, "initialize") and not self.begun:
            self.model.initialize(self._first)
        batches = len(self.minibatches)
        reporter.begin(self.epochs, batches, self.finished * batches + self._batch)
        try:
            with DelayedSignals() as signals:
                for callback in self._callbacks:
                    callback.begin(self)
                while self.finished < self.epochs and not self.stopped:
                    self._train_epoch(reporter, signals)
                self._stop_if_asked(signals)  # it may have come after the last minibatch
        finally:
            reporter.end()
            self.seconds = time.perf_counter() - self._born
        self._save()
        for callback in self._callbacks:
            callback.end(self)

    def _train_epoch(self, reporter, signals):
        names, minibatches = self._step.names, self.minibatches
        self._order = minibatches.order(self.finished)
        self._good = self._snapshot()
        while self._batch < len(minibatches):
            rows = minibatches.rows(self._order, self._batch, self._chunks.size)
            with self._chunks.timed(len(rows)):
                values = self._step(rows)
            self._count(rows, np.stack(values, axis=1))
            if not self.seconds_to_first_step:
                self.seconds_to_first_step = time.perf_counter() - self._born
            reporter.batches(len(rows), self.finished, names, self._means)
            self._stop_if_asked(signals)
            self._save_when_due()
        self._check_state()
        row = {"epoch": self.finished + 1}
        row |= {f"train_{n}": v for n, v in zip(names, self._means(), strict=True)}
        row |= self._validate()
        self.history.append(row)
        self.finished, self._batch = self.finished + 1, 0
        self._sums[:] = 0
        for callback in self._callbacks:
            callback.epoch_end(self)
        self._save_when_due()
        reporter.epoch(row)

    def _count(self, rows, values):
        """Add what the steps over `rows` returned, (steps, loss and terms), to the sums."""
        for step, row in enumerate(values.astype("float64")):
            if not np.isfinite(row).all():
                self._explain_non_finite(self._batch + step)
            self._sums += row * rows.shape[1]
        self._batch += len(rows)

    def _stop_if_asked(self, signals):
        if signals.received is None:
            return
        self._save()
        for callback in self._callbacks:
            callback.interrupted(self)
        raise TrainingInterrupted(signals.received, self._checkpoint is not None)

    def _means(self):
        done = min(self._batch * self.minibatches.batch_size, self.minibatches.n)
        return [float(total / max(done, 1)) for total in self._sums]

    def _validate(self):
        if self._valid is None:
            return {}
        if self._valid_terms is None:
            # Not before the first epoch: a run shows its first losses the sooner.
            self._valid_terms = ExampleTerms(self.model, *self._compiled_on)
        by_name = self._valid_terms(*self._valid, seed=self.seed)
        means = {name: float(values.mean()) for name, values in by_name.items()}
        row = {"valid_loss": float(self.model.total(by_name).mean())}
        row |= {f"valid_{name}": value for name, value in means.items()}
        if not np.isfinite(row["valid_loss"]):
            raise NonFiniteError(
                f"the loss on the held-out split to be finite after epoch {self.finished + 1}",
                repr(row["valid_loss"]),
                nan_guard.REMEDY,
            )
        return row

    def _snapshot(self):
        state, streams = self._step.get_state()
        return checkpoints.Snapshot(
            epoch=self.finished,
            batch=self._batch,
            sums=self._sums.tolist(),
            state=state,
            streams=streams,
            history=list(self.history),
            callbacks=[callback.get_state() for callback in self._callbacks],
            settings=self._settings,
        )

    def _restore(self, snapshot):
        if len(snapshot.callbacks) != len(self._callbacks):
            raise SettingsError(
                f"{len(snapshot.callbacks)} callbacks, as when the run began",
                str(len(self._callbacks)),
                "Resume with the same callbacks.",
            )
        self._step.set_state(snapshot.state, snapshot.streams)
        self.finished, self._batch = snapshot.epoch, snapshot.batch
        self._sums[:] = snapshot.sums
        self.history = list(snapshot.history)
        for callback, memory in zip(self._callbacks, snapshot.callbacks, strict=True):
            callback.set_state(memory)

    def _save_when_due(self):
        if time.monotonic() - self._last_saved >= self._checkpoint_seconds:
            self._save()

    def _save(self):
        self._last_saved = time.monotonic()
        if self._checkpoint is not None:
            self._check_state()
            checkpoints.save(self._checkpoint, self._snapshot())

    def _check_state(self):
        """Let no NaN into the history or a checkpoint: the loss is finite one step longer."""
        state = self._step.state.values()
        if not nan_guard.is_finite(variable.get_value(borrow=True) for variable in state):
            self._explain_non_finite(self._batch - 1)

    def _explain_non_finite(self, last):
        """Go back to the last good state, repeat the minibatches up to `last` watching each, raise."""
        good, step = self._good, self._step
        step.set_state(good.state, good.streams)
        found, where = None, last
        for batch in range(good.batch, last + 1):
            before, rows = step.get_state(), self.minibatches.rows(self._order, batch, 1)
            values = step(rows)
            if not nan_guard.is_finite([*values, *step.get_state()[0].values()]):
                step.set_state(*before)
                found, where = nan_guard.first_non_finite(step, rows[0]), batch
                break
        self._restore(good)
        if nan_guard.is_finite(good.state.values()):
            self._save()
        number = self.finished * len(self.minibatches) + where + 1
        raise NonFiniteError(
            "every variable of a training step to be finite",
            f"at step {number} (epoch {self.finished + 1}, minibatch {where + 1} of "
            f"{len(self.minibatches)}) {found or 'a non-finite loss that a repetition does not show'}",
            nan_guard.REMEDY,
        )
