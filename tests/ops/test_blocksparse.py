"""Products of chosen blocks against values recorded from Theano 1.0.5 and loops written out here."""

import warnings
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from compile_on import BACKENDS, compile_on
from pytensor.gradient import verify_grad

from symgen.errors import DtypeError, ShapeError
from symgen.ops.blocksparse import (
    SparseBlockGemv,
    SparseBlockOuter,
    sparse_block_dot,
    sparse_block_gemv,
    sparse_block_gemv_inplace,
    sparse_block_outer,
    sparse_block_outer_inplace,
)

GOLDEN = np.load(Path(__file__).resolve().parents[1] / "data" / "theano_blocksparse_golden.npz")


def naive_gemv(o, W, h, input_idx, output_idx):
    out = o.copy()
    for b in range(o.shape[0]):
        for j in range(o.shape[1]):
            for i in range(h.shape[1]):
                out[b, j] += h[b, i] @ W[input_idx[b, i], output_idx[b, j]]
    return out


def naive_outer(o, x, y, x_idx, y_idx, alpha=1.0):
    out = o.copy()
    for b in range(x.shape[0]):
        for i in range(x.shape[1]):
            for j in range(y.shape[1]):
                out[x_idx[b, i], y_idx[b, j]] += alpha * np.outer(x[b, i], y[b, j])
    return out


def example(dtype="float64", m=9, k=11):
    """o, W, h and block numbers, some of them twice in an example and some below 0."""
    rng = np.random.default_rng(0)
    W = rng.standard_normal((4, 5, m, k)).astype(dtype)
    h = rng.standard_normal((3, 2, m)).astype(dtype)
    o = rng.standard_normal((3, 4, k)).astype(dtype)
    input_idx = np.array([[0, 3], [2, 2], [-1, 1]])
    output_idx = np.array([[0, 1, 2, 4], [3, 3, 0, -5], [4, 2, 1, -1]])
    return o, W, h, input_idx, output_idx


def symbols(values):
    return [pt.tensor(dtype=v.dtype.name, shape=v.shape) for v in values]


