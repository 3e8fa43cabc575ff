"""``symgen warmup``: the training that follows starts no compiler."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

COMPILER = shutil.which("g++")


def run(*arguments, code=0, **environment):
    answer = subprocess.run(
        [sys.executable, "-m", "symgen", *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert answer.returncode == code, answer.stdout + answer.stderr
    return answer.stdout, answer.stderr


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "noise.npy"
    np.save(path, np.random.default_rng(0).random((240, 9)).astype("float32"))
    return path


@pytest.mark.skipif(COMPILER is None or os.name != "posix", reason="no g++")
def test_training_after_warmup_compiles_nothing(tmp_path, data):
    """Counted at the compiler: a g++ of our own notes each library that it is asked for."""
    log, compiler = tmp_path / "log", tmp_path / "g++"
    compiler.write_text(
        f'#!/bin/sh\ncase "$*" in *-shared*) echo "$*" >> "{log}";; esac\nexec {COMPILER} "$@"\n'
    )
    compiler.chmod(0o755)
    flags = f"cxx={compiler},base_compiledir={tmp_path}/cache"
    environment = {"PYTENSOR_FLAGS": flags, "SYMGEN_CACHE": str(tmp_path / "symgen")}
    out, _ = run("warmup", "autoencoder", "vae", "--backend", "c", "--data", data, **environment)
    lines = out.splitlines()
    assert lines[0].startswith(f"autoencoder on {data}: ") and lines[1].startswith("vae on ")
    assert int(lines[0].split(": ")[1].split()[0]) > 10  # modules
    assert lines[2] == f"backend c; compile cache {tmp_path}/cache"
    compiled = log.read_text().count("-shared")
    assert compiled > 3
    run("train", "vae", "--backend", "c", "--data", data, "--epochs", 2,
        "--out", tmp_path / "run", "--progress", "none", **environment)  # fmt: skip
    assert log.read_text().count("-shared") == compiled


def test_wrong_names_are_refused_before_anything_is_compiled(tmp_path):
    environment = {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}/cache"}
    _, err = run("warmup", "vea", code=1, **environment)
    assert "'vea'" in err and "Did you mean 'vae'" in err
    _, err = run("warmup", "--backend", "cuda", code=1, **environment)
    assert "'cuda'" in err and "UnknownNameError" in err
    assert not list(tmp_path.rglob("key.pkl"))
