"""Softmax and its logarithm in C against SciPy, and their gradients against differences."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.special import log_softmax, softmax
from python_nodes import python_nodes
from scipy import special

from symgen import backends
from symgen.errors import DtypeError
from symgen.ops.softmax import TrailingSoftmax

AXES = (None, -1, 0, (0, 2))
KINDS = {"softmax": (softmax, special.softmax), "log_softmax": (log_softmax, special.log_softmax)}
CASES = [(kind, axis) for kind in KINDS for axis in AXES]


def ids(case):
    return f"{case[0]}-{case[1]}"


@pytest.fixture(scope="module", params=["float32", "float64"])
def functions(request):
    """All kinds and axes, of one three-dimensional argument."""
    x = pt.tensor3("x", dtype=request.param)
    outputs = [KINDS[kind][0](x, axis=axis) for kind, axis in CASES]
    f = pytensor.function([x], outputs, mode=backends.select("c"))
    assert python_nodes(f) == []
    return request.param, f


SHAPES = [(2, 3, 4), (1, 1, 1), (5, 1, 40), (3, 2, 1500), (300, 2, 10), (0, 3, 4)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_values_are_scipys(functions, shape):
    dtype, f = functions
    values = np.random.default_rng(0).normal(scale=5, size=shape).astype(dtype)
    layouts = {"C": values, "Fortran": np.asfortranarray(values), "reversed": values[::-1, ::-1, ::-1]}
    for name, given in layouts.items():
        if 0 in shape:
            # Nothing to sum over along axis 0: refused, as in NumPy.
            with pytest.raises(ValueError, match="length 0"):
                f(given)
            continue
        for case, got in zip(CASES, f(given), strict=True):
            right = KINDS[case[0]][1](given.astype("longdouble"), axis=case[1])
            scale = max(1, abs(right).max())
            assert got.dtype == dtype and got.shape == shape, (name, case)
            error = abs(got - right).max() / scale
            assert error < 8 * np.finfo(dtype).eps, (name, case)


def test_extremes_are_those_of_scipy(functions):
    dtype, f = functions
    inf, nan = np.inf, np.nan
    rows = [[1e4, 0, -1e4], [-inf, 0, 1], [-inf, -inf, 2], [-inf, -inf, -inf], [nan, 0, 1], [0, 0, 0]]
    values = np.array(rows, dtype)[None]
    results = dict(zip(CASES, f(values), strict=True))
    with np.errstate(all="ignore"):
        for kind, (_, right) in KINDS.items():
            # The difference of two large numbers at 1e4 is exact here, so that equality is fair.
            expected = right(values.astype("float64"), axis=-1).astype(dtype)
            np.testing.assert_allclose(
                results[kind, -1], expected, rtol=1e-6 if dtype == "float32" else 1e-14
            )


def test_large_inputs_differ_by_their_differences_alone(functions):
    dtype, f = functions
    values = np.array([[[80.0, 81.0, 79.0]]], dtype)
    moved = dict(zip(CASES, f(values + 2**14), strict=True))
    for case, plain in zip(CASES, f(values), strict=True):
        np.testing.assert_array_equal(moved[case], plain)


def test_integers_give_what_pytensor_gives():
    x = pt.lmatrix("x")
    outputs = [softmax(x, axis=-1), log_softmax(x, axis=0)]
    f = pytensor.function([x], outputs, mode=backends.select("c"))
    values = np.arange(12).reshape(3, 4) % 5
    first, second = f(values)
    assert first.dtype == outputs[0].dtype == "float64"
    np.testing.assert_allclose(first, special.softmax(values, axis=-1), rtol=1e-14)
    np.testing.assert_allclose(second, special.log_softmax(values, axis=0), rtol=1e-13)


@pytest.fixture(scope="module")
def costs_and_gradients():
    """(cost, gradient) for each axis, of a float64 argument; one function for all."""
    x, weights = pt.dtensor3("x"), np.random.default_rng(1).normal(size=(2, 3, 4))
    outputs = []
    for axis in AXES:
        cost = (softmax(x, axis=axis) * weights).sum() + (log_softmax(x, axis=axis) * weights).sum()
        outputs += [cost, pytensor.grad(cost, x)]
    f = pytensor.function([x], outputs, mode=backends.select("c"))
    assert python_nodes(f) == []
    return f


@pytest.mark.parametrize("number", range(len(AXES)), ids=lambda k: str(AXES[k]))
def test_gradients_are_central_differences(costs_and_gradients, number):
    values = np.random.default_rng(2).normal(size=(2, 3, 4))
    gradient, step = costs_and_gradients(values)[2 * number + 1], 1e-6
    for place in np.ndindex(2, 3, 4):
        up, down = values.copy(), values.copy()
        up[place] += step
        down[place] -= step
        costs = [costs_and_gradients(moved)[2 * number] for moved in (up, down)]
        difference = (costs[0] - costs[1]) / (2 * step)
        assert gradient[place] == pytest.approx(difference, rel=1e-6, abs=1e-8)


def test_the_numpy_form_and_a_wrong_dtype():
    x = pt.dmatrix("x")
    values = np.random.default_rng(3).normal(size=(3, 5))
    for log, right in ((False, special.softmax), (True, special.log_softmax)):
        node = TrailingSoftmax(1, log).make_node(x)
        out = [[None]]
        node.op.perform(node, [values], out)
        np.testing.assert_allclose(out[0][0], right(values, axis=1), rtol=1e-13)
    with pytest.raises(DtypeError, match="float32 or float64"):
        TrailingSoftmax(1, False)(pt.lmatrix("n"))
