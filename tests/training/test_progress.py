import io

import pytest

from symgen.training import progress

ROW = {"epoch": 1, "train_loss": 3.0, "train_kl": 1.25, "valid_loss": 2.5}


def report(kind, done=0, epochs=2, batches=4):
    stream = io.StringIO()
    reporter = progress.choose(kind, stream)
    reporter.begin(epochs, batches, done)
    for _ in range(done, batches):
        reporter.batches(1, 0, ("loss", "kl"), lambda: [3.0, 1.25])
    reporter.epoch(ROW)
    reporter.end()
    return stream.getvalue()


def test_lines_say_epoch_terms_and_time_left():
    stream = io.StringIO()
    reporter = progress.choose("lines", stream)
    reporter.begin(2, 4, 0)
    for epoch in (1, 2):
        reporter.epoch(ROW | {"epoch": epoch})
    first, last = stream.getvalue().splitlines()
    assert first == "epoch 1/2: train_loss 3.00, train_kl 1.25, valid_loss 2.50"
    assert last == "epoch 2/2: train_loss 3.00, train_kl 1.25, valid_loss 2.50"


def test_lines_say_the_time_left_before_the_last_epoch(monkeypatch):
    times = iter([0.0, 10.0, 16.0, 22.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(times))
    stream = io.StringIO()
    reporter = progress.choose("lines", stream)
    reporter.begin(4, 4, 0)
    for epoch in (1, 2, 3):
        reporter.epoch(ROW | {"epoch": epoch})
    assert [line.rpartition("; ")[2] for line in stream.getvalue().splitlines()[1:]] == ["12 s left", "6 s left"]


@pytest.mark.parametrize("kind", ["lines", "bar"])
def test_a_phase_stands_before_the_epoch(kind):
    stream = io.StringIO()
    reporter = progress.choose(kind, stream, phase="layer 1 of 2")
    reporter.begin(2, 4, 0)
    reporter.epoch(ROW)
    reporter.end()
    assert "layer 1 of 2, epoch 1/2" in stream.getvalue()


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"train_loss": 3.0, "train_nll": 3.0, "valid_loss": 2.0, "valid_nll": 2.0},
         "train_loss 3.00, valid_loss 2.00"),
        ({"train_reconstruction": 3.0, "valid_loss": 2.0, "valid_pseudo_likelihood": 2.0},
         "train_reconstruction 3.00, valid_pseudo_likelihood 2.00"),
        ({"train_a_loss": 3.0, "train_b_loss": 2.0}, "train_a_loss 3.00, train_b_loss 2.00"),
        ({"train_loss": 3.0, "train_kl": 0.0, "train_a": 3.0}, "train_loss 3.00, train_kl 0.00, train_a 3.00"),
    ],
)  # fmt: skip
def test_a_loss_and_its_only_term_are_said_once(row, line):
    stream = io.StringIO()
    reporter = progress.choose("lines", stream)
    reporter.begin(2, 4, 0)
    reporter.epoch({"epoch": 1, **row})
    assert stream.getvalue() == f"epoch 1/2: {line}\n"


def test_bar_names_a_held_out_loss_that_training_does_not_report():
    stream = io.StringIO()
    reporter = progress.choose("bar", stream)
    reporter.begin(2, 4, 0)
    reporter.epoch({"epoch": 1, "train_reconstruction": 3.0, "valid_loss": 2.0, "valid_pseudo_likelihood": 2.0})
    reporter.end()
    assert "| reconstruction 3.00, valid pseudo_likelihood 2.00" in stream.getvalue()


def test_lines_say_where_a_long_epoch_stands(monkeypatch):
    monkeypatch.setattr(progress.Lines, "_interval", 0.0)
    *within, epoch = report("lines", done=1).splitlines()
    assert within == ["epoch 1/2, 50%: loss 3.00, kl 1.25", "epoch 1/2, 75%: loss 3.00, kl 1.25"]
    assert epoch.startswith("epoch 1/2: ")


def test_numbers_below_one_keep_their_digits():
    stream = io.StringIO()
    reporter = progress.choose("lines", stream)
    reporter.begin(2, 4, 0)
    reporter.epoch(ROW | {"train_kl": 0.0, "train_error": 0.013916})
    assert "train_kl 0.00, train_error 0.0139, valid_loss 2.50" in stream.getvalue()


@pytest.mark.parametrize("kind", ["lines", "bar"])
@pytest.mark.parametrize("done", [1, 3, 4])
def test_a_run_that_goes_on_within_an_epoch_is_reported(kind, done):
    """Also one that was stopped between an epoch's last minibatch and its end."""
    assert "1/2" in report(kind, done)


def test_bar_shows_terms_share_and_time():
    text = report("bar")
    for part in ("epoch 1/2", "| loss 3.00, kl 1.25", "valid 2.50", "50%"):
        assert part in text


def test_auto_is_lines_where_there_is_no_terminal():
    assert "\r" not in report("auto")


def test_none_is_silent():
    assert report("none") == ""
