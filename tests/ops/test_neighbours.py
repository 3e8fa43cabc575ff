"""Neighbourhoods of images against values recorded from Theano 1.0.5 and loops written out here."""

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
from symgen.errors import DtypeError, NotSupportedError, RangeError, ShapeError
from symgen.ops import neighbours
from symgen.ops.neighbours import Images2Neibs, Images2NeibsGrad, images2neibs, neibs2images

GOLDEN = np.load(Path(__file__).resolve().parents[1] / "data" / "theano_neighbours_golden.npz")
CALLS = {name: rest for name, *rest in map(json.loads, GOLDEN["calls"])}

# shape of the images, neib_shape, neib_step, mode
CONFIGURATIONS = [
    ((2, 3, 6, 9), (2, 3), (2, 3), "valid"),
    ((1, 2, 7, 6), (3, 2), (2, 1), "valid"),
    ((1, 2, 7, 8), (2, 3), (3, 4), "ignore_borders"),
    ((1, 2, 5, 6), (3, 5), (2, 3), "wrap_centered"),
    ((1, 2, 5, 7), (3, 3), (4, 3), "wrap_centered"),
    ((2, 1, 6, 5), (2, 3), (3, 2), "half"),
    ((1, 2, 4, 6), (3, 2), (5, 2), "full"),
]


