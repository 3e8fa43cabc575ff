"""Laws of every layer: one row makes it for a dtype, from a generator."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from finite_differences import assert_gradient

from symgen.layers import Dense, MaskedDense, Sequential


def sequential(rng, dtype):
    hidden = Dense(3, 4, "softplus", rng=rng, name="hidden", dtype=dtype)
    return Sequential([hidden, Dense(4, 2, "sigmoid", rng=rng, name="output", dtype=dtype)])


def masked_dense(rng, dtype):
    mask = [[1, 0], [1, 1], [0, 1]]
    return MaskedDense(3, 2, mask, "tanh", rng=rng, dtype=dtype)


# name: (layer of (rng, dtype), shape of an input, shape of its output)
LAYERS = {
    "Dense": (lambda rng, dtype: Dense(3, 2, "tanh", rng=rng, dtype=dtype), (5, 3), (5, 2)),
    "MaskedDense": (masked_dense, (5, 3), (5, 2)),
    "Sequential": (sequential, (5, 3), (5, 2)),
}

pytestmark = pytest.mark.parametrize("make, input_shape, output_shape", LAYERS.values(), ids=LAYERS)


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_dtype(make, input_shape, output_shape, dtype, floatx, rng):
    with pytensor.config.change_flags(floatX=floatx):
        layer = make(rng, dtype)
        x = pt.constant(np.ones(input_shape, dtype))
        value = layer(x).eval(mode="FAST_COMPILE")
        grads = pt.grad(layer(x).sum(), layer.params)
    assert value.shape == output_shape
    assert value.dtype == dtype
    assert {var.dtype for var in (*grads, *layer.params)} == {dtype}


def test_params_have_names_of_their_own(make, input_shape, output_shape, rng):
    names = [param.name for param in make(rng, "float32").params]
    assert names and None not in names and len(set(names)) == len(names)


def test_every_parameter_receives_its_gradient(make, input_shape, output_shape, rng):
    layer = make(rng, "float64")
    x = pt.TensorType("float64", shape=(None,) * len(input_shape))("x")
    cost = pt.sqr(layer(x)).sum()
    x_value = rng.standard_normal(input_shape)
    assert_gradient(cost, [x, *layer.params], {x: x_value})
    for param in layer.params:
        gradient = pytensor.grad(cost, param).eval({x: x_value}, mode="FAST_COMPILE")
        assert np.any(gradient != 0), param


def test_float32_is_float64_rounded(make, input_shape, output_shape, rng):
    x_value = rng.standard_normal(input_shape)
    values = [
        make(np.random.default_rng(1), dtype)(pt.constant(x_value.astype(dtype))).eval(
            mode="FAST_COMPILE"
        )
        for dtype in ("float32", "float64")
    ]
    np.testing.assert_allclose(*values, rtol=1e-5, atol=1e-6)


def test_repr_names_the_layer_and_its_sizes(make, input_shape, output_shape, rng):
    text = repr(make(rng, "float32"))
    assert text.startswith(type(make(rng, "float32")).__name__)
    assert str(input_shape[-1]) in text and "0x" not in text
