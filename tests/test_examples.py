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

# Name -> settings of a run of a few seconds of the documents' applications.
APPLICATIONS = {
    "denoising": {"epochs": 15},
    "anomaly_detection": {"epochs": 15},
    "feature_extraction": {"epochs": 10, "repeats": 3},
    "dimensionality_reduction": {"epochs": 60},
    "data_augmentation": {"epochs": 150, "repeats": 2, "n_drawn": 300},
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


@pytest.fixture
def application(tmp_path):
    """Run an application small; its numbers, and the names of the pictures that it left."""

    def run(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        numbers = module.main(out=tmp_path, backend="py", **APPLICATIONS[name])
        return numbers, {path.name for path in tmp_path.iterdir()}

    return run


def test_denoising_mends_images(application):
    numbers, pictures = application("denoising")
    assert numbers["error"] < 0.6 * numbers["spoilt_error"]
    assert pictures == {"denoising.png"}


def test_anomalies_are_found_better_than_by_the_mean_image(application):
    numbers, pictures = application("anomaly_detection")
    assert numbers["auc"] > numbers["auc_mean_image"] + 0.1
    assert pictures == {"roc.png", "scores.png"}


def test_codes_are_no_worse_than_pixels_for_a_linear_classifier(application):
    numbers, pictures = application("feature_extraction")
    assert numbers["codes"] > 0.8 and numbers["difference"] > -0.02
    assert numbers["difference"] == pytest.approx(numbers["codes"] - numbers["pixels"])
    assert pictures == {"accuracies.png"}


def test_the_plane_of_an_autoencoder_keeps_more_than_principal_components(application):
    numbers, pictures = application("dimensionality_reduction")
    assert numbers["autoencoder_error"] < numbers["pca_error"]
    assert numbers["autoencoder_accuracy"] > numbers["pca_accuracy"]
    assert pictures == {"autoencoder.png", "pca.png"}


def test_augmentation_reports_both_accuracies(application):
    numbers, pictures = application("data_augmentation")
    for name in ("logistic", "neighbour"):
        without, enlarged = numbers[f"{name}_without"], numbers[f"{name}_with"]
        assert 0.7 < without < 1 and 0.7 < enlarged < 1
        assert numbers[f"{name}_difference"] == pytest.approx(enlarged - without)
    assert pictures == {"drawn.png"}


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
    assert names == {*SMALL, *APPLICATIONS, "document_000_gan"}
    listing = (EXAMPLES / "README.md").read_text()
    assert all(f"({name}.py)" in listing for name in names)
