import os
import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scan.op import Scan

from symgen import backends
from symgen.backends import gpu
from symgen.backends.select import _best as best
from symgen.errors import BackendError, UnknownNameError


@pytest.mark.smoke
@pytest.mark.parametrize("name", ["auto", "c", "py", "numba"])
def test_each_backend_computes(name):
    if name == "numba":
        pytest.importorskip("numba")
    x = pt.fvector("x")
    f = pytensor.function([x], (2 * x).sum(), mode=backends.select(name))
    assert f(np.arange(4, dtype="float32")) == 12


def test_py_runs_the_steps_of_scans_in_python_too():
    x = pt.fmatrix("x")
    sums = pytensor.scan(
        lambda row, total: total + row,
        sequences=x,
        outputs_info=pt.zeros_like(x[0]),
        return_updates=False,
    )
    f = pytensor.function([x], sums[-1], mode=backends.select("py"))
    np.testing.assert_array_equal(f(np.ones((3, 2), "float32")), [3, 3])
    (scan,) = (node.op for node in f.maker.fgraph.apply_nodes if isinstance(node.op, Scan))
    assert scan.fn.maker.linker.c_thunks is False


def test_unknown_backend_names_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'numba'"):
        backends.select("nunba")


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


def test_environment_names_the_device(monkeypatch):
    monkeypatch.setenv("SYMGEN_DEVICE", "gpu")
    with pytest.raises(BackendError, match="device='gpu' for backend 'py'"):
        backends.select("py")
    monkeypatch.setenv("SYMGEN_DEVICE", "tpu")
    with pytest.raises(UnknownNameError, match="auto, cpu, gpu"):
        backends.select("py")


@pytest.mark.parametrize("name", ["auto", "jax", "torch"])
def test_a_gpu_that_is_not_there_is_a_named_error_with_the_remedy(name, monkeypatch):
    if name != "auto":
        pytest.importorskip(name)
    if gpu.nvidia():
        pytest.skip("this machine has a GPU")
    with pytest.raises(BackendError, match=r"symgen\[cuda\]"):
        backends.select(name, device="gpu")


def test_auto_takes_the_gpu_where_there_is_one(monkeypatch):
    monkeypatch.setattr(gpu, "backend", lambda: "jax")
    best.cache_clear()
    try:
        assert backends.resolve("auto") == "jax"
        assert backends.resolve("auto", "cpu") in ("c", "numba")
    finally:
        best.cache_clear()
