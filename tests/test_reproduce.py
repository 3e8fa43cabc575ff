"""``python -m benchmarks.reproduce``: settings in, a record out, and the README's table of records."""

import json
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # the harness is not installed: it lies beside the tests

from benchmarks import reproduce
from benchmarks.reproductions import Line, Published
from benchmarks.reproductions._autoregressive import environment
from benchmarks.reproductions._logits import bits_per_pixel, to_logits
from benchmarks.reproductions._minutes import Minutes, falling_rate
from symgen import backends, config
from symgen.errors import RangeError, SettingsError, UnknownNameError
from symgen.evaluation import Result


@pytest.fixture
def coin(monkeypatch):
    """A reproduction that computes nothing."""
    module = ModuleType("coin", "A coin.\n\nMore.")

    def main(epochs=3, rate=0.5, fast=False, way="up"):
        result = Result(
            metric="log-likelihood", value=-epochs * rate, unit="nats per example",
            bound="lower bound on log p(x)", standard_error=0.25, n=10, n_samples=1,
            dataset="coins", split="test", binarization="static",
        )  # fmt: skip
        paper = Published(-1.25, "nats per example", "tosses", "exact", "Bernoulli 1713, p. 1")
        return [Line("coin", result, paper, more={"way": way}), Line("coin, fair", result, known=-0.69)]

    module.main = main
    monkeypatch.setitem(sys.modules, "benchmarks.reproductions.coin", module)
    monkeypatch.setattr(reproduce, "NAMES", ["coin"])


def test_a_record_says_value_bound_error_bar_time_and_the_published_value(coin, tmp_path, capsys):
    reproduce.main(["coin", "--results", str(tmp_path)])
    record = json.loads((tmp_path / "coin.json").read_text())
    first, second = record["lines"]
    assert first["result"]["value"] == -1.5 and first["way"] == "up"
    assert first["published"]["source"] == "Bernoulli 1713, p. 1" and second["known"] == -0.69
    assert record["settings"] == {"epochs": 3, "rate": 0.5, "fast": False, "way": "up"}
    assert record["seconds"] >= 0 and record["command"] == "python -m benchmarks.reproduce coin"
    assert record["backend"] == backends.resolve() and record["device"] and record["tf32"] in (False, True)
    assert "| coin | log-likelihood, nats per example | coins test, static | ≥ −1.50 ± 0.25 | " in (
        capsys.readouterr().out
    )


def test_the_time_is_of_the_processor_or_said_to_be_wall_time(coin):
    record = reproduce.run("coin", {}) | {"seconds": 300.0, "processor_seconds": 20.0}
    assert " | 20 s | `" in reproduce.rows(record)[0]
    record["processor_seconds"] = 7200
    assert " | 120 min | `" in reproduce.rows(record)[0]
    record["device"] = "NVIDIA H200, 580.159.04"
    assert " | 5 min (wall, NVIDIA H200) | `" in reproduce.rows(record)[0]
    del record["processor_seconds"], record["device"]
    assert " | 5 min (wall) | `" in reproduce.rows(record)[0]


def test_changed_settings_have_a_record_of_their_own(coin, tmp_path):
    changes = ["--set", "epochs=1", "--set", "way=down"]
    reproduce.main(["coin", *changes, "--results", str(tmp_path)])
    record = json.loads((tmp_path / "coin-epochs=1-way=down.json").read_text())
    assert record["settings"]["epochs"] == 1 and record["lines"][0]["way"] == "down"
    assert record["command"].endswith("coin --set epochs=1 --set way=down")


@pytest.mark.parametrize("change", ["epoch=3", "epochs", "epochs=many", "epochs=2.5", "fast=3"])
def test_wrong_settings_are_refused(coin, change, tmp_path):
    with pytest.raises(SettingsError):
        reproduce.main(["coin", "--set", change, "--results", str(tmp_path)])
    assert not list(tmp_path.iterdir())


def test_unknown_names_are_refused(coin, tmp_path):
    with pytest.raises(UnknownNameError, match="coin"):
        reproduce.main(["coyn", "--results", str(tmp_path)])


def test_every_reproduction_says_what_it_reproduces():
    for name in reproduce.NAMES:
        module = reproduce._module(name)
        assert module.__doc__.splitlines()[0].endswith(".")
        plain = (int, float, str, bool)
        assert all(isinstance(p.default, plain) for p in reproduce._parameters(module).values())


def test_the_readme_has_the_table_of_the_records():
    text = (ROOT / "README.md").read_text()
    assert text == reproduce.with_table(text, reproduce.table())
    with pytest.raises(SettingsError):
        reproduce.with_table("no marks", "")


def test_bits_per_pixel_of_logits():
    """Against the logit by hand; a density that is uniform on the grey levels takes all their bits."""
    data = SimpleNamespace(dim=3, levels=256, name="pixels", hash="")
    levels = np.random.default_rng(0).integers(256, size=(50, 3))
    z, log_det = to_logits(data, 1e-6, 0)(levels / 255)
    y = (1 / (1 + np.exp(-z)) - 1e-6) / (1 - 2e-6)
    np.testing.assert_array_equal(np.floor(256 * y), levels)
    inner = 1e-6 + (1 - 2e-6) * y
    slope = (1 - 2e-6) / (inner * (1 - inner))
    np.testing.assert_allclose(log_det, np.log(slope).sum(axis=1), rtol=1e-6)
    assert bits_per_pixel(-log_det, log_det, data).value == pytest.approx(8)
    # A nat less for each pixel is 1 / ln 2 bits more.
    assert bits_per_pixel(-log_det - 3, log_det, data).value == pytest.approx(8 + 1 / np.log(2))


def test_the_rate_falls_with_the_minutes_or_the_epochs(monkeypatch):
    """A run of ten epochs or one minute, which the clock ends after four; then one that is quick."""
    clock = iter([0.0, 15, 30, 45, 60, 0, 1, 2])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    rate, (limit,) = falling_rate(10, 5, 1.0, minutes=1.0)
    run, reasons, rates = SimpleNamespace(epochs=10, stop=lambda why: reasons.append(why)), [], []
    limit.begin(run)
    for run.finished in range(1, 5):
        rates.append(float(rate.get_value()))
        assert not reasons
        limit.epoch_end(run)
    assert rates == pytest.approx([1, 0.7525, 0.505, 0.2575]) and len(reasons) == 1
    limit.begin(run)
    for run.finished, right in ((1, 0.901), (2, 0.802)):
        limit.epoch_end(run)
        assert float(rate.get_value()) == pytest.approx(right)
    with pytest.raises(RangeError, match="minutes"):
        Minutes(-1.0, lambda share: 0.1)


@pytest.mark.parametrize("before", [None, "0"])
def test_training_alone_rounds_factors(monkeypatch, before):
    if before is None:
        monkeypatch.delenv("SYMGEN_TF32", raising=False)
    else:
        monkeypatch.setenv("SYMGEN_TF32", before)
    with pytest.raises(KeyError), environment(SYMGEN_TF32="1"):
        assert config.tf32()
        raise KeyError
    assert os.environ.get("SYMGEN_TF32") == before and not config.tf32()
