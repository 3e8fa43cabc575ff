import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import models, schedules, updates
from symgen.errors import (
    DtypeError,
    EmptyDataError,
    FileFormatError,
    MissingFileError,
    NonFiniteError,
    OutputError,
    RangeError,
    SettingsError,
    ShapeError,
    UnknownNameError,
)
from symgen.training import (
    Callback,
    EarlyStopping,
    HistoryFile,
    Run,
    TrainingInterrupted,
    fit,
    pretrain,
)
from symgen.training import checkpoint as checkpoints
from symgen.training.progress import Silent

DATA = np.random.default_rng(0).random((47, 6)).astype("float32")


def vae(**settings):
    return models.VAE(6, (5,), 2, **settings)


def train(model=None, data=DATA, **options):
    options = {"epochs": 3, "batch_size": 10, "backend": "py", "show": "none"} | options
    return fit(model or vae(), data, **options)


def weights(model):
    return {param.name: param.get_value() for param in model.params}


def assert_same_bits(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_one_epoch_of_sgd_equals_the_sum_done_by_hand():
    """A linear model whose gradient is known: x -> mean((w x - x)^2)."""

    class Scale(models.Model):
        name, dtype, input_dim = "scale", "float64", 1

        def __init__(self):
            self.w = pytensor.shared(np.array([[0.5]]), name="w")
            self.params = [self.w]

        def example_terms(self, x, srng):
            return {"squared": ((pt.dot(x, self.w) - x) ** 2).sum(axis=1)}

    x = np.arange(1.0, 8.0).reshape(-1, 1) / 8
    model = Scale()
    run = train(model, x, epochs=1, batch_size=3, optimizer="sgd", learning_rate=0.1, seed=5)
    order, w, losses = np.random.default_rng([5, 0]).permutation(7), 0.5, 0.0
    for start in range(0, 7, 3):
        batch = x[order[start : start + 3], 0]
        losses += ((w - 1) ** 2 * batch**2).sum()
        w -= 0.1 * np.mean(2 * (w - 1) * batch**2)
    assert model.w.get_value()[0, 0] == pytest.approx(w, rel=1e-12)
    assert run.history == [
        {"epoch": 1, "train_loss": pytest.approx(losses / 7), "train_squared": pytest.approx(losses / 7)}
    ]


@pytest.mark.smoke
def test_loss_falls_and_terms_add_up():
    run = train(epochs=20, valid=DATA[:9])
    first, last = run.history[0], run.history[-1]
    assert last["train_loss"] < first["train_loss"]
    assert last["valid_loss"] < first["valid_loss"]
    assert last["train_reconstruction"] + last["train_kl"] == pytest.approx(last["train_loss"], rel=1e-5)
    assert [row["epoch"] for row in run.history] == list(range(1, 21))


def test_same_seed_same_bits_other_seed_other_bits():
    runs = [train(seed=seed) for seed in (1, 1, 2)]
    assert runs[0].history == runs[1].history != runs[2].history
    assert_same_bits(weights(runs[0].model), weights(runs[1].model))


class InterruptAt(Silent):
    """Sends SIGINT to this process when so many minibatches are done."""

    def __init__(self, number):
        self.left = number

    def batches(self, count, epoch, names, means):
        self.left -= count
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
@pytest.mark.parametrize("number", [1, 4, 5, 7, 14])
@pytest.mark.parametrize("chunk", [1, 3])
def test_interrupted_and_resumed_run_equals_one_never_stopped(
    tmp_path, monkeypatch, number, chunk, optimizer
):
    options = {"valid": DATA[:9], "optimizer": optimizer}
    whole = train(callbacks=[EarlyStopping(2)], **options)
    options["checkpoint"] = tmp_path
    with monkeypatch.context() as patch, pytest.raises(TrainingInterrupted) as stop:
        patch.setattr("symgen.training.progress.choose", lambda _: InterruptAt(number))
        patch.setattr("symgen.training.chunks._MOST", chunk)
        train(callbacks=[EarlyStopping(2)], **options)
    assert stop.value.saved
    resumed = train(model=vae(), callbacks=[EarlyStopping(2)], resume=True, **options)
    assert resumed.history == whole.history
    assert_same_bits(weights(resumed.model), weights(whole.model))


KILLED = """
import sys, numpy as np
from symgen import models, training
x = np.random.default_rng(0).random((47, 6)).astype("float32")
training.fit(
    models.VAE(6, (5,), 2), x, epochs=4000, batch_size=10, optimizer="adam", backend="py",
    checkpoint=sys.argv[1], checkpoint_seconds=0, resume=len(sys.argv) > 2, show="none",
)
"""


def test_checkpoint_is_whole_whenever_the_writer_is_killed(tmp_path):
    """Written after every minibatch, so that the kill nearly always hits the writing."""
    moments = random.Random(time.time_ns())
    path, resume = tmp_path / "checkpoint.safetensors", []
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path, *resume])
        before = path.stat().st_mtime_ns if path.exists() else 0
        while not (path.exists() and path.stat().st_mtime_ns > before):
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(moments.uniform(0.0, 0.1))
        process.kill()
        process.wait()
        resume = ["resume"]
    snapshot = checkpoints.load(tmp_path)
    done = snapshot.epoch
    whole = train(epochs=done + 1, optimizer="adam")
    resumed = train(epochs=done + 1, optimizer="adam", checkpoint=tmp_path, resume=True)
    assert resumed.history == whole.history
    assert_same_bits(weights(resumed.model), weights(whole.model))
    assert [f.name for f in tmp_path.iterdir()] == [path.name]  # what killed writers left is gone


