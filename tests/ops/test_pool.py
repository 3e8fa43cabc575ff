"""Pooling against values recorded from Theano 1.0.5, loops written out here, and PyTorch."""

import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from compile_on import BACKENDS, compile_on
from pytensor.gradient import verify_grad

from symgen.backends import select
from symgen.errors import (
    BackendError,
    DtypeError,
    NotSupportedError,
    RangeError,
    SettingsError,
    ShapeError,
)
from symgen.ops import pool
from symgen.ops.pool import (
    AveragePoolGrad,
    DownsampleFactorMaxGradGrad,
    MaxPoolGrad,
    Pool,
    max_pool_2d_same_size,
    pool_2d,
    pool_3d,
)

GOLDEN = np.load(Path(__file__).resolve().parents[1] / "data" / "theano_pool_golden.npz")
CALLS = {name: rest for name, *rest in map(json.loads, GOLDEN["calls"])}
MODES = ("max", "sum", "average_inc_pad", "average_exc_pad")

# ndim, lengths, ws, stride, pad, ignore_border
CONFIGURATIONS = [
    (2, (6, 9), (2, 2), (2, 2), (0, 0), True),
    (2, (7, 9), (3, 2), (1, 3), (0, 0), False),
    (2, (7, 9), (3, 3), (2, 1), (1, 2), True),
    (2, (4, 5), (2, 3), (5, 4), (0, 0), True),
    (2, (4, 3), (5, 2), (2, 1), (0, 0), False),
    (1, (8,), (3,), (2,), (2,), True),
    (3, (5, 4, 6), (2, 3, 2), (1, 2, 2), (1, 1, 0), True),
    (4, (3, 4, 2, 5), (2, 2, 1, 3), (1, 3, 1, 2), (0, 0, 0, 0), False),
]


def places(lengths, ws, stride, pad, ignore_border):
    """(index of the output, [indices of the image in its window], divisors) for each window."""
    axes = []
    for n, k, s, p in zip(lengths, ws, stride, pad, strict=True):
        starts, start = [], -p
        while ignore_border and start + k <= n + p:
            starts.append(start)
            start += s
        if not ignore_border:
            while start < n:  # a cut window must add an element that no earlier one had
                if starts and starts[-1] + k >= n and s < k:
                    break
                starts.append(start)
                start += s
        axes.append(
            [
                (
                    list(range(max(a, 0), min(a + k, n))),
                    min(a + k, n + p) - a,
                )
                for a in starts
            ]
        )
    for index in itertools.product(*(range(len(axis)) for axis in axes)):
        chosen = [axis[i] for axis, i in zip(axes, index, strict=True)]
        inside = list(itertools.product(*(held for held, _ in chosen)))
        yield (
            index,
            inside,
            {
                "average_inc_pad": int(np.prod([n for _, n in chosen])),
                "average_exc_pad": len(inside),
                "sum": 1,
            },
        )


def naive(x, configuration, mode, cotangent=None, tangent=None):
    """Pooling, or its gradient for a cotangent, or its derivative along a tangent, by loops."""
    ndim, lengths, *windows = configuration
    every = list(places(lengths, *windows))
    shape = tuple(max(i[d] for i, *_ in every) + 1 for d in range(ndim)) if every else (0,) * ndim
    z = np.zeros(x.shape[:-ndim] + shape, x.dtype)
    gx = np.zeros_like(x)
    for image in np.ndindex(*x.shape[:-ndim]):
        for index, inside, divisors in every:
            values = [x[image + i] for i in inside]
            top = max(values)
            out = image + index
            if mode == "max":
                at_top = [i for i, value in zip(inside, values, strict=True) if value == top]
                z[out] = top if tangent is None else sum(tangent[image + i] for i in at_top)
                shares = [(i, 1) for i in at_top]
            else:
                z[out] = sum(values) / divisors[mode]
                shares = [(i, 1 / divisors[mode]) for i in inside]
            if cotangent is not None:
                for i, share in shares:
                    gx[image + i] += cotangent[out] * share
    return z if cotangent is None else gx


def with_ties(rng, shape, dtype="float64"):
    return rng.integers(-3, 4, shape).astype(dtype)


