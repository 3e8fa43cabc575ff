"""``symgen evaluate``: the numbers of a run again, on other data, and what it refuses."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from scipy.special import logsumexp

from symgen.cli.main import cli
from symgen.errors import (
    MissingFileError,
    NotSupportedError,
    RangeError,
    SettingsError,
    UnknownNameError,
    UntrainedModelError,
)
from symgen.tensor_files import load_tensors

GREY = np.random.default_rng(0).random((60, 9)).astype("float32")


def symgen(*arguments):
    cli.main([str(argument) for argument in arguments], prog_name="symgen", standalone_mode=False)


def evaluate(folder, *options):
    path = folder.parent / "results.json"
    symgen("evaluate", folder, "--backend", "py", "--json", path, *options)
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    np.save(folder / "grey.npy", GREY)
    for model, *options in (("bernoulli",), ("vae", "--latent-dim", "2"), ("rbm", "--n-hidden", "3")):
        symgen("train", model, "--data", folder / "grey.npy", "--epochs", "2", "--batch-size", "20",
               "--backend", "py", "--progress", "none", "--out", folder / model, *options)  # fmt: skip
    return folder


def test_own_metric_is_that_of_the_training_run(runs):
    (result,) = evaluate(runs / "bernoulli")
    before = json.loads((runs / "bernoulli" / "results.json").read_text())
    same = ("metric", "value", "standard_error", "n", "bound", "dataset_hash", "binarization", "split")
    assert {name: result[name] for name in same} == {name: before[name] for name in same}


def test_words_name_metric_unit_and_data_once(runs, capsys):
    for metric, expected in (
        ("own", "log-likelihood: NUMBERS nats per example"),
        ("bits", "bits per dimension: NUMBERS"),
    ):
        symgen("evaluate", runs / "bernoulli", "--metric", metric)
        first, _, last = capsys.readouterr().out.splitlines()
        assert re.sub(r"-?[\d.]+ ± [\d.]+", "NUMBERS", first) == expected
        assert "(threshold at 0.5; sha256 " in last
    symgen("evaluate", runs / "vae", "--draws", "1")
    assert "(grey levels; sha256 " in capsys.readouterr().out.splitlines()[-1]


def test_another_binarization_is_other_data_and_says_so(runs):
    (drawn,) = evaluate(runs / "bernoulli", "--binarize", "stochastic", "--split", "train")
    assert drawn["binarization"].startswith("stochastic") and drawn["split"] == "train"
    (own,) = evaluate(runs / "bernoulli", "--split", "train")
    assert drawn["dataset_hash"] != own["dataset_hash"] and drawn["value"] != own["value"]


def test_likelihood_of_an_rbm_lies_beside_the_count_over_all_states(runs):
    weights, _ = load_tensors(runs / "rbm" / "weights.safetensors")
    w = {name: value.astype("float64") for name, value in weights.items()}
    states = ((np.arange(2**9)[:, None] >> np.arange(9)) & 1).astype("float64")

    def log_p_star(v):
        return v @ w["vbias"] + np.logaddexp(0, v @ w["W"] + w["hbias"]).sum(1)

    results = evaluate(runs / "rbm", "--metric", "likelihood", "--split", "train", "--examples", "10")
    config = json.loads((runs / "rbm" / "config.json").read_text())
    assert config["dataset"]["binarization"] == "threshold at 0.5"
    from symgen.datasets import binarize, load

    x = binarize(load(runs / "grey.npy")).splits["train"]
    rows = np.random.default_rng(0).choice(len(x), 10, replace=False)
    x = x[rows].astype("float64")
    exact = (log_p_star(x) - logsumexp(log_p_star(states))).mean()
    assert [result["bound"].split()[0] for result in results] == ["upper", "lower"]
    for result in results:
        assert result["value"] == pytest.approx(exact, abs=0.05) and result["n"] == 10


def test_draws_of_a_vae_tighten_its_bound(runs):
    (one,) = evaluate(runs / "vae", "--metric", "importance", "--draws", "1")
    (many,) = evaluate(runs / "vae", "--metric", "importance", "--draws", "300")
    assert one["value"] < many["value"] and many["n_samples"] == 300


def test_the_bound_rises_with_k_in_a_table_and_a_picture(runs, capsys):
    picture = runs / "bound.png"
    results = evaluate(runs / "vae", "--metric", "iwae", "--k", "20,1,5", "--picture", picture)
    assert [result["metric"] for result in results] == [f"IWAE bound, k = {k}" for k in (20, 1, 5)]
    by_k = {k: result["value"] for k, result in zip((20, 1, 5), results, strict=True)}
    assert by_k[1] < by_k[5] < by_k[20]
    for result in results:
        assert result["bound"].startswith("lower bound on log p(x)") and result["n_samples"] == 20
    # k = 1 is the ELBO, whose draws and closed form are others
    (elbo,) = evaluate(runs / "vae", "--draws", "300")
    assert by_k[1] == pytest.approx(elbo["value"], abs=0.1)
    table = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in table if line.strip().startswith(("1 ", "5 ", "20 "))]
    assert [(row[0], row[1]) for row in rows] == [(str(k), f"{by_k[k]:.3f}") for k in (20, 1, 5)]
    assert Image.open(picture).size[0] > 300
    (one,) = evaluate(runs / "vae", "--metric", "iwae", "--k", "5", "--picture", picture, "--examples", "1")
    assert one["standard_error"] is None


def test_a_stopped_run_has_the_weights_of_its_checkpoint_and_a_fresh_one_has_none(runs, tmp_path):
    shutil.copytree(runs / "bernoulli", tmp_path / "run")
    (tmp_path / "run" / "weights.safetensors").unlink()
    assert evaluate(tmp_path / "run") == evaluate(runs / "bernoulli")
    shutil.rmtree(tmp_path / "run" / "checkpoint")
    with pytest.raises(UntrainedModelError, match="symgen train --resume"):
        evaluate(tmp_path / "run")


@pytest.mark.parametrize(
    ("model", "options", "error", "remedy"),
    [
        ("bernoulli", ["--binarize", "none"], SettingsError, "--binarize threshold"),
        ("vae", ["--metric", "importance", "--draws", "0"], RangeError, "50 draws"),
        ("vae", ["--draws", "0"], RangeError, "one draw"),
        ("vae", ["--metric", "likelihood"], NotSupportedError, "metric"),
        ("vae", ["--metric", "iwae", "--k", "2,5"], RangeError, "divide"),
        ("rbm", ["--metric", "iwae"], NotSupportedError, "log_prob|evaluate"),
        ("vae", ["--metric", "iwae", "--draws", "5"], SettingsError, "own or bits or importance"),
        ("vae", ["--k", "5"], SettingsError, "--metric iwae with --k"),
        ("vae", ["--picture", "x.png"], SettingsError, "--metric iwae with --picture"),
        ("vae", ["--chains", "5"], SettingsError, "--metric likelihood"),
        ("vae", ["--metric", "inportance"], UnknownNameError, "importance"),
        ("rbm", ["--metric", "likelihood", "--chains", "1"], RangeError, "spread"),
        ("vae", ["--examples", "0"], RangeError, "from 1 to"),
        ("none", [], MissingFileError, "folder"),
    ],
)
def test_what_cannot_be_is_a_named_error(runs, model, options, error, remedy):
    with pytest.raises(error, match=remedy):
        evaluate(runs / model, *options)


def test_other_data_with_grey_levels_must_say_how_they_become_binary(runs):
    np.save(runs / "others.npy", GREY[::2])
    with pytest.raises(SettingsError, match="--binarize"):
        evaluate(runs / "bernoulli", "--data", runs / "others.npy")
    (result,) = evaluate(
        runs / "bernoulli", "--data", runs / "others.npy", "--binarize", "threshold"
    )
    assert result["dataset"] == "others.npy"


def test_training_a_model_of_binary_data_on_grey_levels_is_refused(runs, tmp_path):
    with pytest.raises(SettingsError, match="--binarize threshold"):
        symgen("train", "bernoulli", "--data", runs / "grey.npy", "--binarize", "none",
               "--out", tmp_path / "run")  # fmt: skip
    assert not (tmp_path / "run").exists()