def test_a_signal_after_the_last_minibatch_is_not_lost(tmp_path):
    class Late(Callback):
        def epoch_end(self, run):
            if run.finished == run.epochs:
                os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(TrainingInterrupted) as stop:
        train(callbacks=[Late()], checkpoint=tmp_path)
    assert stop.value.signal_number == signal.SIGTERM
    assert checkpoints.load(tmp_path).epoch == 3


def test_resume_with_a_schedule_goes_on_with_the_rate_it_had(tmp_path):
    def options():
        rate = schedules.exponential_decay(0.05, steps=2, factor=0.9)
        return {"optimizer": "adam", "learning_rate": rate, "checkpoint": tmp_path}

    whole = train(epochs=4, **options())
    train(epochs=2, **options())
    resumed = train(epochs=4, resume=True, **options())
    assert resumed.history == whole.history


def test_resume_refuses_other_settings(tmp_path):
    train(checkpoint=tmp_path)
    with pytest.raises(SettingsError, match="batch_size = 10, as when the run began; got 20"):
        train(checkpoint=tmp_path, resume=True, batch_size=20)
    with pytest.raises(SettingsError, match="model.beta"):
        train(vae(beta=2), checkpoint=tmp_path, resume=True)
    with pytest.raises(SettingsError, match="callbacks"):
        train(checkpoint=tmp_path, resume=True, callbacks=[EarlyStopping()])


def test_resume_without_a_checkpoint_is_a_named_error(tmp_path):
    with pytest.raises(MissingFileError):
        train(checkpoint=tmp_path, resume=True)
    with pytest.raises(SettingsError):
        train(resume=True)


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_cut_off_checkpoint_is_a_named_error(tmp_path, keep):
    train(checkpoint=tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FileFormatError, match="cut off"):
        train(checkpoint=tmp_path, resume=True)


def test_full_disk_leaves_the_earlier_checkpoint_whole(tmp_path, monkeypatch):
    train(checkpoint=tmp_path, epochs=2)
    path = tmp_path / "checkpoint.safetensors"
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OutputError, match="Free some space"):
            train(checkpoint=tmp_path, epochs=3, resume=True)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]
    resumed = train(checkpoint=tmp_path, epochs=3, resume=True)  # there is space again
    assert resumed.history == train(epochs=3).history


class WhenCompiled(Silent):
    """Notes how many functions there were at the first losses, and at the end of each epoch."""

    def __init__(self, compiled):
        super().__init__()
        self._compiled, self.at_first_losses, self.at_epochs = compiled, None, []

    def batches(self, count, epoch, names, means):
        if self.at_first_losses is None:
            self.at_first_losses = len(self._compiled)

    def epoch(self, row):
        self.at_epochs.append(len(self._compiled))