def pooled(x, configuration, mode):
    ndim, _, ws, stride, pad, ignore_border = configuration
    return Pool(ignore_border, mode, ndim)(x, ws, stride, pad)


@pytest.mark.parametrize("entry", CALLS)
def test_pool_is_what_theano_computed(entry):
    function, arguments, settings, name = CALLS[entry]
    value = GOLDEN[name]
    x = pt.tensor(dtype="float64", shape=(None,) * value.ndim)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # older names, or no ignore_border
        z = getattr(pool, function)(
            x,
            *(tuple(a) for a in arguments),
            **{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()},
        )
    outputs = [z]
    if f"{entry}_grad" in GOLDEN:
        outputs.append(pytensor.grad((z * GOLDEN[f"{entry}_cotangent"]).sum(), x))
    found = compile_on("py", [x], outputs)(value)
    for array, kind in zip(found, ("out", "grad"), strict=False):
        wanted = GOLDEN[f"{entry}_{kind}"]
        assert array.shape == wanted.shape and array.dtype == wanted.dtype
        np.testing.assert_allclose(array, wanted, rtol=1e-12, atol=1e-14)


def test_second_derivative_is_what_theano_computed():
    x = pt.tensor4("x", dtype="float64")
    g = pytensor.grad((pool_2d(x, (2, 2), True) ** 2).sum(), x)
    found = compile_on("py", [x], pytensor.grad((g**2).sum(), x))(GOLDEN["second_in"])
    np.testing.assert_allclose(found, GOLDEN["second_out"], rtol=1e-12)


def outputs_of(configurations, shape=(2, 3), dtype="float64", modes=MODES):
    """Symbolic inputs, outputs, values and what the loops give: value, gradient, derivative."""
    rng = np.random.default_rng(5)
    inputs, outputs, values, wanted = [], [], [], []
    for configuration, mode in zip(configurations, itertools.cycle(modes), strict=False):
        ndim, lengths, *windows, ignore_border = configuration
        x_value = with_ties(rng, (*shape, *lengths), dtype)
        x = pt.tensor(dtype=dtype, shape=x_value.shape)
        z = pooled(x, configuration, mode)
        z_value = naive(x_value, configuration, mode)
        g_value = with_ties(rng, z_value.shape, dtype)
        g = pt.tensor(dtype=dtype, shape=z_value.shape)
        inputs += [x, g]
        values += [x_value, g_value]
        outputs += [z, pytensor.grad(None, x, known_grads={z: g})]
        wanted += [z_value, naive(x_value, configuration, mode, cotangent=g_value)]
        if mode == "max":
            t = pt.tensor(dtype=dtype, shape=x_value.shape)
            t_value = with_ties(rng, x_value.shape, dtype)
            outputs.append(DownsampleFactorMaxGradGrad(ignore_border, ndim=ndim)(x, z, t, *windows))
            inputs.append(t)
            values.append(t_value)
            wanted.append(naive(x_value, configuration, mode, tangent=t_value))
    return inputs, outputs, values, wanted


