import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from compile_on import BACKENDS, compile_on, mode_of
from pytensor.gradient import verify_grad

from symgen.errors import BackendError, DtypeError, RangeError, SettingsError, ShapeError
from symgen.ops.topk import TopK, argtopk, topk, topk_and_argtopk

X = np.random.default_rng(1).permutation(60).reshape(3, 5, 4).astype("float32")


def goal(x, k, axis):
    """The elements in descending order, by sorting all of them."""
    descending = np.flip(np.sort(x, axis), axis)
    chosen = slice(None, k) if k > 0 else slice(x.shape[axis] + k, None)
    return descending[(slice(None),) * (axis % x.ndim) + (chosen,)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_and_places(backend):
    x = pt.tensor("x", dtype="float32", shape=(None, None, None))
    cases = [(1, 1), (-2, -1), (3, 0)]
    outputs = [
        output
        for k, axis in cases
        for descending in (True, False)
        for output in topk_and_argtopk(x, k, axis, descending, "int32")
    ]
    results = iter(compile_on(backend, [x], outputs)(X))
    for k, axis in cases:
        values, places = next(results), next(results)
        assert values.dtype == "float32" and places.dtype == "int32"
        np.testing.assert_array_equal(values, goal(X, k, axis))
        np.testing.assert_array_equal(np.take_along_axis(X, places, axis), values)
        values, places = next(results), next(results)
        np.testing.assert_array_equal(np.flip(np.sort(values, axis), axis), goal(X, k, axis))
        np.testing.assert_array_equal(np.take_along_axis(X, places, axis), values)


@pytest.mark.parametrize("backend", BACKENDS)
def test_extremes_count_as_numbers_and_nan_as_the_largest(backend):
    x, n, u = pt.dvector("x"), pt.bvector("n"), pt.tensor("u", dtype="uint64", shape=(None,))
    k = [topk(x, 2), topk(x, -2), topk(n, -2), topk(n, 1), topk(u, 2), topk(u, -2)]
    numbers = np.array([0.0, -np.nan, -np.inf, np.nan, np.inf])
    small = np.array([-128, 0, 127], "int8")
    large = np.array([2**64 - 1, 0, 2**63, 1], "uint64")
    results = compile_on(backend, [x, n, u], k)(numbers, small, large)
    assert np.isnan(results[0]).all()
    np.testing.assert_array_equal(results[1], [0, -np.inf])
    assert [list(map(int, r)) for r in results[2:]] == [
        [0, -128],
        [127],
        [2**64 - 1, 2**63],
        [1, 0],
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradient_reaches_what_was_taken(backend):
    x = pt.tensor("x", dtype="float32", shape=(None, None, None))
    weight = np.arange(3 * 2 * 4, dtype="float32").reshape(3, 2, 4) + 1
    slope = pt.grad((topk(x, -2, axis=1) * weight).sum(), x)
    result = compile_on(backend, [x], slope)(X)
    expected = np.zeros_like(X)
    np.put_along_axis(expected, np.argsort(X, 1)[:, 1::-1], weight, 1)
    assert result.dtype == "float32"
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("backend", ["py", "numba", "torch"])
def test_k_given_at_run_time(backend):
    x, k = pt.dvector("x"), pt.iscalar("k")
    f = compile_on(backend, [x, k], [topk(x, k), argtopk(x, k, idx_dtype="uint8").shape])
    assert f([3.0, 1, 2], -2)[0].tolist() == [2, 1]
    assert f([3.0, 1, 2], 3)[1].tolist() == [3]
    for wrong in (0, 4, -4):
        with pytest.raises(ValueError, match="k"):
            f([3.0, 1, 2], wrong)


def test_jax_names_k_that_is_computed():
    x = pt.dvector("x")
    with pytest.raises(BackendError, match="computed from data"):
        compile_on("jax", [x], topk(x, pt.argmax(x) + 1))


def test_gradient_is_the_slope_forward_and_backward():
    x = np.random.default_rng(2).permutation(12).reshape(3, 4) / 4
    for axis, k, descending in [(0, 2, True), (-1, -3, False), (None, 5, True)]:
        verify_grad(
            lambda v, options=(k, axis, descending): topk(v, *options) ** 2,
            [x],
            rng=np.random,
            mode=mode_of("py"),
        )
    v, direction = pt.dmatrix(), pt.dmatrix()
    forward = pytensor.gradient.Rop(topk(v, 2, 0), v, direction)
    f = compile_on("py", [v, direction], forward)
    np.testing.assert_array_equal(
        f(x, 10 * x + 1), np.flip(np.sort(10 * x + 1, 0), 0)[:2]
    )  # an increasing map moves each element with its place


def test_k_from_the_shape_does_not_hide_the_gradient():
    x = pt.dvector("x")
    slope = pt.grad(topk(x, x.shape[0] // 2).sum(), x)
    assert compile_on("py", [x], slope)([3.0, 1, 2, 0]).tolist() == [1, 0, 1, 0]


def test_unused_outputs_are_not_computed():
    x = pt.dvector("x")
    for index, output in enumerate(topk_and_argtopk(x, 2)):
        (node,) = compile_on("c", [x], output).maker.fgraph.apply_nodes
        assert (node.op.return_values, node.op.return_indices) == (index == 0, index == 1)


def test_shapes_are_known_early():
    x = pt.tensor("x", dtype="float32", shape=(3, None))
    assert topk(x, -2, axis=0).type.shape == (2, None)
    assert topk(x, pt.iscalar()).type.shape == (3, None)
    assert argtopk(x, 1, axis=None).type.shape == (1,)


def test_errors():
    x = pt.dmatrix()
    with pytest.raises(RangeError, match="other than 0"):
        topk(x, 0)
    with pytest.raises(RangeError, match="at most 3"):
        topk(pt.zeros((3,)), 4)
    with pytest.raises(ShapeError, match="at least one axis"):
        topk(pt.dscalar(), 1)
    with pytest.raises(ShapeError, match="scalar k"):
        topk(x, [1, 2])
    with pytest.raises(DtypeError, match="integer k"):
        topk(x, 1.5)
    with pytest.raises(DtypeError, match="idx_dtype"):
        argtopk(x, 1, idx_dtype="float32")
    with pytest.raises(DtypeError, match="integer axis"):
        topk(x, 1, axis="rows")
    with pytest.raises(IndexError, match=r"axis in \[-2, 1\]"):
        topk(x, 1, axis=2)
    with pytest.raises(SettingsError, match="neither"):
        TopK(return_values=False, return_indices=False)
