"""symgen's C mode against SciPy in float64: error in ulp, extremes, every memory layout."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import special

from symgen import backends
from symgen.rewrites.unit_stride_elemwise import UnitStrideElemwise, add_unit_stride_loop

SPECIALS = [np.inf, -np.inf, np.nan, 1000.0, -1000.0, 0.0, -0.0, 88.0, -88.0, 1e-30]

# name: symbolic, the same in SciPy, largest error allowed in units in the last place.
FUNCTIONS = {
    "exp": (pt.exp, np.exp, 4),
    "log": (pt.log, np.log, 4),
    "log1p": (pt.log1p, np.log1p, 4),
    "tanh": (pt.tanh, np.tanh, 4),
    "sigmoid": (pt.sigmoid, special.expit, 4),
    "softplus": (pt.softplus, lambda a: np.logaddexp(0, a), 4),
    "sqrt": (pt.sqrt, np.sqrt, 1),
    "erf": (pt.erf, special.erf, 4),
    "sin": (pt.sin, np.sin, 4),
    "cos": (pt.cos, np.cos, 4),
}


@pytest.fixture(scope="module")
def all_functions():
    """One compiled function with every scalar function on a matrix, which takes the fast loop."""
    x = pt.fmatrix("x")
    outputs = [symbolic(x) for symbolic, _, _ in FUNCTIONS.values()]
    f = pytensor.function([x], outputs, mode=backends.select("c"))
    values = np.concatenate([np.linspace(-20, 20, 20006), SPECIALS]).astype("float32").reshape(4, -1)
    return values, dict(zip(FUNCTIONS, f(values), strict=True))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_scalar_function_is_accurate_and_keeps_inf_and_nan(all_functions, name):
    values, results = all_functions
    _, reference, allowed = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        right = reference(values.astype("float64"))
    rounded = right.astype("float32")
    np.testing.assert_array_equal(np.isnan(results[name]), np.isnan(rounded))
    infinite = np.isinf(rounded)
    np.testing.assert_array_equal(results[name][infinite], rounded[infinite])
    normal = np.isfinite(rounded) & (np.abs(right) > np.finfo("float32").tiny)
    error = np.abs(results[name][normal] - right[normal]) / np.spacing(np.abs(rounded[normal]))
    assert error.max() <= allowed


LAYOUTS = {
    "contiguous": lambda a: a,
    "fortran": np.asfortranarray,
    "every second column": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "reversed": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "rows of a larger array": lambda a: np.pad(a, ((0, 0), (3, 2)))[:, 3:-2],
    "empty": lambda a: a[:0],
    "one row": lambda a: a[:1],
}


@pytest.fixture(scope="module")
def broadcasting():
    x, y = pt.fmatrices("x", "y")
    row, column, scalar = pt.frow("row"), pt.fcol("column"), pt.fscalar("scalar")
    out = pt.tanh(x * row + y) * column + scalar
    f = pytensor.function([x, y, row, column, scalar], out, mode=backends.select("c"))
    assert any(isinstance(node.op, UnitStrideElemwise) for node in f.maker.fgraph.apply_nodes)
    return f


@pytest.mark.parametrize("first", LAYOUTS)
@pytest.mark.parametrize("second", ["contiguous", "fortran", "every second column"])
def test_every_layout_gives_numpys_numbers(broadcasting, first, second):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 6, 5)).astype("float32")
    row, column = rng.normal(size=(1, 5)).astype("float32"), rng.normal(size=(6, 1)).astype("float32")
    x = LAYOUTS[first](a)
    y, column = LAYOUTS[second](b)[: len(x)], column[: len(x)]
    right = np.tanh(x.astype("float64") * row + y) * column + 0.25
    np.testing.assert_allclose(
        broadcasting(x, y, row, column, np.float32(0.25)), right, rtol=3e-6, atol=3e-6
    )


def test_three_dimensions_and_inplace_updates():
    rng = np.random.default_rng(1)
    start = rng.normal(size=(3, 4, 5)).astype("float32")
    state = pytensor.shared(start.copy(), name="state")
    step = pytensor.function(
        [], updates={state: state * np.float32(0.5) + 1}, mode=backends.select("c")
    )
    step()
    np.testing.assert_allclose(state.get_value(), start * np.float32(0.5) + 1, rtol=1e-6)


def test_code_without_the_loop_stays_as_it_is():
    assert add_unit_stride_loop("x_i = y_i;", set()) == "x_i = y_i;"
