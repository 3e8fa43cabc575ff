"""``symgen train`` as a user runs it: in a process of its own, on files."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time

import click
import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from symgen.cli.main import cli
from symgen.training import pretrain
from symgen.training.progress import Silent

COMMAND = [sys.executable, "-m", "symgen"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "noise.npy"
    np.save(path, np.random.default_rng(0).random((120, 9)).astype("float32") ** 2)
    return path


def start(*arguments, **environment):
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments, code=0, **environment):
    process = start(*arguments, **environment)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, out + err
    assert "Traceback" not in err
    return out, err


def small(data, out, *more):
    return ("train", "vae", "--data", data, "--hidden-dims", "4", "--latent-dim", "2",
            "--batch-size", "32", "--backend", "py", "--out", out, *more)  # fmt: skip


@pytest.mark.smoke
def test_run_folder_is_complete_and_true(data, tmp_path):
    out, err = run(*small(data, tmp_path / "run", "--epochs", "3", "--seed", "5"))
    folder = tmp_path / "run"
    assert {path.name for path in folder.iterdir()} == {
        "config.json", "history.csv", "weights.safetensors", "checkpoint", "loss.png",
        "samples.png", "reconstructions.png", "latent.png", "results.json",
    }  # fmt: skip
    assert str(folder) in out.splitlines()[-1]
    config = json.loads((folder / "config.json").read_text())
    assert config["settings"]["seed"] == 5 and config["backend"]["name"] == "py"
    assert len(config["dataset"]["hash"]) == 64
    assert {"python", "symgen", "pytensor", "numpy"} <= set(config["versions"])
    with open(folder / "history.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    results = json.loads((folder / "results.json").read_text())
    assert results["metric"] == "ELBO" and results["unit"] == "nats per example"
    assert results["split"] == "test" and results["n"] == 12 and results["standard_error"] > 0
    assert -sum(results["terms"].values()) == pytest.approx(results["value"])
    assert load_file(folder / "weights.safetensors")["encoder.mu.W"].shape == (4, 2)
    for name in ("loss", "samples", "reconstructions", "latent"):
        assert Image.open(folder / f"{name}.png").size[0] > 100
    assert "epoch 3/3" in err and "train_kl" in err


def test_autoencoder_trains_and_claims_no_bound(data, tmp_path):
    arguments = list(small(data, tmp_path / "run", "--epochs", "2"))
    arguments[1] = "autoencoder"
    out, _ = run(*arguments)
    assert "negative reconstruction error" in out
    assert not (tmp_path / "run" / "samples.png").exists()


def test_default_folders_are_numbered(data, tmp_path):
    arguments = [a for a in small(data, "", "--epochs", "1") if a not in ("--out", "")]
    environment = {"PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])}
    for number in (1, 2):
        process = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr
        assert (tmp_path / "runs" / f"vae-noise-{number}" / "results.json").exists()


def assert_same_run(one, two):
    assert (one / "history.csv").read_text() == (two / "history.csv").read_text()
    first, second = (load_file(f / "checkpoint" / "checkpoint.safetensors") for f in (one, two))
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    weights = [(f / "weights.safetensors").read_bytes() for f in (one, two)]
    assert weights[0] == weights[1]


def test_run_killed_at_random_moments_ends_with_the_same_bits(data, tmp_path):
    epochs = ("--epochs", "150", "--optimizer", "adam", "--patience", "140")
    run(*small(data, tmp_path / "whole", *epochs))
    moments = random.Random(time.time_ns())
    process = start(*small(data, tmp_path / "killed", *epochs))
    while not (tmp_path / "killed" / "config.json").exists():
        assert process.poll() is None
        time.sleep(0.02)
    for _ in range(3):  # from the imports to the pictures
        time.sleep(moments.uniform(0.0, 3.0))
        process.kill()
        process.communicate()
        process = start("train", "--resume", tmp_path / "killed")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert_same_run(tmp_path / "whole", tmp_path / "killed")


def test_ctrl_c_saves_and_says_how_to_go_on(data, tmp_path):
    epochs = ("--epochs", "20000")
    process = start(*small(data, tmp_path / "run", *epochs))
    while not (tmp_path / "run" / "history.csv").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err
    assert f"symgen train --resume {tmp_path / 'run'}" in err
    done = len((tmp_path / "run" / "history.csv").read_text().splitlines()) - 1
    run("train", "--resume", tmp_path / "run", "--epochs", done + 2)
    run(*small(data, tmp_path / "whole", "--epochs", done + 2))
    assert_same_run(tmp_path / "whole", tmp_path / "run")


def test_ctrl_c_while_pictures_are_drawn_says_how_to_have_them(data, tmp_path, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    arguments = [str(a) for a in small(data, tmp_path / "run", "--epochs", "1")]
    with monkeypatch.context() as patch, pytest.raises(click.Abort):
        patch.setattr("symgen.cli.pictures.write_pictures", interrupted)
        cli.main(arguments, prog_name="symgen", standalone_mode=False)
    err = capsys.readouterr().err
    said = ("compiling the training step", "folder ", "epoch 1/1", "numbers and pictures follow")
    assert sorted(said, key=err.index) == list(said)  # before what each announces
    assert f"symgen train --resume {tmp_path / 'run'}" in err
    assert not (tmp_path / "run" / "samples.png").exists()
    train_here("--resume", tmp_path / "run")
    assert (tmp_path / "run" / "samples.png").exists()
    assert "numbers and pictures follow" not in capsys.readouterr().err


class InterruptAt(Silent):
    """Sends SIGINT to this process when so many minibatches are done, of any number of runs."""

    left = None

    def batches(self, count, epoch, names, means):
        InterruptAt.left -= count
        if InterruptAt.left <= 0:
            os.kill(os.getpid(), signal.SIGINT)


def train_here(*arguments):
    arguments = ["train", *map(str, arguments), "--progress", "none"]
    cli.main(arguments, prog_name="symgen", standalone_mode=False)


def stacked(data, out):
    return ("stacked_autoencoder", "--data", data, "--hidden-dims", "4", "--latent-dim", "2",
            "--batch-size", "32", "--backend", "py", "--epochs", "3", "--pretrain-epochs", "2",
            "--out", out)  # fmt: skip


@pytest.fixture(scope="module")
def whole_stack(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack") / "whole"
    train_here(*stacked(data, folder))
    return folder


# 3 minibatches an epoch: 6 of each of two layers, then 9 of the whole
@pytest.mark.parametrize("number", [2, 6, 8, 12, 14])
def test_a_run_stopped_in_its_pretraining_or_behind_it_goes_on_to_the_same_bits(
    data, whole_stack, tmp_path, monkeypatch, number
):
    monkeypatch.setattr("symgen.training.chunks._MOST", 1)
    with monkeypatch.context() as patch, pytest.raises(click.Abort):
        InterruptAt.left = number
        patch.setattr(sys.modules[pretrain.__module__], "choose", lambda *_, **__: InterruptAt())
        patch.setattr("symgen.training.choose_progress", lambda _: InterruptAt())
        train_here(*stacked(data, tmp_path / "stopped"))
    train_here("--resume", tmp_path / "stopped")
    assert_same_run(whole_stack, tmp_path / "stopped")


def test_resume_with_other_settings_is_refused(data, tmp_path):
    run(*small(data, tmp_path / "run", "--epochs", "1"))
    before = (tmp_path / "run" / "config.json").read_bytes()
    _, err = run("train", "--resume", tmp_path / "run", "--batch-size", "7", code=1)
    assert "SettingsError" in err and "--batch-size 32" in err
    _, err = run(*small(data, tmp_path / "run", "--epochs", "1"), code=1)
    assert "--resume" in err
    assert (tmp_path / "run" / "config.json").read_bytes() == before


def test_resume_with_other_data_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((50, 9), "float32"))
    run(*small(tmp_path / "x.npy", tmp_path / "run", "--epochs", "1"))
    np.save(tmp_path / "x.npy", np.ones((50, 9), "float32"))
    _, err = run("train", "--resume", tmp_path / "run", "--epochs", "2", code=1)
    assert "data_hash" in err


def bad_file(name, content, tmp_path):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)
    return path


BAD_DATA = {
    "unknown name": ("mnits", "Did you mean 'mnist'"),
    "missing file": ("nowhere.npy", "nowhere.npy"),
    "cut off": (b"\x93NUMPY\x01\x00v\x00{'descr'", "cut off"),
    "empty": (np.zeros((0, 9)), "at least one example"),
    "NaN": (np.full((40, 9), np.nan), "NaN"),
    "out of range": (np.full((40, 9), 3.0), "maximum of 3"),
    "strings": (np.array([["a", "b"]] * 40), "numbers"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_data_is_a_named_error_and_leaves_nothing(case, tmp_path):
    content, message = BAD_DATA[case]
    path = content if isinstance(content, str) else bad_file("x.npy", content, tmp_path)
    _, err = run(*small(path, tmp_path / "run", "--epochs", "1"), code=1)
    assert message in err and err.count("\n") <= 3
    assert not (tmp_path / "run").exists()


BAD_OPTIONS = {
    "model": (["train", "vea"], "Did you mean 'vae'", 1),
    "no model": (["train"], "Name a model", 2),
    "optimizer": (["train", "vae", "--optimizer", "adm"], "Did you mean 'adam'", 1),
    "backend": (["train", "vae", "--backend", "nunba"], "Did you mean 'numba'", 1),
    "device": (["train", "vae", "--backend", "py", "--device", "gpu"], "device='cpu' or 'auto'", 1),
    "batch size": (["train", "vae", "--batch-size", "100000"], "batch size from 1 to", 1),
    "epochs": (["train", "vae", "--epochs", "0"], "epochs of at least 1", 1),
    "latent dim": (["train", "vae", "--latent-dim", "0"], "latent_dim", 1),
    "hidden dims": (["train", "vae", "--hidden-dims", "12x"], "list of whole numbers", 2),
    "learning rate": (["train", "vae", "--backend", "py", "--learning-rate", "-1"], "learning", 1),
    "beta of an autoencoder": (["train", "autoencoder", "--beta", "2"], "No such option '--beta'", 2),
    "binarize": (["train", "vae", "--binarize", "grey"], "'stochastic'", 2),
    "labels": (["train", "autoencoder", "--conditional"], "takes a context", 1),
    "resume nothing": (["train", "--resume", "nowhere"], "config.json", 1),
    "command": (["trian"], "no command 'trian'", 2),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options_are_named_errors(case, tmp_path, monkeypatch):
    arguments, message, code = BAD_OPTIONS[case]
    if "vae" in arguments or "autoencoder" in arguments:
        arguments = [*arguments, "--out", str(tmp_path / "run")]
    _, err = run(*arguments, code=code)
    assert message in err


def test_folder_that_cannot_be_made_is_a_named_error(data, tmp_path):
    (tmp_path / "file").write_text("")
    _, err = run(*small(data, tmp_path / "file" / "run", "--epochs", "1"), code=1)
    assert "OutputError" in err


def test_no_compiler_is_a_named_error_with_the_remedy(data, tmp_path):
    arguments = ["c" if a == "py" else a for a in small(data, tmp_path / "run", "--epochs", "1")]
    _, err = run(*arguments, code=1, PYTENSOR_FLAGS="cxx=")
    assert "CompilerError" in err and "--backend numba" in err
    assert not (tmp_path / "run").exists()


def test_diverging_run_names_the_variable_and_keeps_the_checkpoint(data, tmp_path):
    more = ("--epochs", "50", "--optimizer", "sgd", "--learning-rate", "1e9")
    _, err = run(*small(data, tmp_path / "run", *more), code=1)
    assert "NonFiniteError" in err and "at step" in err


def test_doctor_prints_every_topic():
    out, _ = run("doctor")
    for topic in ("versions", "compiler", "BLAS", "backend", "devices", "compile cache", "theano"):
        assert topic in out
    assert "GFLOP/s" in out


def test_doctor_without_a_compiler_says_what_to_do():
    out, _ = run("doctor", PYTENSOR_FLAGS="cxx=")
    assert "apt-get install g++" in out and "numba" in out


def test_options_that_a_model_cannot_honour_are_refused(data, tmp_path):
    _, err = run(*small(data, tmp_path / "run", "--pretrain-epochs", "2"), code=1)
    assert "SettingsError" in err and "Leave it out" in err
    _, err = run(*small(data, tmp_path / "run", "--seed", "-1"), code=2)
    assert "--seed" in err
    assert not (tmp_path / "run").exists()
