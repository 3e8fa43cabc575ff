"""Laws of every layer: one row makes it for a dtype, from a generator."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from finite_differences import assert_gradient

from symgen import backends, layers
from symgen.layers import (
    BatchNorm,
    Conv2D,
    ConvTranspose2D,
    Dense,
    DiagonalBiLSTM,
    Dropout,
    Flatten,
    MaskedConv2D,
    MaskedDense,
    Maxout,
    MaxPool2D,
    Reshape,
    RowLSTM,
    Sequential,
    TiedDense,
    Upsample2D,
)
from symgen.random import RandomStreams


def sequential(rng, dtype):
    hidden = Dense(3, 4, "softplus", rng=rng, name="hidden", dtype=dtype)
    return Sequential([hidden, Dense(4, 2, "sigmoid", rng=rng, name="output", dtype=dtype)])


def masked_dense(rng, dtype):
    mask = [[1, 0], [1, 1], [0, 1]]
    return MaskedDense(3, 2, mask, "tanh", rng=rng, dtype=dtype)


def there_and_back(rng, dtype):
    layer = Dense(3, 2, "tanh", rng=rng, dtype=dtype)
    return Sequential([layer, TiedDense(layer, "sigmoid", dtype=dtype)])


def convolutions(rng, dtype):
    """Rows to images, down and up again, and back to rows."""
    options = {"rng": rng, "dtype": dtype}
    return Sequential(
        [
            Reshape((1, 4, 4)),
            Conv2D(1, 2, 3, b=None, border_mode="half", subsample=2, name="down", **options),
            BatchNorm(2, name="norm", **options),
            Dropout(0.3),
            ConvTranspose2D(2, 1, 3, 4, "tanh", border_mode="half", subsample=2, name="up", **options),
            Flatten(),
        ]
    )


# name: (layer of (rng, dtype), shape of an input, shape of its output)
LAYERS = {
    "Dense": (lambda rng, dtype: Dense(3, 2, "tanh", rng=rng, dtype=dtype), (5, 3), (5, 2)),
    "MaskedDense": (masked_dense, (5, 3), (5, 2)),
    "MaskedConv2D": (
        lambda rng, dtype: MaskedConv2D(2, 3, (5, 3), "B", "tanh", rng=rng, dtype=dtype),
        (2, 2, 3, 4),
        (2, 3, 3, 4),
    ),
    "RowLSTM": (
        lambda rng, dtype: RowLSTM(4, 1, 3, rng=rng, dtype=dtype),
        (2, 4, 2, 3),
        (2, 1, 2, 3),
    ),
    "DiagonalBiLSTM": (
        lambda rng, dtype: DiagonalBiLSTM(4, 1, rng=rng, dtype=dtype),
        (2, 4, 2, 3),
        (2, 1, 2, 3),
    ),
    "Dense without bias": (
        lambda rng, dtype: Dense(3, 2, "tanh", b=None, rng=rng, dtype=dtype),
        (5, 3),
        (5, 2),
    ),
    "TiedDense": (
        lambda rng, dtype: TiedDense(Dense(3, 2, rng=rng, dtype=dtype), "tanh", dtype=dtype),
        (5, 2),
        (5, 3),
    ),
    "TiedDense behind its layer": (there_and_back, (5, 3), (5, 3)),
    "Sequential": (sequential, (5, 3), (5, 2)),
    "Sequential of convolutions": (convolutions, (5, 16), (5, 16)),
    "Maxout": (lambda rng, dtype: Maxout(3, 2, 4, rng=rng, dtype=dtype), (5, 3), (5, 2)),
    "Conv2D": (
        lambda rng, dtype: Conv2D(
            2, 3, (3, 2), "tanh", border_mode=1, subsample=(2, 1), rng=rng, dtype=dtype
        ),
        (2, 2, 5, 4),
        (2, 3, 3, 5),
    ),
    "ConvTranspose2D": (
        lambda rng, dtype: ConvTranspose2D(
            3, 2, (3, 2), (5, 4), "tanh", border_mode=1, subsample=(2, 1), rng=rng, dtype=dtype
        ),
        (2, 3, 3, 5),
        (2, 2, 5, 4),
    ),
    "BatchNorm of features": (lambda rng, dtype: BatchNorm(3, dtype=dtype), (5, 3), (5, 3)),
    "BatchNorm of channels": (
        lambda rng, dtype: BatchNorm(2, dtype=dtype),
        (3, 2, 3, 2),
        (3, 2, 3, 2),
    ),
    "Dropout": (lambda rng, dtype: Dropout(0.4), (5, 3), (5, 3)),
    "MaxPool2D": (lambda rng, dtype: MaxPool2D(2), (2, 2, 5, 4), (2, 2, 2, 2)),
    "Upsample2D": (lambda rng, dtype: Upsample2D((2, 3)), (2, 2, 3, 2), (2, 2, 6, 6)),
    "Reshape": (lambda rng, dtype: Reshape((2, 3)), (5, 6), (5, 2, 3)),
    "Flatten": (lambda rng, dtype: Flatten(), (5, 2, 3), (5, 6)),
}


def training(layer, x):
    """(output, updates) while training; what a layer without a training form always gives."""
    return layer.training_form(x, RandomStreams(2)) if hasattr(layer, "training_form") else (layer(x), {})


pytestmark = pytest.mark.parametrize("make, input_shape, output_shape", LAYERS.values(), ids=LAYERS)


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_dtype(make, input_shape, output_shape, dtype, floatx, rng):
    with pytensor.config.change_flags(floatX=floatx):
        layer = make(rng, dtype)
        x = pt.constant(np.ones(input_shape, dtype))
        value = layer(x).eval(mode=backends.select("py"))
        trained, updates = training(layer, x)
        grads = [grad for out in (layer(x), trained) for grad in pt.grad(out.sum(), list(layer.params))]
    assert value.shape == output_shape
    assert value.dtype == dtype
    assert trained.eval(mode=backends.select("py")).shape == output_shape
    assert {var.dtype for var in (trained, *grads, *layer.params, *updates.values())} <= {dtype}


def test_known_sizes_are_part_of_the_outputs_type(make, input_shape, output_shape, rng):
    x = pt.TensorType("float32", shape=(None, *input_shape[1:]))("x")
    assert make(rng, "float32")(x).type.shape == (None, *output_shape[1:])


def test_params_and_buffers_have_names_of_their_own(make, input_shape, output_shape, rng):
    layer = make(rng, "float32")
    names = [variable.name for variable in (*layer.params, *getattr(layer, "buffers", ()))]
    assert None not in names and len(set(names)) == len(names)
    assert all("." in name for name in names)


def test_every_buffer_has_one_update(make, input_shape, output_shape, rng):
    layer = make(rng, "float32")
    x = pt.constant(rng.standard_normal(input_shape).astype("float32"))
    _, updates = training(layer, x)
    assert list(updates) == list(getattr(layer, "buffers", ()))
    before = {buffer: buffer.get_value() for buffer in updates}
    pytensor.function([], [], updates=updates, mode=backends.select("py"))()
    for buffer, value in before.items():
        assert buffer.get_value().shape == value.shape and np.all(buffer.get_value() != value)


@pytest.mark.parametrize("form", [lambda layer, x: layer(x), lambda layer, x: training(layer, x)[0]])
def test_every_parameter_receives_its_gradient(make, input_shape, output_shape, form, rng):
    layer = make(rng, "float64")
    x = pt.TensorType("float64", shape=(None,) * len(input_shape))("x")
    output = form(layer, x)
    weights = pt.constant(rng.standard_normal(output_shape))
    cost = (weights * pt.sqr(output)).sum()
    x_value = rng.standard_normal(input_shape)
    assert_gradient(cost, [x, *layer.params], {x: x_value})
    for param in layer.params:
        gradient = pytensor.grad(cost, param).eval({x: x_value}, mode=backends.select("py"))
        assert np.any(gradient != 0), param


def test_float32_is_float64_rounded(make, input_shape, output_shape, rng):
    x_value = rng.standard_normal(input_shape)
    values = [
        make(np.random.default_rng(1), dtype)(pt.constant(x_value.astype(dtype))).eval(
            mode=backends.select("py")
        )
        for dtype in ("float32", "float64")
    ]
    np.testing.assert_allclose(*values, rtol=1e-5, atol=1e-6)


def test_repr_names_the_layer_and_its_sizes(make, input_shape, output_shape, rng):
    layer = make(rng, "float32")
    text = repr(layer)
    assert text.startswith(type(layer).__name__ + "(") and "object at" not in text
    assert not layer.params or str(layer.params[0].get_value().shape[0]) in text


def test_it_has_a_row(make, input_shape, output_shape, rng):
    rows = {type(row[0](rng, "float32")).__name__ for row in LAYERS.values()}
    assert rows == {name for name in layers.__all__ if isinstance(getattr(layers, name), type)}