@pytest.mark.parametrize("name", ["sparse_block_dot", "sparse_block_gemv"])
@pytest.mark.parametrize("backend", ["py", "c"])
def test_what_theano_computed(name, backend):
    values = {key: GOLDEN[key] for key in ("o", "W", "h", "b", "iI", "oI")}
    v = {key: pt.tensor(dtype=a.dtype.name, shape=(None,) * a.ndim) for key, a in values.items()}
    if name == "sparse_block_dot":
        out = sparse_block_dot(v["W"], v["h"], v["iI"], v["b"], v["oI"])
    else:
        out = sparse_block_gemv(v["o"], v["W"], v["h"], v["iI"], v["oI"])
    wrt = [key for key in ("o", "W", "h", "b") if f"{name}_grad_{key}" in GOLDEN]
    gradients = pytensor.grad((out * GOLDEN[f"{name}_cotangent"]).sum(), [v[key] for key in wrt])
    f = compile_on(backend, list(v.values()), [out, *gradients], on_unused_input="ignore")
    found = f(*values.values())
    wanted = [GOLDEN[f"{name}_out"], *(GOLDEN[f"{name}_grad_{key}"] for key in wrt)]
    for array, right in zip(found, wanted, strict=True):
        np.testing.assert_allclose(array, right, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_products_on_each_backend(backend):
    o, W, h, input_idx, output_idx = values = example()
    inputs = symbols(values)
    gemv = sparse_block_gemv(*inputs)
    outer = sparse_block_outer(inputs[1], inputs[2], inputs[0], *inputs[3:], 0.5)
    cotangent = np.random.default_rng(1).standard_normal(o.shape)
    gh = pytensor.grad((gemv * cotangent).sum(), inputs[2])  # W transposed: other strides
    found = compile_on(backend, inputs, [gemv, outer, gh])(*values)
    back = naive_gemv(np.zeros_like(h), W.transpose(1, 0, 3, 2), cotangent, output_idx, input_idx)
    wanted = [
        naive_gemv(*values),
        naive_outer(W, h, o, input_idx, output_idx, 0.5),
        back,
    ]
    for array, right in zip(found, wanted, strict=True):
        array = np.asarray(array)
        assert array.dtype == right.dtype
        np.testing.assert_allclose(array, right, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("backend", ["py", "c"])
def test_float32_stays_and_inputs_stay(backend):
    values = example("float32")
    before = [v.copy() for v in values]
    inputs = symbols(values)
    found = compile_on(backend, inputs, sparse_block_gemv(*inputs))(*values)
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, naive_gemv(*example()), rtol=1e-4, atol=1e-5)
    for array, right in zip(values, before, strict=True):
        assert (array == right).all()


@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_in_place(backend):
    values = example()
    inputs = symbols(values)
    doubled = inputs[0] * 2
    out = sparse_block_gemv_inplace(doubled, *inputs[1:])
    weights = sparse_block_outer_inplace(inputs[1] * 3, inputs[2], doubled + 1, *inputs[3:])
    storage, memory = [None], values[0].copy()
    sparse_block_gemv_inplace.perform(out.owner, [memory, *values[1:]], [storage])
    assert storage[0] is memory
    # PyTensor takes an Op that works in place from a rewrite, or when it is told to.
    f = compile_on(backend, inputs, [out, weights], accept_inplace=True)
    o, W, h, *numbers = values
    found = f(*(v.copy() for v in values))
    np.testing.assert_allclose(found[0], naive_gemv(2 * o, W, h, *numbers), rtol=1e-12)
    np.testing.assert_allclose(found[1], naive_outer(3 * W, h, 2 * o + 1, *numbers), rtol=1e-12)


def test_gradients_by_differences():
    o, W, h, input_idx, output_idx = example(m=2, k=3)
    numbers = [pt.constant(input_idx), pt.constant(output_idx)]
    bias = np.random.default_rng(2).standard_normal((5, 3))
    rng = np.random.default_rng(3)
    with pytensor.config.change_flags(mode="FAST_COMPILE"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verify_grad(lambda *a: sparse_block_gemv(*a, *numbers), [o, W, h], rng=rng)
        verify_grad(
            lambda W, h, b: sparse_block_dot(W, h, numbers[0], b, numbers[1]),
            [W, h, bias],
            rng=rng,
        )
        verify_grad(
            lambda W, h, o, a: sparse_block_outer(W, h, o, *numbers, a),
            [W, h, o, np.array(0.7)],
            rng=rng,
        )


def test_one_example_without_a_batch_axis():
    _, W, h, input_idx, output_idx = example()
    bias = np.random.default_rng(4).standard_normal((5, 11))
    values = W, h[0], input_idx[0], bias, output_idx[0]
    inputs = symbols(values)
    found = compile_on("py", inputs, sparse_block_dot(*inputs))(*values)
    wanted = naive_gemv(bias[output_idx[:1]], W, h[:1], input_idx[:1], output_idx[:1])
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_shapes_are_inferred():
    values = example()
    inputs = [pt.tensor(dtype=v.dtype.name, shape=(None,) * v.ndim) for v in values]
    out = sparse_block_gemv(*inputs)
    gradient = pytensor.grad(out.sum(), inputs[1])
    f = compile_on("py", inputs, [out.shape, gradient.shape], on_unused_input="ignore")
    ops = (SparseBlockGemv, SparseBlockOuter)
    assert not any(isinstance(node.op, ops) for node in f.maker.fgraph.apply_nodes)
    assert [tuple(s) for s in f(*values)] == [values[0].shape, values[1].shape]


@pytest.mark.parametrize(
    ("error", "change"),
    [
        (ShapeError, {0: pt.dmatrix()}),
        (ShapeError, {1: pt.dtensor3()}),
        (ShapeError, {3: pt.lvector()}),
        (DtypeError, {3: pt.dmatrix()}),
        (DtypeError, {0: pt.ltensor3()}),
        (DtypeError, {2: pt.tensor3(dtype="complex128")}),
    ],
)
def test_what_cannot_work_is_a_named_error(error, change):
    inputs = symbols(example())
    for k, variable in change.items():
        inputs[k] = variable
    with pytest.raises(error, match="^expected"):
        sparse_block_gemv(*inputs)


def test_block_numbers_need_an_axis_fewer_than_h():
    _, W, h, input_idx, output_idx = symbols(example())
    with pytest.raises(ShapeError, match="one fewer"):
        sparse_block_dot(W, h, input_idx[0], pt.dmatrix(), output_idx)
    with pytest.raises(ShapeError, match="scalar alpha"):
        sparse_block_outer(W, h, pt.dtensor3(), input_idx, output_idx, pt.dvector())


@pytest.mark.filterwarnings("ignore:.*does not allow us to add an extra error message")
@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_shapes_and_numbers_that_cannot_work_are_named_at_run_time(backend):
    values = example()
    inputs = [pt.tensor(dtype=v.dtype.name, shape=(None,) * v.ndim) for v in values]
    f = compile_on(backend, inputs, sparse_block_gemv(*inputs))
    o, W, h, input_idx, output_idx = values
    for wrong in (
        (o[:2], W, h, input_idx, output_idx),
        (o[:, :, :3], W, h, input_idx, output_idx),
        (o, W, h[:, :, 1:], input_idx, output_idx),
        (o, W, h, input_idx[:, :1], output_idx),
    ):
        with pytest.raises(ShapeError):
            f(*wrong)
    for numbers in ((input_idx + 2, output_idx), (input_idx, output_idx - 3)):
        with pytest.raises(IndexError, match="expected"):
            f(o, W, h, *numbers)


def test_jax_gives_nan_for_a_block_that_is_not_there():
    values = example()
    inputs = symbols(values)
    f = compile_on("jax", inputs, sparse_block_gemv(*inputs))
    numbers = values[4].copy()
    numbers[1, 2] = 5
    found = np.asarray(f(*values[:4], numbers))
    assert np.isnan(found[1, 2]).all() and np.isnan(found).sum() == found.shape[2]