def assert_equal_arrays(found, wanted, rtol):
    for array, right in zip(found, wanted, strict=True):
        array = np.asarray(array)
        assert array.shape == right.shape and array.dtype == right.dtype
        np.testing.assert_allclose(array, right, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("mode", MODES)
def test_pool_is_a_loop_over_windows(mode):
    inputs, outputs, values, wanted = outputs_of(CONFIGURATIONS, modes=[mode])
    assert_equal_arrays(compile_on("py", inputs, outputs)(*values), wanted, 1e-12)


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_pool_on_each_backend(backend):
    chosen = [CONFIGURATIONS[k] for k in (2, 6, 1, 2)]  # in the order of the modes
    inputs, outputs, values, wanted = outputs_of(chosen, (2, 1))
    assert_equal_arrays(compile_on(backend, inputs, outputs)(*values), wanted, 1e-12)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("backend", ["py", "c"])
def test_dtype_stays(backend, dtype):
    rng = np.random.default_rng(2)
    configuration = CONFIGURATIONS[2]
    value = rng.integers(-9, 10, (2, 1, 7, 9)).astype(dtype)
    x = pt.tensor(dtype=dtype, shape=(None,) * 4)
    found = compile_on(
        backend, [x], [pooled(x, configuration, m) for m in ("max", "average_exc_pad")]
    )
    wanted = [naive(value, configuration, m) for m in ("max", "average_exc_pad")]
    assert_equal_arrays(found(value), wanted, 1e-6)


@pytest.mark.parametrize(
    ("mode", "ignore_border"),
    [("max", True), ("average_exc_pad", True), ("average_inc_pad", False)],
)
def test_c_takes_windows_at_run_time(mode, ignore_border):
    rng = np.random.default_rng(3)
    x, g = pt.ftensor4(), pt.ftensor4()
    windows = [pt.ivector(), pt.lvector(), pt.lvector()]
    z = pool_2d(x, windows[0], ignore_border, *windows[1:], mode)
    outputs = [z, pytensor.grad(None, x, known_grads={z: g})]
    f = compile_on("c", [x, g, *windows], outputs)
    for _ in range(60):
        lengths = tuple(int(n) for n in rng.integers(1, 12, 2))
        ws, stride = rng.integers(1, 5, 2), rng.integers(1, 5, 2)
        pad = rng.integers(0, ws) if ignore_border else np.zeros(2, int)
        configuration = (2, lengths, tuple(ws), tuple(stride), tuple(pad), ignore_border)
        # A transposed image is not contiguous.
        value = with_ties(rng, (1, 2, *lengths[::-1]), "float32").transpose(0, 1, 3, 2)
        z_value = naive(value, configuration, mode)
        if z_value.size == 0:
            z_value = np.zeros(
                (1, 2, *Pool.out_shape(lengths, ws, ignore_border, stride, pad)), "float32"
            )
            gx_value = np.zeros_like(value)
            g_value = z_value
        else:
            g_value = with_ties(rng, z_value.shape, "float32")
            gx_value = naive(value, configuration, mode, cotangent=g_value)
        found = f(value, g_value, ws.astype("int32"), stride, pad)
        assert_equal_arrays(found, [z_value, gx_value], 1e-6)


def test_c_of_images_larger_than_it_takes_at_once():
    rng = np.random.default_rng(10)
    value = rng.standard_normal((2, 101, 302)).astype("float32")
    g_value = rng.standard_normal((2, 50, 151)).astype("float32")
    x, g = pt.ftensor3(), pt.ftensor3()
    z = pool_2d(x, (2, 2), True)
    outputs = [z, pytensor.grad(None, x, known_grads={z: g})]
    found = compile_on("c", [x, g], outputs)(value, g_value)
    blocks = value[:, :100].reshape(2, 50, 2, 151, 2)
    top = blocks.max((2, 4), keepdims=True)
    shares = np.where(blocks == top, g_value[:, :, None, :, None], np.float32(0))
    gradient = np.zeros_like(value)
    gradient[:, :100] = shares.reshape(2, 100, 302)
    assert_equal_arrays(found, [top[:, :, 0, :, 0], gradient], 0)


def test_torch_agrees_where_it_means_the_same():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(4)
    value = rng.standard_normal((2, 3, 11, 9))
    functional = torch.nn.functional
    for ws, stride, pad in [((2, 2), (2, 2), (0, 0)), ((3, 4), (2, 3), (1, 2))]:
        for mode, peer in (
            ("max", lambda t, *w: functional.max_pool2d(t, *w)),
            ("average_inc_pad", lambda t, *w: functional.avg_pool2d(t, *w)),
            (
                "average_exc_pad",
                lambda t, *w: functional.avg_pool2d(t, *w, count_include_pad=False),
            ),
        ):
            tensor = torch.tensor(value, requires_grad=True)
            wanted = peer(tensor, ws, stride, pad)
            cotangent = rng.standard_normal(tuple(wanted.shape))
            wanted.backward(torch.tensor(cotangent))
            x = pt.dtensor4()
            z = pool_2d(x, ws, True, stride, pad, mode)
            gx = pytensor.grad((z * cotangent).sum(), x)
            found = compile_on("py", [x], [z, gx])(value)
            assert_equal_arrays(found, [wanted.detach().numpy(), tensor.grad.numpy()], 1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_gradients_by_differences(mode):
    rng = np.random.default_rng(6)
    configuration = CONFIGURATIONS[2]
    ndim, lengths, *windows, ignore_border = configuration
    # Distinct values far apart: no difference crosses a tie.
    value = rng.permutation(2 * 63).reshape(2, *lengths).astype("float64")
    g_value = rng.standard_normal(naive(value, configuration, mode).shape)

    def gradient(g):
        x = pt.constant(value)
        if mode == "max":
            z = pt.constant(naive(value, configuration, mode))
            return MaxPoolGrad(ignore_border, ndim)(x, z, g, *windows)
        return AveragePoolGrad(ignore_border, mode, ndim)(x, g, *windows)

    with pytensor.config.change_flags(mode="FAST_COMPILE"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verify_grad(lambda x: pooled(x, configuration, mode), [value], rng=rng, eps=1e-4)
        verify_grad(gradient, [g_value], rng=rng)
        if mode == "max":
            z = pt.constant(naive(value, configuration, mode))
            adjoint = DownsampleFactorMaxGradGrad(ignore_border, ndim=ndim)
            verify_grad(
                lambda t: adjoint(pt.constant(value), z, t, *windows),
                [rng.standard_normal(value.shape)],
                rng=rng,
            )


@pytest.mark.parametrize("backend", ["c", "jax", "torch"])
def test_windows_from_shapes(backend):
    if backend != "c":
        pytest.importorskip(backend)
    value = with_ties(np.random.default_rng(7), (2, 3, 6, 8))
    x = pt.dtensor4()
    half = x.shape[2:] // 2
    z = pool_2d(x, half, True)
    gx = pytensor.grad((z**2).sum(), x)
    over_all = pool_2d(x, x.shape[2:], True, mode="average_inc_pad")
    found = pytensor.function([x], [z, gx, over_all], mode=select(backend))(value)
    configuration = (2, (6, 8), (3, 4), (3, 4), (0, 0), True)
    wanted = naive(value, configuration, "max")
    gradient = naive(value, configuration, "max", cotangent=2 * wanted)
    assert_equal_arrays(found, [wanted, gradient, value.mean((2, 3), keepdims=True)], 1e-12)


def test_jax_names_windows_that_it_cannot_know():
    pytest.importorskip("jax")
    x, ws = pt.dtensor4(), pt.lvector()
    with pytest.raises(BackendError, match="known when JAX traces"):
        pytensor.function([x, ws], pool_2d(x, ws, True), mode=select("jax"))(
            np.zeros((1, 1, 4, 4)), [2, 2]
        )


@pytest.mark.parametrize("backend", ["py", "c"])
def test_every_maximum_receives_the_gradient(backend):
    x = pt.dmatrix()
    z = pool_2d(x, (2, 2), True)
    gx = pytensor.grad((z * np.array([[10.0, 100.0]])).sum(), x)
    same = max_pool_2d_same_size(x, (2, 2))
    value = np.array([[1.0, 3.0, 5.0, 4.0, 9.0], [3.0, 2.0, 5.0, 5.0, 9.0]])
    found = compile_on(backend, [x], [z, gx, same])(value)
    assert found[0].tolist() == [[3, 5]]
    assert found[1].tolist() == [[0, 10, 100, 0, 0], [10, 0, 100, 100, 0]]
    assert found[2].tolist() == [[0, 3, 5, 0, 0], [3, 0, 5, 5, 0]]


@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_nan_and_infinity(backend):
    x = pt.dmatrix()
    value = np.zeros((2, 12))
    value[0, 0] = value[0, 3] = value[1, 4] = value[1, 7] = np.nan  # each place in a window
    value[1, 8], value[:, 10:] = np.inf, -np.inf
    z = pool_2d(x, (2, 2), True)
    overlapping = pool_2d(x, (2, 3), True, (1, 2))
    found = compile_on(backend, [x], [z, overlapping])(value)
    np.testing.assert_array_equal(found[0], [[np.nan] * 4 + [np.inf, -np.inf]])
    np.testing.assert_array_equal(found[1], [[np.nan] * 4 + [np.inf]])


def test_derivative_along_a_direction():
    rng = np.random.default_rng(8)
    configuration = CONFIGURATIONS[2]
    value = rng.permutation(63).reshape(1, 7, 9).astype("float64")
    direction = rng.standard_normal(value.shape)
    x = pt.dtensor3()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mode in MODES:
            z = pooled(x, configuration, mode)
            along = pytensor.gradient.pushforward(z, x, pt.constant(direction))
            found = compile_on("py", [x], along, on_unused_input="ignore")(value)
            up, down = (naive(value + e * direction, configuration, mode) for e in (1e-4, -1e-4))
            np.testing.assert_allclose(found, (up - down) / 2e-4, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("ignore_border", [True, False])
def test_shape_is_inferred(ignore_border):
    x, windows = pt.dtensor4(), [pt.lvector() for _ in range(3)]
    symbolic = Pool(ignore_border)(x, *windows)
    f = compile_on("py", [x, *windows], symbolic.shape, on_unused_input="ignore")
    assert not any(isinstance(node.op, Pool) for node in f.maker.fgraph.apply_nodes)
    rng = np.random.default_rng(9)
    for _ in range(40):
        shape = (2, 1, *(int(n) for n in rng.integers(1, 9, 2)))
        ws, stride = rng.integers(1, 5, 2), rng.integers(1, 5, 2)
        pad = rng.integers(0, ws) if ignore_border else np.zeros(2, int)
        every = list(places(shape[2:], ws, stride, pad, ignore_border))
        lengths = [len({index[d] for index, *_ in every}) for d in range(2)]
        static = Pool(ignore_border)(
            pt.tensor(dtype="float64", shape=shape),
            *map(tuple, [[int(n) for n in v] for v in (ws, stride, pad)]),
        )
        found = f(np.zeros(shape), ws, stride, pad)
        assert tuple(found) == static.type.shape
        if every:
            assert list(found[2:]) == lengths
        assert Pool.out_shape(shape, ws, ignore_border, stride, pad) == list(found)


def test_shapes_of_gradients_are_inferred():
    x = pt.dtensor4()
    z = pool_2d(x, (2, 3), True)
    gx = pytensor.grad((z**2).sum(), x)
    ggx = pytensor.grad((gx**2).sum(), x)
    f = compile_on("py", [x], [gx.shape, ggx.shape])
    assert not any(isinstance(node.op, MaxPoolGrad) for node in f.maker.fgraph.apply_nodes)
    assert [tuple(shape) for shape in f(np.zeros((2, 3, 4, 7)))] == [(2, 3, 4, 7)] * 2


@pytest.mark.parametrize("backend", ["py", "c"])
def test_windows_larger_than_the_image_give_nothing(backend):
    x = pt.dtensor4()
    z = pool_2d(x, (9, 9), True, (1, 1))
    found, gradient = compile_on(backend, [x], [z, pytensor.grad(z.sum(), x)])(
        np.ones((2, 1, 8, 5))
    )
    assert found.shape == (2, 1, 0, 0)
    assert gradient.shape == (2, 1, 8, 5) and not gradient.any()


def test_older_names_and_no_ignore_border_warn():
    x = pt.dtensor4()
    with pytest.warns(UserWarning, match="ignore_border"):
        z = pool_2d(x, (2, 2))
    assert z.owner.op.ignore_border is False
    with pytest.warns(UserWarning) as warned:
        z = pool_3d(x, ds=(2, 2, 2), ignore_border=True, st=(1, 1, 1), padding=(1, 1, 1))
    assert [str(w.message).split()[2] for w in warned] == ["ds", "st", "padding"]
    assert [v.data.tolist() for v in z.owner.inputs[1:]] == [[2] * 3, [1] * 3, [1] * 3]
    assert Pool(mode="max_deterministic").mode == "max"


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (SettingsError, lambda x: pool_2d(x, ignore_border=True)),
        (SettingsError, lambda x: pool_2d(x, (2, 2), True, ds=(2, 2))),
        (SettingsError, lambda x: pool_2d(x, (2, 2), True, (2, 2), st=(2, 2))),
        (SettingsError, lambda x: pool_2d(x, (2, 2), True, pad=(1, 1), padding=(1, 1))),
        (SettingsError, lambda x: Pool.out_shape((5, 5))),
        (NotSupportedError, lambda x: pool_2d(x, (3, 3), False, pad=(1, 1))),
        (NotSupportedError, lambda x: pool_2d(x, (3, 3), True, pad=(3, 0))),
        (NotImplementedError, lambda x: pool_2d(x[0, 0, 0], (2, 2), True)),
        (ShapeError, lambda x: pool_2d(x, (2, 2, 2), True)),
        (ShapeError, lambda x: pool_2d(x, (2, 2), True, stride=2)),
        (ShapeError, lambda x: MaxPoolGrad(True)(x, x, x[0], (2, 2))),
        (TypeError, lambda x: Pool.out_shape((5,), (2, 2))),
        (RangeError, lambda x: pool_2d(x, (2, 0), True)),
        (RangeError, lambda x: pool_2d(x, (2, 2), True, (2, -1))),
        (RangeError, lambda x: pool_2d(x, (2, 2), True, pad=(-1, 0))),
        (RangeError, lambda x: pool_2d(x, (2, 2), True, mode="median")),
        (RangeError, lambda x: AveragePoolGrad(True, "max")),
        (RangeError, lambda x: Pool(ndim=0)),
        (DtypeError, lambda x: pool_2d(x, (2.0, 2.0), True)),
        (DtypeError, lambda x: pool_2d(pt.cast(x, "complex128"), (2, 2), True)),
        (ShapeError, lambda x: pool_2d(pt.zeros((1, 1, 0, 3)), (2, 2), False)),
    ],
)
def test_what_cannot_work_is_a_named_error(error, call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with pytest.raises(error) as raised:
            call(pt.dtensor4())
    assert str(raised.value).startswith("expected")


@pytest.mark.filterwarnings("ignore:.*does not allow us to add an extra error message")
@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_windows_that_cannot_work_are_named_at_run_time(backend):
    x, ws, pad = pt.dtensor4(), pt.lvector(), pt.lvector()
    value = np.zeros((1, 1, 4, 4))
    f = compile_on(backend, [x, ws, pad], pool_2d(x, ws, True, pad=pad))
    assert f(value, [2, 2], [1, 0]).shape == (1, 1, 3, 2)
    for windows in (([2, 2, 2], [0, 0]), ([2, 0], [0, 0]), ([2, 2], [2, 0]), ([2, 2], [-1, 0])):
        with pytest.raises((ShapeError, RangeError, NotSupportedError), match="expected"):
            f(value, *windows)
    with pytest.raises(ShapeError, match="at least one element"):
        f(np.zeros((1, 1, 0, 4)), [2, 2], [1, 0])


@pytest.mark.filterwarnings("ignore:.*does not allow us to add an extra error message")
@pytest.mark.parametrize("backend", ["py", "c"])
def test_gradients_of_wrong_shapes_are_named_at_run_time(backend):
    x, z, g = pt.dmatrix(), pt.dmatrix(), pt.dmatrix()
    outputs = [
        MaxPoolGrad(True)(x, z, g, (2, 2)),
        AveragePoolGrad(True)(x, g, (2, 2)),
    ]
    image, right, wrong = np.zeros((4, 6)), np.zeros((2, 3)), np.zeros((3, 2))
    both = compile_on(backend, [x, z, g], outputs[0])
    assert both(image, right, right).shape == image.shape
    for pair in ((wrong, right), (right, wrong)):
        with pytest.raises(ShapeError, match="pooled array"):
            both(image, *pair)
    with pytest.raises(ShapeError, match="pooled array"):
        compile_on(backend, [x, g], outputs[1])(image, wrong)
    adjoint = DownsampleFactorMaxGradGrad(True)(x, z, g, (2, 2))
    with pytest.raises(ShapeError, match="input's shape"):
        compile_on(backend, [x, z, g], adjoint)(image, right, right)
