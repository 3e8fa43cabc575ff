"""Every example runs small, and its numbers do what its first lines promise."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytensor.compile.mode import FAST_COMPILE

from symgen import backends

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
TOPLEVEL = ROOT / "symgen" / "theano" / "toplevel"

# Name -> settings of a run of a few seconds, and the share of the first loss it must get below.
SMALL = {
    "document_000_autoencoder": ({"epochs": 2}, 0.6),
    "document_000_vae": ({"epochs": 2}, 0.7),
    "document_001_vae": ({"epochs": 2}, 0.8),
    "document_002_vae": ({"epochs": 2}, 0.9),
    "document_003_autoencoder": ({"epochs": 2}, 0.8),
    "document_004_autoencoder": ({"epochs": 2}, 0.4),
}


@pytest.fixture
def example(monkeypatch):
    """Import an example by name, with ``theano`` importable as after an installation.

    Its graphs run in Python, which spares the time of compiling them; the default backend has
    ``test_example_runs_as_a_program``.
    """
    monkeypatch.syspath_prepend(str(TOPLEVEL))
    monkeypatch.setattr(backends, "select", lambda name=None: FAST_COMPILE)

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize("name", SMALL)
def test_example_loss_falls(example, name):
    settings, share = SMALL[name]
    numbers = example(name).main(**settings)
    assert numbers["loss"] < share * numbers["first_loss"]


def test_document_000_gan_moves_towards_the_data(example):
    numbers = example("document_000_gan").main(epochs=3)
    assert numbers["distance"] < 0.8 * numbers["first_distance"]
    assert 0 < numbers["discriminator_loss"] < 5 and 0 < numbers["generator_loss"] < 10


@pytest.mark.parametrize("latent_dim", [2, 4])
def test_document_002_printed_loss_is_a_beta_elbo(example, latent_dim):
    numbers = example("document_002_vae").main(epochs=1, latent_dim=latent_dim)
    reconstruction, kl = numbers["reconstruction"], numbers["kl"]
    assert numbers["beta"] == pytest.approx(2e-4 * 64 / latent_dim)
    assert numbers["elbo"] == pytest.approx(-(reconstruction + kl), rel=1e-6)
    beta_elbo = reconstruction + numbers["beta"] * kl
    assert 64 * numbers["printed_loss"] == pytest.approx(beta_elbo, rel=1e-5)
    assert kl > 0.5  # else the two losses could not be told apart


def test_document_002_objective_is_what_improves(example):
    main = example("document_002_vae").main
    printed, elbo = main(epochs=15), main(epochs=15, objective="elbo")
    assert printed["printed_loss"] < elbo["printed_loss"]
    assert elbo["elbo"] > printed["elbo"] + 5


def test_example_runs_as_a_program(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(TOPLEVEL)])}
    script = EXAMPLES / "document_004_autoencoder.py"
    done = subprocess.run(
        [sys.executable, script, "--epochs", "1"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "mean squared error" in done.stdout and "Warning" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_examples_are_all_tested_and_listed():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == {*SMALL, "document_000_gan"}
    listing = (EXAMPLES / "README.md").read_text()
    assert all(f"({name}.py)" in listing for name in names)
