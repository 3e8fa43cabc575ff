import os
import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import backends
from symgen.errors import BackendError, UnknownNameError


@pytest.mark.smoke
@pytest.mark.parametrize("name", ["auto", "c", "py", "numba"])
def test_each_backend_computes(name):
    if name == "numba":
        pytest.importorskip("numba")
    x = pt.fvector("x")
    f = pytensor.function([x], (2 * x).sum(), mode=backends.select(name))
    assert f(np.arange(4, dtype="float32")) == 12


def test_unknown_backend_names_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'numba'"):
        backends.select("nunba")


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_backends_to_come_say_so(name):
    with pytest.raises(BackendError, match="not support yet"):
        backends.select(name)


def test_environment_names_the_backend(monkeypatch):
    monkeypatch.setenv("SYMGEN_BACKEND", "py")
    assert backends.resolve() == "py"
    monkeypatch.setenv("SYMGEN_BACKEND", "nunba")
    with pytest.raises(UnknownNameError):
        backends.select()


def run(code, **environment):
    environment = {**os.environ, **environment}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


def test_auto_says_once_which_and_why():
    answer = run("from symgen import backends; backends.select(); backends.select('auto')")
    lines = answer.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("symgen: backend c (")
    assert "OpenBLAS" in lines[0] or "BLAS" in lines[0]


def test_auto_without_a_compiler_is_numba_and_says_why():
    pytest.importorskip("numba")
    answer = run("from symgen import backends; backends.select()", PYTENSOR_FLAGS="cxx=")
    assert answer.stderr.startswith("symgen: backend numba (no C++ compiler works")


def test_selecting_leaves_floatx_and_default_mode_alone():
    before = pytensor.config.floatX, pytensor.config.mode, pytensor.config.gcc__cxxflags
    x = pt.fvector("x")
    pytensor.function([x], pt.exp(x), mode=backends.select("c"))
    assert (pytensor.config.floatX, pytensor.config.mode, pytensor.config.gcc__cxxflags) == before