def test_the_held_out_loss_is_compiled_once_and_after_the_first_losses(monkeypatch):
    compiled, compile_function = [], pytensor.function
    monkeypatch.setattr(
        pytensor, "function", lambda *a, **k: compiled.append(a) or compile_function(*a, **k)
    )
    reporter = WhenCompiled(compiled)
    Run(vae(), DATA, valid=DATA[:9], epochs=3, backend="py").train(reporter)
    assert (reporter.at_first_losses, reporter.at_epochs) == (1, [2, 2, 2])


def test_early_stopping_stops_and_puts_back_the_best(tmp_path):
    best = {}

    class Watch(Callback):
        def epoch_end(self, run):
            row = run.history[-1]
            if row["valid_loss"] < best.get("loss", np.inf):
                best.update(loss=row["valid_loss"], weights=weights(run.model))

    valid = 1 - DATA[:9]  # unlike the training data: its loss soon rises
    run = train(epochs=300, valid=valid, callbacks=[EarlyStopping(5), Watch()], learning_rate=0.01)
    assert run.finished < 300 and "valid_loss has not fallen for 5 epochs" in run.stopped
    assert_same_bits(weights(run.model), best["weights"])


def test_early_stopping_without_a_held_out_split_is_a_named_error():
    with pytest.raises(SettingsError, match="valid="):
        train(callbacks=[EarlyStopping()])


def test_history_file_holds_every_row(tmp_path):
    run = train(callbacks=[HistoryFile(tmp_path / "history.csv", seconds=0)])
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0] == "epoch,train_loss,train_reconstruction,train_kl"
    assert [float(v) for v in lines[3].split(",")] == list(run.history[2].values())


def test_nan_guard_names_the_first_variable_and_the_step(tmp_path):
    """SGD with a huge rate: the state after the error is the last good one."""
    model = vae()
    with pytest.raises(NonFiniteError) as error:
        train(model, epochs=5, optimizer="sgd", learning_rate=1e8, checkpoint=tmp_path)
    assert "at step " in str(error.value) and "minibatch" in str(error.value)
    assert "Lower the learning rate" in str(error.value)
    assert all(np.isfinite(value).all() for value in weights(model).values())


def test_nan_guard_finds_a_non_finite_gradient_of_a_finite_loss(tmp_path, monkeypatch):
    """sqrt has the gradient inf at 0: the loss is finite and the update is not."""

    class Root(models.Model):
        name, dtype, input_dim = "root", "float32", 1

        def __init__(self):
            self.w = pytensor.shared(np.zeros((1, 1), "float32"), name="w")
            self.params = [self.w]

        def cost(self, x, srng):
            root = pt.sqrt(pt.dot(x, self.w))
            root.name = "root"
            return root.mean(), {}

    saved, save = [], checkpoints.save

    def watched_save(folder, snapshot):
        saved.append(float(snapshot.state["w"].item()))
        save(folder, snapshot)

    monkeypatch.setattr(checkpoints, "save", watched_save)
    options = {"optimizer": "sgd", "learning_rate": 0.1, "checkpoint": tmp_path}
    with pytest.raises(NonFiniteError, match=r"at step 1 \(epoch 1, minibatch 1 of 5\)"):
        train(Root(), np.ones((47, 1), "float32"), checkpoint_seconds=0, **options)
    # Due after each minibatch, and yet nothing but the state before the bad one was ever saved.
    assert saved and set(saved) == {0.0}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"data": DATA[:, :5]}, ShapeError),
        ({"data": DATA[0]}, ShapeError),
        ({"data": DATA[:0]}, EmptyDataError),
        ({"data": DATA * 9}, RangeError),
        ({"data": np.where(DATA > 0.5, np.nan, DATA)}, NonFiniteError),
        ({"data": DATA.astype(complex)}, DtypeError),
        ({"batch_size": 48}, RangeError),
        ({"epochs": 0}, RangeError),
        ({"optimizer": "rmsprob"}, UnknownNameError),
        ({"backend": "cc"}, UnknownNameError),
        ({"learning_rate": -1.0}, RangeError),
        ({"weight_decay": -1.0}, RangeError),
        ({"valid": DATA[:, :2]}, ShapeError),
    ],
)
def test_bad_input_is_a_named_error(change, error):
    with pytest.raises(error):
        train(**change)