def naive(images, neib_shape, neib_step, mode):
    """Neighbourhoods by loops, from a copy of the images with their surroundings."""
    rows, columns = neib_shape
    before = {
        "half": (rows // 2, columns // 2),
        "wrap_centered": (rows // 2, columns // 2),
        "full": (rows - 1, columns - 1),
    }.get(mode, (0, 0))
    style = "wrap" if mode == "wrap_centered" else "constant"
    wide = np.pad(images, [(0, 0), (0, 0), *((n, n) for n in before)], style)
    result = []
    for image in wide.reshape(-1, *wide.shape[2:]):
        for y in range(0, image.shape[0] - rows + 1, neib_step[0]):
            for x in range(0, image.shape[1] - columns + 1, neib_step[1]):
                result.append(image[y : y + rows, x : x + columns].ravel())
    return np.array(result)


def naive_gradient(shape, cotangent, neib_shape, neib_step, mode):
    """Each number of the cotangent, added where its pixel came from."""
    pixels = np.arange(1, 1 + np.prod(shape)).reshape(shape)
    origin = naive(pixels, neib_shape, neib_step, mode)  # 0 outside the image
    flat = np.zeros(1 + pixels.size, cotangent.dtype)
    for pixel, number in zip(origin.ravel(), cotangent.ravel(), strict=True):
        flat[pixel] += number
    return flat[1:].reshape(shape)


def graph(configurations, dtype="float64"):
    """Inputs, outputs, values and what the loops give: neighbourhoods and gradient for each."""
    rng = np.random.default_rng(1)
    inputs, outputs, values, wanted = [], [], [], []
    for shape, *windows in configurations:
        value = rng.standard_normal(shape).astype(dtype)
        neibs_value = naive(value, *windows)
        cotangent_value = rng.standard_normal(neibs_value.shape).astype(dtype)
        x, cotangent = (pt.tensor(dtype=dtype, shape=v.shape) for v in (value, cotangent_value))
        neibs = images2neibs(x, *windows)
        gradient = pytensor.grad(None, x, known_grads={neibs: cotangent})
        inputs += [x, cotangent]
        outputs += [neibs, gradient]
        values += [value, cotangent_value]
        wanted += [neibs_value, naive_gradient(shape, cotangent_value, *windows)]
    return inputs, outputs, values, wanted


def assert_equal_arrays(found, wanted, rtol=1e-12):
    for array, right in zip(found, wanted, strict=True):
        array = np.asarray(array)
        assert array.shape == right.shape and array.dtype == right.dtype
        np.testing.assert_allclose(array, right, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("backend", ["py", "c"])
@pytest.mark.parametrize("entry", CALLS)
def test_what_theano_computed(entry, backend):
    function, arguments, settings, name = CALLS[entry]
    value = GOLDEN[name]
    x = pt.tensor(dtype="float64", shape=(None,) * value.ndim)
    z = getattr(neighbours, function)(x, *arguments, **settings)
    outputs = [z]
    if f"{entry}_grad" in GOLDEN:
        outputs.append(pytensor.grad((z * GOLDEN[f"{entry}_cotangent"]).sum(), x))
    found = compile_on(backend, [x], outputs)(value)
    kinds = ("out", "grad")[: len(outputs)]
    assert_equal_arrays(found, [GOLDEN[f"{entry}_{kind}"] for kind in kinds])


@pytest.mark.parametrize("backend", BACKENDS)
def test_neighbourhoods_on_each_backend(backend):
    # Compiling takes PyTorch and Numba long: the modes with and without wrapping there.
    chosen = CONFIGURATIONS[1:4:2] if backend in ("numba", "torch") else CONFIGURATIONS
    inputs, outputs, values, wanted = graph(chosen)
    assert_equal_arrays(compile_on(backend, inputs, outputs)(*values), wanted)


@pytest.mark.parametrize("backend", ["py", "c"])
def test_windows_and_shapes_at_run_time(backend):
    x, neibs = pt.ftensor4(), pt.fmatrix()
    size, step, shape = pt.ivector(), pt.lvector(), pt.lvector()
    cut = images2neibs(x, size, step, "ignore_borders")
    added = Images2NeibsGrad("ignore_borders")(neibs, size, step, shape)
    f = compile_on(backend, [x, neibs, size, step, shape], [cut, added])
    rng = np.random.default_rng(2)
    for _ in range(30):
        dims = (2, 1, *(int(n) for n in rng.integers(1, 9, 2)))
        windows = rng.integers(1, min(dims[2:]) + 1, 2), rng.integers(1, 4, 2)
        value = rng.standard_normal(dims[::-1]).astype("float32").T  # not contiguous
        wanted = naive(value, *windows, "ignore_borders")
        found = f(value, wanted, windows[0].astype("int32"), windows[1], dims)
        assert_equal_arrays(
            found, [wanted, naive_gradient(dims, wanted, *windows, "ignore_borders")], 1e-6
        )


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_shapes_from_the_images(backend):
    pytest.importorskip(backend)
    value = np.random.default_rng(6).standard_normal((2, 3, 6, 4))
    x = pt.dtensor4()
    neibs = images2neibs(x, (3, 2))
    outputs = [neibs2images(neibs, (3, 2), x.shape), pytensor.grad((neibs**2).sum(), x)]
    found = pytensor.function([x], outputs, mode=select(backend))(value)
    assert_equal_arrays(found, [value, 2 * value])


def test_a_neighbourhood_larger_than_the_image_is_ignored():
    found = images2neibs(pt.constant(np.ones((1, 1, 3, 9))), (7, 2), (5, 1), "ignore_borders")
    assert found.eval(mode="FAST_COMPILE").shape == found.type.shape == (0, 14)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_gradients_by_differences(configuration):
    shape, *windows, mode = configuration
    rng = np.random.default_rng(3)
    value = rng.standard_normal(shape)
    with pytensor.config.change_flags(mode="FAST_COMPILE"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verify_grad(lambda x: images2neibs(x, *windows, mode), [value], rng=rng)
        neibs = naive(value, *windows, mode)
        verify_grad(lambda n: Images2NeibsGrad(mode)(n, *windows, shape), [neibs], rng=rng)


def test_derivative_along_a_direction():
    shape, *windows = CONFIGURATIONS[3]
    rng = np.random.default_rng(4)
    direction = rng.standard_normal(shape)
    x = pt.dtensor4()
    along = pytensor.gradient.pushforward(images2neibs(x, *windows), x, pt.constant(direction))
    found = compile_on("py", [x], along, on_unused_input="ignore")(np.zeros(shape))
    np.testing.assert_allclose(found, naive(direction, *windows))


def test_back_and_forth_is_the_identity():
    value = np.random.default_rng(5).standard_normal((2, 3, 6, 10))
    x, original = pt.dtensor4(), pt.ivector()
    back = neibs2images(images2neibs(x, (3, 5)), (3, 5), original)
    assert (compile_on("py", [x, original], back)(value, value.shape) == value).all()
    assert neibs2images(pt.fmatrix(), (3, 5), (2, 3, 6, 10)).type.dtype == "float32"


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_shape_is_inferred(configuration):
    shape, *windows, mode = configuration
    value = np.zeros(shape)
    neibs = naive(value, *windows, mode)
    x, size, step = pt.dtensor4(), pt.lvector(), pt.lvector()
    f = compile_on("py", [x, size, step], images2neibs(x, size, step, mode).shape)
    assert not any(isinstance(node.op, Images2Neibs) for node in f.maker.fgraph.apply_nodes)
    assert tuple(f(value, *windows)) == neibs.shape
    static = images2neibs(pt.tensor(dtype="float64", shape=shape), *windows, mode)
    assert static.type.shape == neibs.shape
    dims = pt.lvector()
    matrix = pt.dmatrix()
    images = Images2NeibsGrad(mode)(matrix, *windows, dims)
    f = compile_on("py", [matrix, dims], images.shape, on_unused_input="ignore")
    assert tuple(f(neibs, shape)) == shape
    assert not any(isinstance(node.op, Images2NeibsGrad) for node in f.maker.fgraph.apply_nodes)


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (NotSupportedError, lambda x: images2neibs(x, (2, 2), mode="same")),
        (NotSupportedError, lambda x: neibs2images(x[0, 0], (2, 2), (1, 1, 4, 4), "half")),
        (ShapeError, lambda x: images2neibs(x[0], (2, 2))),
        (ShapeError, lambda x: images2neibs(x, (2, 2, 2))),
        (ShapeError, lambda x: images2neibs(x, (2, 2), 2)),
        (ShapeError, lambda x: neibs2images(x, (2, 2), (1, 1, 4, 4))),
        (ShapeError, lambda x: neibs2images(x[0, 0], (2, 2), (1, 4, 4))),
        (ShapeError, lambda x: neibs2images(pt.zeros((5, 4)), (2, 2), (1, 1, 4, 4))),
        (RangeError, lambda x: images2neibs(x, (2, 0))),
        (RangeError, lambda x: images2neibs(x, (2, 2), (0, 1))),
        (DtypeError, lambda x: images2neibs(x, (2.0, 2.0))),
        (TypeError, lambda x: images2neibs(pt.zeros((1, 1, 5, 4)), (2, 2))),
    ],
)
def test_what_cannot_work_is_a_named_error(error, call):
    with pytest.raises(error) as raised:
        call(pt.dtensor4())
    assert str(raised.value).startswith("expected")


@pytest.mark.filterwarnings("ignore:.*does not allow us to add an extra error message")
@pytest.mark.parametrize("backend", ["py", "c", "numba"])
@pytest.mark.parametrize(
    ("mode", "lengths", "windows"),
    [
        ("valid", (10, 10), ((3, 2), (3, 2))),
        ("valid", (2, 9), ((3, 3), (1, 1))),
        ("half", (5, 5), ((2, 2), (2, 2))),
        ("full", (5, 5), ((2, 2), (2, 2))),
        ("wrap_centered", (10, 10), ((3, 2), (1, 1))),
        ("wrap_centered", (2, 3), ((3, 3), (1, 1))),
    ],
)
def test_images_that_do_not_fit_are_named_at_run_time(backend, mode, lengths, windows):
    x = pt.dtensor4()
    f = compile_on(backend, [x], images2neibs(x, *windows, mode))
    with pytest.raises(ShapeError) as raised:
        f(np.zeros((1, 1, *lengths)))
    assert isinstance(raised.value, TypeError)  # what Theano raised


@pytest.mark.filterwarnings("ignore:.*does not allow us to add an extra error message")
@pytest.mark.parametrize("backend", ["py", "c", "numba"])
def test_matrices_of_other_images_are_named_at_run_time(backend):
    neibs, original = pt.dmatrix(), pt.lvector()
    f = compile_on(backend, [neibs, original], neibs2images(neibs, (2, 2), original))
    assert f(np.zeros((12, 4)), (1, 3, 4, 4)).shape == (1, 3, 4, 4)
    for shape in ((1, 1, 3, 4, 4), (3, 4, 4, 1), (1, 2, 4, 4), (1, 3, -4, -4)):
        with pytest.raises(ShapeError):
            f(np.zeros((12, 4)), shape)
