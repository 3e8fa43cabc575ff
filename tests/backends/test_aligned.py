"""Large arrays of the C backend begin where a line of the cache or a large page does."""

import mmap
import os

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from numpy._core.multiarray import get_handler_name

from symgen import backends
from symgen.ops.aligned import LINE, PAGE, aligned, is_aligned

SHAPES = [(128, 64), (700, 400), (1024, 784)]


def begins_at(array, boundary):
    return array.__array_interface__["data"][0] % boundary == 0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_copy_is_aligned_and_equal(shape, order, dtype, rng):
    array = np.asarray(rng.normal(size=shape).astype(dtype), order=order)
    copy = aligned(array)
    assert begins_at(copy, PAGE if array.nbytes >= PAGE else LINE)
    assert copy.dtype == array.dtype and copy.strides == array.strides
    np.testing.assert_array_equal(copy, array)
    assert not np.shares_memory(copy, array)
    copy[0, 0] = 7
    assert copy[0, 0] == 7 != array[0, 0]


@pytest.mark.skipif(not hasattr(mmap, "MADV_HUGEPAGE"), reason="no large pages to ask for")
def test_a_system_without_large_pages_gives_an_aligned_copy_too(monkeypatch, rng):
    class Refusing(mmap.mmap):
        def madvise(self, *args):
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr(mmap, "mmap", Refusing)
    array = rng.normal(size=(1024, 784)).astype("float32")
    copy = aligned(array)
    assert begins_at(copy, PAGE)
    np.testing.assert_array_equal(copy, array)


@pytest.mark.parametrize("shape", SHAPES)
def test_results_are_aligned_and_numpy_allocates_as_before(shape, rng):
    x, w = pt.fmatrix("x"), pt.fmatrix("w")
    f = pytensor.function([x, w], [pt.tanh(x) * 2, pt.dot(x, w)], mode=backends.select("c"))
    before = get_handler_name()
    values = rng.normal(size=shape).astype("float32"), rng.normal(size=shape[::-1]).astype("float32")
    results = f(*values)
    assert get_handler_name() == before
    for result in results:
        assert begins_at(result, PAGE if result.nbytes >= PAGE else LINE)
    np.testing.assert_allclose(results[0], 2 * np.tanh(values[0]), rtol=1e-5)
    np.testing.assert_allclose(results[1], values[0] @ values[1], rtol=1e-3, atol=1e-3)


def test_a_result_can_change_its_size_and_outlive_its_function(rng):
    x = pt.fmatrix("x")
    f = pytensor.function([x], pt.exp(x), mode=backends.select("c"))
    values = [rng.normal(size=(rows, 500)).astype("float32") for rows in (50, 2000, 10, 300)]
    results = [f(value) for value in values]
    del f
    for value, result in zip(values, results, strict=True):
        np.testing.assert_allclose(result, np.exp(value), rtol=1e-5)


@pytest.mark.parametrize("order", "CF")
def test_what_a_function_updates_is_aligned_and_nothing_else(order, rng):
    start = np.asarray(rng.normal(size=(800, 700)).astype("float32"), order=order)
    room = np.empty(start.nbytes + 4, np.uint8)[4:].view("float32").reshape(start.shape, order=order)
    room[...] = start
    w = pytensor.shared(room, "w", borrow=True)
    data = pytensor.shared(start, "data", borrow=True)
    f = pytensor.function([], w.sum(), updates={w: w + data}, mode=backends.select("c"))
    f()
    assert is_aligned(w.get_value(borrow=True))
    assert data.get_value(borrow=True) is start
    np.testing.assert_allclose(w.get_value(), 2 * start, rtol=1e-6)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_does_not_write_into_its_parents_copy():
    copy = aligned(np.zeros((1024, 1024), "float32"))
    child = os.fork()
    if child == 0:
        copy[...] = 1
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert not copy.any()