def test_cost_in_float64_over_float32_parameters_is_refused():
    class Upcast(models.VAE):
        def cost(self, x, srng):
            cost, terms = super().cost(x, srng)
            return cost * 0.1, terms

    with pytest.raises(DtypeError, match="np.float32"):
        train(Upcast(6, (5,), 2))


def test_two_layers_of_one_name_are_refused():
    model = vae()
    model.decoder.params[0].name = "encoder.0.W"
    with pytest.raises((SettingsError, ValueError), match="encoder.0.W"):
        train(model)


def test_a_rule_of_ones_own_works():
    def half_sgd(loss, params, learning_rate=0.1):
        return updates.sgd(loss, params, learning_rate=learning_rate / 2)

    mine = train(optimizer=half_sgd, learning_rate=0.1)
    theirs = train(optimizer="sgd", learning_rate=0.05)
    assert_same_bits(weights(mine.model), weights(theirs.model))


@pytest.mark.parametrize("optimizer", ["momentum", "adamw"])
def test_weight_decay_is_that_of_the_rule_or_of_the_gradients(optimizer):
    """By hand for momentum; AdamW has one of its own."""

    def by_hand(loss, params, learning_rate):
        if optimizer == "adamw":
            return updates.adamw(loss, params, learning_rate, weight_decay=0.5)
        grads = updates.gradients(loss, params)
        grads = [g + np.float32(0.5) * p if p.name.endswith("W") else g for p, g in zip(params, grads)]
        return updates.momentum(grads, params, learning_rate)

    options = {"epochs": 1, "learning_rate": 0.01}
    mine = train(optimizer=optimizer, weight_decay=0.5, **options)
    right = weights(train(optimizer=by_hand, **options).model)
    for name, value in weights(mine.model).items():
        np.testing.assert_allclose(value, right[name], rtol=1e-5, atol=1e-7, err_msg=name)


def test_a_run_goes_on_with_the_weight_decay_that_it_began_with(tmp_path):
    train(epochs=1, weight_decay=0.1, checkpoint=tmp_path)
    with pytest.raises(SettingsError, match="weight_decay = 0.1"):
        train(epochs=2, checkpoint=tmp_path, resume=True)


KILLED_IN_PRETRAINING = """
import sys, numpy as np
from symgen import models, training
x = (np.random.default_rng(0).random((47, 6)) < 0.4).astype("float32")
training.pretrain(
    models.DBM(6, (4, 3)), x, epochs=int(sys.argv[2]), batch_size=10, backend="py",
    checkpoint=sys.argv[1], checkpoint_seconds=0, show="none",
)
"""


class Counted(Silent):
    batches_done = 0

    def batches(self, count, epoch, names, means):
        self.batches_done += count


def test_pretraining_that_is_killed_goes_on_in_its_phase_to_the_same_bits(tmp_path, monkeypatch):
    """Phases of a DBM share biases: the second must begin from what the first left."""
    moments, epochs = random.Random(time.time_ns()), 60
    folders = [tmp_path / f"phase-{number}" / "checkpoint.safetensors" for number in (0, 1)]
    command = [sys.executable, "-c", KILLED_IN_PRETRAINING, tmp_path, str(epochs)]
    for path in folders:  # once in each phase, at some moment of its writing
        process = subprocess.Popen(command)
        while not path.exists() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(moments.uniform(0.0, 0.1))
        process.kill()
        process.wait()
    x = (np.random.default_rng(0).random((47, 6)) < 0.4).astype("float32")
    resumed, whole = models.DBM(6, (4, 3)), models.DBM(6, (4, 3))
    options = {"epochs": epochs, "batch_size": 10, "backend": "py", "show": "none"}
    with monkeypatch.context() as patch:
        counted = Counted()
        patch.setattr(sys.modules[pretrain.__module__], "choose", lambda *_, **options: counted)
        pretrain(resumed, x, checkpoint=tmp_path, **options)
    assert 0 < counted.batches_done < 5 * epochs  # of the second phase alone, and not all
    pretrain(whole, x, **options)
    assert_same_bits(weights(resumed), weights(whole))
    assert all(path.exists() and len(os.listdir(path.parent)) == 1 for path in folders)
