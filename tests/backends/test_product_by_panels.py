"""Matrix products in the C mode: every layout, every size of block, against float64."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import backends
from symgen.ops.product import ByPanels
from symgen.ops.product.c import with_product, without_copy_of_z


def compiled(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode=backends.select("c"), **options)


def products_by_panels(f):
    return [node.op for node in f.maker.fgraph.toposort() if isinstance(node.op, ByPanels)]


def as_layout(values, layout):
    """The same numbers in rows, in columns, or with gaps."""
    if layout == "gaps":
        return np.repeat(np.repeat(values, 2, axis=0), 2, axis=1)[::2, ::2]
    return np.asarray(values, order=layout)


@pytest.fixture(scope="module")
def product():
    """``dot(x, y)`` of matrices of unknown shapes."""
    x, y = pt.fmatrices("x", "y")
    f = compiled([x, y], pt.dot(x, y))
    assert len(products_by_panels(f)) == 1
    return f


@pytest.mark.parametrize("rows", [*range(1, 31), 64, 65, 100, 127, 128, 129])
def test_each_number_of_rows(product, rows):
    rng = np.random.default_rng(rows)
    x, y = rng.normal(size=(rows, 40)), rng.normal(size=(40, 75))
    right = x @ y
    x, y = x.astype("float32"), y.astype("float32")
    np.testing.assert_allclose(product(x, y), right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("columns", [1, 16, 31, 32, 33, 47, 63, 64, 100])
@pytest.mark.parametrize("inner", [0, 1, 7, 8, 9, 50])
def test_each_width_and_length(product, columns, inner):
    rng = np.random.default_rng(columns)
    x, y = rng.normal(size=(13, inner)), rng.normal(size=(inner, columns))
    right = x @ y
    x, y = x.astype("float32"), y.astype("float32")
    np.testing.assert_allclose(product(x, y), right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("inner", [127, 128, 129, 255, 784, 1000])
def test_a_long_sum_rounds_no_more_than_that_of_numpy(product, inner):
    rng = np.random.default_rng(inner)
    x = rng.normal(size=(20, inner)).astype("float32")
    y = rng.normal(size=(inner, 75)).astype("float32")
    exact = x.astype("float64") @ y
    error, of_numpy = (np.sqrt(np.mean((z - exact) ** 2)) for z in (product(x, y), x @ y))
    assert error < 1.5 * of_numpy


@pytest.mark.parametrize("left", ["C", "F", "gaps"])
@pytest.mark.parametrize("right", ["C", "F", "gaps"])
def test_each_layout(product, left, right):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 30)), rng.normal(size=(30, 50))
    exact = x @ y
    x, y = (as_layout(a.astype("float32"), o) for a, o in ((x, left), (y, right)))
    np.testing.assert_allclose(product(x, y), exact, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("decay", [0.0, 1.0, 0.5])
def test_an_update_adds_to_what_is_there(decay):
    """``w <- decay w - 0.1 x' y``, with columns beyond the last whole panel."""
    rng = np.random.default_rng(1)
    x, y, start = rng.normal(size=(25, 12)), rng.normal(size=(25, 70)), rng.normal(size=(12, 70))
    w = pytensor.shared(start.astype("float32"), shape=(12, 70))
    x_in, y_in = pt.fmatrices("x", "y")
    scale = np.float32(-0.1)
    step = compiled([x_in, y_in], [], updates={w: np.float32(decay) * w + scale * pt.dot(x_in.T, y_in)})
    assert len(products_by_panels(step)) == 1
    step(x.astype("float32"), y.astype("float32"))
    np.testing.assert_allclose(w.get_value(), decay * start - 0.1 * x.T @ y, rtol=1e-5, atol=1e-5)


def test_a_scaled_product():
    x, y, a = pt.fmatrix("x"), pt.fmatrix("y"), pt.fscalar("a")
    f = compiled([x, y, a], a * pt.dot(x, y))
    rng = np.random.default_rng(2)
    left, right = rng.normal(size=(5, 30)), rng.normal(size=(30, 64))
    result = f(left.astype("float32"), right.astype("float32"), np.float32(3))
    np.testing.assert_allclose(result, 3 * left @ right, rtol=1e-5, atol=1e-5)


