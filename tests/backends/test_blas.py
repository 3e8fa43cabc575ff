import ctypes
import os
import subprocess
import sys

import numpy as np
import pytensor
import pytest

from symgen.backends import blas, compiler
from symgen.errors import BackendError, CompilerError


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A cache folder of the test's own, and no answers remembered in the process."""
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))
    blas.find.cache_clear()
    yield tmp_path
    blas.find.cache_clear()


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_found_blas_multiplies_rightly_and_fast(memory):
    # 2 GFLOP/s: NumPy without BLAS, and PyTensor's own C fall-back, stay below.
    assert blas.gemm_gflops(blas.find()) > 2


def test_library_of_the_wheel_really_holds_the_renamed_symbol(memory):
    found = blas.find()
    if not found.path:
        pytest.skip("linked by name: no file to look into")
    library = ctypes.CDLL(found.path)
    assert hasattr(library, "scipy_sgemm_") or hasattr(library, "sgemm_")


def test_wheel_comes_before_scipy_before_the_system():
    names = [group[0].name for group in blas.candidates()]
    order = ["OpenBLAS of the scipy-openblas32 wheel", "OpenBLAS bundled with SciPy"]
    assert names[: len(order)] == [name for name in order if name in names]


def test_scipy_bundled_library_links_too():
    bundled = blas._scipy_bundled()
    if bundled is None:
        pytest.skip("this SciPy bundles no OpenBLAS")
    assert blas.gemm_gflops(bundled) > 2


def test_broken_library_is_a_named_error():
    with pytest.raises(BackendError, match="(?s)matrix product.*scipy-openblas32"):
        blas.gemm_gflops(blas.Blas("a library that is not there", "-lno_such_blas_anywhere"))


def test_broken_candidate_is_passed_over(memory, monkeypatch):
    right = next(blas.candidates())
    wrong = [blas.Blas("broken", "-lno_such_blas_anywhere")]
    monkeypatch.setattr(blas, "candidates", lambda: iter([wrong, right]))
    assert blas.find() in right


def test_nothing_that_works_warns_and_gives_none(memory, monkeypatch):
    wrong = [blas.Blas("broken", "-lno_such_blas_anywhere")]
    monkeypatch.setattr(blas, "candidates", lambda: iter([wrong]))
    with pytest.warns(UserWarning, match="broken"):
        assert blas.find() is None


def test_answer_is_remembered(memory, monkeypatch):
    first = blas.find()
    blas.find.cache_clear()
    monkeypatch.setattr(blas, "gemm_gflops", lambda _: pytest.fail("measured again"))
    assert blas.find() == first


def test_damaged_memory_is_measured_again(memory):
    (memory / "blas.json").write_text('{"key": ')
    assert blas.find() is not None


def test_user_setting_is_kept(memory):
    code = "from symgen.backends import blas; blas.link(); print(pytensor.config.blas__ldflags)"
    answer = run(f"import pytensor; {code}", PYTENSOR_FLAGS="blas__ldflags=-lm")
    assert answer.stdout.strip() == "-lm", answer.stderr
    answer = run(f"import pytensor; pytensor.config.blas__ldflags = '-lm'; {code}")
    assert answer.stdout.strip() == "-lm", answer.stderr


def test_no_warning_about_blas_reaches_the_user(memory):
    code = (
        "import numpy, pytensor, pytensor.tensor as pt; from symgen import backends\n"
        "x = pt.matrix(); f = pytensor.function([x], x @ x, mode=backends.select('c'))\n"
        "print(f(numpy.eye(2)).tolist())"
    )
    answer = run(code)
    assert answer.stdout.strip() == "[[1.0, 0.0], [0.0, 1.0]]"
    assert answer.stderr == ""


def test_linked_gemm_is_in_the_graph_and_right():
    from symgen import backends

    x, y = pytensor.tensor.fmatrices("x", "y")
    product = pytensor.function([x, y], x @ y, mode=backends.select("c"))
    ops = [type(node.op).__name__ for node in product.maker.fgraph.toposort()]
    assert ops == ["Dot22ByPanels"]
    a, b = np.random.default_rng(0).normal(size=(2, 30, 30)).astype("float32")
    np.testing.assert_allclose(product(a, b), a @ b, rtol=2e-5, atol=2e-5)


def test_no_compiler_is_a_named_error(monkeypatch):
    compiler.find.cache_clear()
    monkeypatch.setattr(pytensor.config, "cxx", "")
    try:
        with pytest.raises(CompilerError, match="apt-get install g\\+\\+"):
            compiler.find()
    finally:
        compiler.find.cache_clear()


def test_compiler_that_fails_is_a_named_error(monkeypatch, tmp_path):
    broken = tmp_path / "g++"
    broken.write_text("#!/bin/sh\necho 'no space for the linker' >&2\nexit 1\n")
    broken.chmod(0o755)
    compiler.find.cache_clear()
    monkeypatch.setattr(pytensor.config, "cxx", str(broken))
    try:
        with pytest.raises(CompilerError, match="no space for the linker"):
            compiler.find()
    finally:
        compiler.find.cache_clear()
