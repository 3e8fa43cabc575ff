"""Every model trains by its name on small data and leaves its numbers and pictures."""

import json

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from symgen import reporting
from symgen.cli.main import cli
from symgen.datasets import load
from symgen.models import MODELS

# Options that make a model small enough for one epoch in Python.
SMALL = {
    "nade": ["--hidden-dim", "8"],
    **{name: ["--channels", "4", "--n-layers", "1"] for name in ("pixel_rnn_row", "pixel_rnn_diagonal")},
    "dcgan": ["--channels", "4,8"],
    "glow_images": ["--n-steps", "1", "--hidden-channels", "4"],
    "conditional_dcgan": ["--channels", "4,8"],
    **{
        name: ["--hidden-dims", "12,8", "--pretrain-epochs", "1"]
        for name in ("sda", "dbn", "dbn_classifier", "dbm")
    },
    "stacked_autoencoder": ["--pretrain-epochs", "1"],
    **{
        name: ["--n-layers", "2", "--hidden-dims", "8"]
        for name in ("realnvp", "maf", "iaf", "glow", "neural_spline", "neural_spline_ar")
    },
}
ON_THE_PLANE = ("gaussian", "realnvp")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Sixty labelled 8 x 8 images, of all ten classes in each split."""
    digits = load("digits")
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    arrays = {}
    for split in ("train", "valid", "test"):
        labels = digits.labels[split]
        rows = np.concatenate([np.flatnonzero(labels == label)[:2] for label in range(10)])
        arrays[split] = digits.splits[split][rows].reshape(-1, 8, 8)
        arrays[f"{split}_labels"] = labels[rows]
    np.savez(path, **arrays)
    return path


def train(name, data, out, *more):
    arguments = ["train", name, "--data", str(data), "--epochs", "1",
                 "--batch-size", "10", "--backend", "py", "--progress", "none", "--out", str(out),
                 *SMALL.get(name, ()), *more]  # fmt: skip
    cli.main(arguments, prog_name="symgen", standalone_mode=False)
    return json.loads((out / "results.json").read_text())


@pytest.mark.parametrize("name", MODELS)
def test_it_trains_on_labelled_images(name, images, tmp_path):
    results = train(name, images, tmp_path / "run")
    assert results["epochs"] == 1 and all(map(np.isfinite, results["last_epoch"].values()))
    if results["metric"] is not None:
        assert np.isfinite(results["value"]) and results["n"] == 20 and results["bound"]
    assert load_file(tmp_path / "run" / "weights.safetensors")
    pictures = list((tmp_path / "run").glob("*.png"))
    assert {"loss.png"} < {path.name for path in pictures}
    assert all(min(Image.open(path).size) > 50 for path in pictures)


@pytest.mark.parametrize("name", ON_THE_PLANE)
def test_densities_on_the_plane_have_their_picture(name, tmp_path):
    train(name, "two_moons", tmp_path / "run")
    pictures = {path.name for path in (tmp_path / "run").glob("*.png")}
    assert {"density.png", "samples.png"} <= pictures


def test_pictures_show_rows_from_all_over_a_split_with_their_labels(tmp_path, monkeypatch):
    """Data sorted by class, each image the grey of its class: a code tells its label."""
    seen = {}
    for name in ("save_reconstructions", "save_latent_map"):
        monkeypatch.setattr(f"symgen.reporting.{name}", lambda path, *a, **_: seen.update({path.name: a}))
    labels = np.repeat(np.arange(5), 40)
    arrays = {"train": np.repeat(labels[:, None] / 5, 16, axis=1).reshape(-1, 4, 4)}
    np.savez(tmp_path / "x.npz", train_labels=labels, test=arrays["train"], test_labels=labels, **arrays)
    train("autoencoder", tmp_path / "x.npz", tmp_path / "run")
    examples = seen["reconstructions.png"][0]
    assert len(np.unique(examples)) == 5  # of thirty shown
    codes, shown, _ = seen["latent.png"]
    for label in range(5):
        assert np.ptp(codes[shown == label], axis=0).max() < 1e-5
    assert len(np.unique(codes.round(4), axis=0)) == 5


def test_a_denoising_model_is_shown_mending_spoilt_images(images, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(reporting, "save_reconstructions", lambda *_, spoilt: seen.append((_, spoilt)))
    train("denoising_autoencoder", images, tmp_path / "run")
    (((_, originals, rebuilt, _), spoilt),) = seen
    share = (spoilt != originals).sum() / (originals != 0).sum()
    assert 0.2 < share < 0.4 and np.ptp(rebuilt) > 0  # 0.3 of the pixels are blackened


def test_filters_of_a_convolution_are_shown_without_the_zeros_round_them(images, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(reporting, "save_image_grid", lambda path, *given, **_: seen.append((path.name, *given)))
    train("conv_autoencoder", images, tmp_path / "run", "--filter-size", "3")
    (shown,) = ((filters, shape) for name, filters, shape, *_ in seen if name == "filters.png")
    assert shown[0].shape[1:] == shown[1] == (3, 3)


def test_samples_of_a_class_have_its_name_above_them(images, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(reporting, "save_samples", lambda *given: seen.append(given))
    train("conditional_vae", images, tmp_path / "run")
    ((_, draws, _, rows, columns, names),) = seen
    assert (len(draws), rows, columns) == (100, 10, 10) and list(names) == list(range(10))


@pytest.mark.parametrize(
    ("name", "unitless"),
    [
        ("vae", set()),
        ("autoencoder", set()),
        ("ddpm", {"loss", "simple"}),
        ("sparse_autoencoder", {"loss", "kl_sparsity"}),
        ("sda", {"error"}),
    ],
)
def test_no_unit_stands_at_terms_that_have_another(name, unitless, images, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(reporting, "save_loss_curve", lambda path, history, *given: seen.append(given))
    train(name, images, tmp_path / "run")
    ((unit, _, others),) = seen
    assert unit == "nats per example" and others == unitless
