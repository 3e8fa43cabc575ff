"""Bilinear upsampling against Theano's recorded values and interpolation by hand."""

from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from compile_on import BACKENDS, compile_on, mode_of
from pytensor.gradient import verify_grad

from symgen.errors import RangeError, SettingsError, ShapeError
from symgen.ops.upsampling import (
    bilinear_kernel_1D,
    bilinear_kernel_2D,
    bilinear_upsampling,
    frac_bilinear_upsampling,
)

GOLDEN = np.load(Path(__file__).resolve().parents[1] / "data" / "theano_upsampling_golden.npz")

EXPRESSIONS = {
    "e081": lambda x: bilinear_upsampling(x, ratio=2, use_1D_kernel=True),
    "e082": lambda x: bilinear_upsampling(x, ratio=2, use_1D_kernel=False),
    "e083": lambda x: bilinear_upsampling(x, ratio=3),
    "e084": lambda x: bilinear_upsampling(x, ratio=4, use_1D_kernel=False),
    "e085": lambda x: bilinear_upsampling(x, frac_ratio=((5, 2), (3, 1))),
    "e086": lambda x: bilinear_upsampling(x, frac_ratio=(3, 2)),
}
# Ratios 1 to 4: entry of the one-dimensional kernel, then of the two-dimensional one.
KERNELS = {1: ("e087", "e088"), 2: ("e089", "e090"), 3: ("e091", "e092"), 4: ("e093", "e094")}


@pytest.mark.parametrize("entry", EXPRESSIONS)
def test_upsampling_is_what_theano_computed(entry):
    value = GOLDEN[f"{entry}_in_x"]
    x = pt.tensor4("x", dtype="float64")
    outputs, wanted = [EXPRESSIONS[entry](x)], [GOLDEN[f"{entry}_out"]]
    if f"{entry}_cotangent" in GOLDEN:
        cost = (outputs[0] * GOLDEN[f"{entry}_cotangent"]).sum()
        outputs.append(pytensor.grad(cost, x))
        wanted.append(GOLDEN[f"{entry}_grad_x"])
    for got, right in zip(compile_on("py", [x], outputs)(value), wanted, strict=True):
        np.testing.assert_allclose(got, right, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("ratio", KERNELS)
def test_kernels_are_those_of_theano(ratio):
    one, two = (GOLDEN[f"{entry}_out"] for entry in KERNELS[ratio])
    line, plane = bilinear_kernel_1D(ratio, True), bilinear_kernel_2D(ratio, False)
    n = pt.lscalar("n")
    f = compile_on("py", [n], [line, plane, bilinear_kernel_1D(n), bilinear_kernel_2D(n, False)])
    got = f(ratio)
    for value, right in zip(got, (one, two, one, two), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-15)


def by_hand(image, ratio, axis):
    """Linear interpolation along an axis, its ends held."""
    at = (np.arange(image.shape[axis] * ratio) - (ratio - 1) // 2) / ratio
    return np.apply_along_axis(lambda v: np.interp(at, np.arange(len(v)), v), axis, image)


@pytest.mark.parametrize("backend", BACKENDS)
def test_upsampling_on_every_backend(backend):
    value = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")
    x = pt.tensor4("x", dtype="float32", shape=value.shape)
    y = bilinear_upsampling(x, ratio=3)
    assert y.type.shape == (2, 3, 12, 15) and y.dtype == "float32"
    got = np.asarray(compile_on(backend, [x], y)(value))
    assert got.dtype == np.float32
    wanted = by_hand(by_hand(value.astype("float64"), 3, 2), 3, 3)
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_shapes_come_without_computing_and_fractions_are_shortened():
    x = pt.tensor4("x", dtype="float64")
    y, z = frac_bilinear_upsampling(x, (6, 4)), frac_bilinear_upsampling(x, (3, 2))
    f = compile_on("py", [x], [y, z, y.shape])
    one, other, shape = f(np.random.default_rng(0).normal(size=(1, 2, 5, 3)))
    assert shape.tolist() == list(one.shape) == [1, 2, 8, 5]
    np.testing.assert_array_equal(one, other)
    known = bilinear_upsampling(x, ratio=2, batch_size=4, num_input_channels=3)
    assert known.type.shape[:2] == (4, 3)


def test_gradient():
    value = np.random.default_rng(0).normal(size=(1, 2, 3, 2))
    for options in ({"ratio": 2}, {"frac_ratio": ((5, 3), (2, 1))}):
        verify_grad(
            lambda x, options=options: bilinear_upsampling(x, **options),
            [value],
            rng=np.random.default_rng(1),
            mode=mode_of("py"),
        )


X = pt.tensor4("x", dtype="float32")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: bilinear_upsampling(X), SettingsError),
        (lambda: bilinear_upsampling(X, 2, (3, 2)), SettingsError),
        (lambda: bilinear_upsampling(X, 1.5), RangeError),
        (lambda: bilinear_upsampling(X, 0), RangeError),
        (lambda: bilinear_upsampling(X[0], 2), ShapeError),
        (lambda: frac_bilinear_upsampling(X, 3), RangeError),
        (lambda: frac_bilinear_upsampling(X, (3, 2, 1)), RangeError),
        (lambda: frac_bilinear_upsampling(X, ((3, 2), (1, 0))), RangeError),
        (lambda: bilinear_kernel_1D(0), RangeError),
    ],
)
def test_bad_input_is_a_named_error(make, error):
    with pytest.raises(error):
        make()