def test_what_was_not_a_number_is_overwritten_and_what_is_stays(product):
    x, y = np.ones((3, 16), "float32"), np.ones((16, 40), "float32")
    x[1, 2] = np.nan
    y[3, 35] = np.inf
    product(np.full_like(x, np.nan), y)  # its result's memory is used again
    right = np.full((3, 40), 16.0)
    right[:, 35], right[1] = np.inf, np.nan
    np.testing.assert_array_equal(product(x, y), right.astype("float32"))


def test_shapes_that_do_not_fit_are_pytensors_error(product):
    with pytest.raises(ValueError, match="[Ss]hape mismatch|do not match|not aligned"):
        product(np.ones((3, 16), "float32"), np.ones((17, 40), "float32"))


@pytest.mark.parametrize("shape", [(200, 300, 70), (700, 130, 500), (1200, 40, 33)])
def test_a_product_of_several_units(product, shape):
    """Cut by columns and by rows, with parts of panels at the edges."""
    rows, inner, columns = shape
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(rows, inner)), rng.normal(size=(inner, columns))
    exact = x @ y
    for layouts in ("CC", "CF", "FC", "FF"):
        left, right = (np.asarray(a, "float32", order=o) for a, o in zip((x, y), layouts, strict=True))
        np.testing.assert_allclose(product(left, right), exact, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layout", ["C", "F", "gaps", "row", "backwards"])
@pytest.mark.parametrize("rows", [3, 20, 300])
def test_a_sum_with_a_product_leaves_its_other_term_as_it_was(rows, layout):
    z, x, y = pt.fmatrices("z", "x", "y")
    f = compiled([z, x, y], pt.dot(x, y) + z, accept_inplace=False)
    (gemm,) = products_by_panels(f)
    assert not gemm.inplace
    rng = np.random.default_rng(4)
    left, right = rng.normal(size=(rows, 50)), rng.normal(size=(50, 70))
    other = rng.normal(size=(1 if layout == "row" else rows, 70))
    given = as_layout(other.astype("float32"), "C" if layout in ("row", "backwards") else layout)
    if layout == "row":
        given = np.broadcast_to(given, (rows, 70))
    if layout == "backwards":
        other, given = other[::-1], given[::-1]
    before = given.copy()
    for _ in range(2):  # the second time the result's memory is there
        result = f(given, left.astype("float32"), right.astype("float32"))
        np.testing.assert_allclose(result, left @ right + other, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(given, before)


def test_a_sum_that_failed_leaves_nothing_to_the_next():
    """In place and not in place are one C module, which remembers where z is until the product."""
    z, x, y = pt.fmatrices("z", "x", "y")
    f = compiled([z, x, y], pt.dot(x, y) + z, accept_inplace=False)
    w = pytensor.shared(np.zeros((40, 70), "float32"))
    step = compiled([x, y], [], updates={w: w + pt.dot(x, y)})
    assert [g.inplace for h in (f, step) for g in products_by_panels(h)] == [False, True]
    fits, does_not = np.ones((40, 50), "float32"), np.ones((51, 70), "float32")
    with pytest.raises(ValueError, match="[Ss]hape mismatch|do not match"):
        f(np.full((40, 70), 7, "float32"), fits, does_not)
    step(fits, does_not[:50])
    np.testing.assert_array_equal(w.get_value(), np.full((40, 70), 50, "float32"))


def test_float64_stays_with_the_blas():
    x, y = pt.dmatrices("x", "y")
    assert products_by_panels(compiled([x, y], pt.dot(x, y))) == []


def test_code_without_a_product_is_our_mistake():
    with pytest.raises(AssertionError, match="sgemm_"):
        with_product("x = y;")


def test_code_without_a_copy_is_our_mistake():
    with pytest.raises(AssertionError, match="copy of z"):
        without_copy_of_z("x = y;", "z", "c")
