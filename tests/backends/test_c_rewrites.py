"""Rewrites of the C mode that change how a thing is computed, not what comes out."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scalar.basic import Cast
from pytensor.scan.op import Scan
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.extra_ops import CpuContiguous

from symgen import backends
from symgen.ops.contiguous import transposed_to_rows
from symgen.ops.conv import Conv

SPECIALS = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 2.0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("compare", ["lt", "gt", "le", "ge", "eq", "neq"])
def test_a_comparison_as_a_number_is_numpys(compare, dtype):
    x, y = pt.matrix("x", dtype=dtype), pt.matrix("y", dtype=dtype)
    f = pytensor.function([x, y], getattr(pt, compare)(x, y).astype(dtype), mode=backends.select("c"))
    a, b = (grid.astype(dtype) for grid in np.meshgrid(SPECIALS, SPECIALS))
    right = {
        "lt": np.less,
        "gt": np.greater,
        "le": np.less_equal,
        "ge": np.greater_equal,
        "eq": np.equal,
        "neq": np.not_equal,
    }[compare](a, b)
    result = f(a, b)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, right.astype(dtype))
    scalars = [node.op.scalar_op for node in f.maker.fgraph.toposort() if isinstance(node.op, Elemwise)]
    inner = [n.op for s in scalars if hasattr(s, "fgraph") for n in s.fgraph.toposort()]
    assert not any(isinstance(op, Cast) for op in [*scalars, *inner])


@pytest.mark.parametrize(("steps", "copies"), [(6, 1), (3, 0)])
def test_a_transposed_factor_of_every_step_is_laid_out_once(steps, copies, rng):
    W, h = pt.dmatrix("W"), pt.dmatrix("h")
    out = pytensor.scan(
        lambda h, Wt: pt.tanh(pt.dot(h, Wt)),
        outputs_info=h,
        non_sequences=W.T,
        n_steps=steps,
        return_updates=False,
    )
    f = pytensor.function([h, W], out[-1], mode=backends.select("c"))
    nodes = f.maker.fgraph.toposort()
    (scan,) = [node for node in nodes if isinstance(node.op, Scan)]
    laid_out = [v for v in scan.inputs if v.owner and isinstance(v.owner.op, CpuContiguous)]
    assert len(laid_out) == copies
    weights, state = rng.normal(size=(3, 3)), rng.normal(size=(2, 3))
    right = state
    for _ in range(steps):
        right = np.tanh(right @ weights.T)
    np.testing.assert_allclose(f(state, weights), right, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (0, 3), (7, 7), (17, 33), (64, 64), (300, 129)])
def test_a_transposed_matrix_in_rows(shape, dtype):
    """Squares and edges, on one thread and several, into new memory and into that of before."""
    x = pt.matrix("x", dtype=dtype)
    f = pytensor.function([x], transposed_to_rows(x.T), mode=backends.select("c"))
    rng = np.random.default_rng(0)
    for _ in range(2):
        values = rng.integers(0, 1000, size=shape).astype(dtype)
        for given in (values, np.repeat(values, 2, axis=0)[::2], np.asarray(values, order="F")):
            result = f(given)
            np.testing.assert_array_equal(result, values.T)
            assert result.flags.c_contiguous


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "order", [(2, 3, 0, 1), (0, 3, 1, 2), (1, 0, 3, 2), (3, 2, 1, 0), (1, 2, 0, 3), (0, 2, 3, 1)]
)
def test_an_array_with_other_axes_in_rows(order, dtype):
    """Whichever axis has its numbers side by side; views with steps, and backwards."""
    x = pt.tensor4("x", dtype=dtype)
    f = pytensor.function([x], transposed_to_rows(x.dimshuffle(order)), mode=backends.select("c"))
    rng = np.random.default_rng(0)
    for shape in ((3, 5, 2, 7), (9, 70, 4, 33), (1, 1, 20, 30), (4, 0, 3, 2)):
        values = rng.normal(size=shape).astype(dtype)
        for given in (values, values[::-1], np.repeat(values, 2, axis=1)[:, ::2], values[..., ::-1]):
            result = f(given)
            np.testing.assert_array_equal(result, given.transpose(order))
            assert result.flags.c_contiguous


def test_transposed_images_are_laid_out_once_for_both_gradients(rng):
    x, w, g = pt.dtensor4("x"), pt.dtensor4("w"), pt.dtensor4("g")
    output = Conv(2)(x, w)
    given = g.transpose(2, 3, 0, 1)
    gradients = pytensor.grad(None, [x, w], known_grads={output: given})
    f = pytensor.function([x, w, g], gradients, mode=backends.select("c"))
    copies = [node for node in f.maker.fgraph.apply_nodes if isinstance(node.op, CpuContiguous)]
    assert len(copies) == 1
    values = rng.normal(size=(9, 2, 4, 3)), rng.normal(size=(5, 2, 2, 2)), rng.normal(size=(3, 2, 9, 5))
    plain = pytensor.function([x, w, g], gradients, mode="FAST_COMPILE")
    for got, right in zip(f(*values), plain(*values), strict=True):
        np.testing.assert_allclose(got, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_transposed_matrix_is_laid_out_before_it_is_reshaped(dtype):
    x = pt.matrix("x", dtype=dtype)
    f = pytensor.function([x], x.T.reshape((5, 2, 3)) * 2, mode=backends.select("c"))
    assert any(isinstance(node.op, CpuContiguous) for node in f.maker.fgraph.apply_nodes)
    values = np.arange(30).reshape(6, 5).astype(dtype)
    np.testing.assert_array_equal(f(values), values.T.reshape(5, 2, 3) * 2)


def test_a_transposed_matrix_whose_rows_each_step_takes_is_laid_out_once(rng):
    W, h = pt.dmatrix("W"), pt.dmatrix("h")
    rows = pt.constant(np.array([[2, 0], [1, 1], [0, 3], [3, 2]]))
    out = pytensor.scan(
        lambda rows, h, W: h * W.T[rows],
        sequences=rows,
        outputs_info=h,
        non_sequences=W,
        return_updates=False,
    )
    f = pytensor.function([h, W], out[-1], mode=backends.select("c"))
    (scan,) = [node for node in f.maker.fgraph.toposort() if isinstance(node.op, Scan)]
    assert sum(v.owner is not None and isinstance(v.owner.op, CpuContiguous) for v in scan.inputs) == 1
    weights, state = rng.normal(size=(3, 4)), rng.normal(size=(2, 3))
    right = state
    for pair in rows.data:
        right = right * weights.T[pair]
    np.testing.assert_allclose(f(state, weights), right, rtol=1e-13)


@pytest.mark.parametrize(("columns", "copies"), [(32, 1), (8, 0)])
def test_a_large_transposed_array_is_laid_out_before_an_elementwise_op(columns, copies, rng):
    """What reads the result, such as a scan's steps, reads numbers that lie side by side then."""
    x, b = pt.tensor("x", dtype="float64", shape=(None, 16, 16, columns)), pt.dvector("b")
    moved = (pt.exp(x).dimshuffle(2, 3, 0, 1) + b) * b
    f = pytensor.function([x, b], moved, mode=backends.select("c"))
    found = [node for node in f.maker.fgraph.apply_nodes if isinstance(node.op, CpuContiguous)]
    assert len(found) == copies
    values, row = rng.normal(size=(3, 16, 16, columns)), rng.normal(size=16)
    result = f(values, row)
    np.testing.assert_allclose(result, (np.exp(values).transpose(2, 3, 0, 1) + row) * row, rtol=1e-12, atol=1e-12)


def test_a_transposed_matrix_goes_through_an_elementwise_op_as_it_is(rng):
    """Its two loops change places; flows keep their numbers that way through all layers."""
    x, b = pt.tensor("x", dtype="float64", shape=(256, 128)), pt.dvector("b")
    f = pytensor.function([x, b], pt.tanh(x).T * b, mode=backends.select("c"))
    assert not any(isinstance(node.op, CpuContiguous) for node in f.maker.fgraph.apply_nodes)
    values, row = rng.normal(size=(256, 128)), rng.normal(size=256)
    np.testing.assert_allclose(f(values, row), np.tanh(values).T * row, rtol=1e-12)
