"""Convolutions, batch normalisation, pooling and the like: PyTorch and NumPy as oracles."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen.errors import DtypeError, RangeError, SettingsError, ShapeError
from symgen.layers import (
    BatchNorm,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    Maxout,
    MaxPool2D,
    Reshape,
    Sequential,
    Upsample2D,
)
from symgen.random import RandomStreams


def value(variable, givens=None):
    return variable.eval(givens or {}, mode="FAST_COMPILE")


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("stride, padding", [(1, 0), (2, 1), (3, 2)])
def test_conv2d_is_pytorchs(stride, padding, rng, torch):
    layer = Conv2D(
        3, 4, (5, 4), b="normal", border_mode=padding, subsample=stride, rng=rng, dtype="float64"
    )
    x_value = rng.standard_normal((2, 3, 9, 8))
    W, b, x = (torch.from_numpy(a) for a in (layer.W.get_value(), layer.b.get_value(), x_value))
    expected = torch.nn.functional.conv2d(x, W, b, stride, padding).numpy()
    np.testing.assert_allclose(value(layer(pt.constant(x_value))), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("stride, padding, extra", [(1, 0, 0), (2, 1, 0), (2, 2, 1), (3, 1, 2)])
def test_conv_transpose2d_is_pytorchs(stride, padding, extra, rng, torch):
    rows, columns = ((n - 1) * stride + 5 - 2 * padding + extra for n in (4, 3))
    layer = ConvTranspose2D(
        3,
        2,
        5,
        (rows, columns),
        b="normal",
        border_mode=padding,
        subsample=stride,
        rng=rng,
        dtype="float64",
    )
    x_value = rng.standard_normal((2, 3, 4, 3))
    W, b, x = (torch.from_numpy(a) for a in (layer.W.get_value(), layer.b.get_value(), x_value))
    expected = torch.nn.functional.conv_transpose2d(x, W, b, stride, padding, extra).numpy()
    np.testing.assert_allclose(value(layer(pt.constant(x_value))), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 2, 5)])
def test_batch_norm_trains_and_predicts_as_pytorchs(shape, rng, torch):
    layer = BatchNorm(3, running_average_factor=0.2, gamma="uniform", beta="normal", rng=rng, dtype="float64")
    kind = torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d
    twin = kind(3, eps=1e-5, momentum=0.2).double()
    with torch.no_grad():
        twin.weight.copy_(torch.from_numpy(layer.gamma.get_value()))
        twin.bias.copy_(torch.from_numpy(layer.beta.get_value()))
    x = pt.TensorType("float64", shape=(None,) * len(shape))("x")
    output, updates = layer.training_form(x)
    step = pytensor.function([x], output, updates=updates, mode="FAST_COMPILE")
    for _ in range(3):
        x_value = 2 + 3 * rng.standard_normal(shape)
        expected = twin(torch.from_numpy(x_value)).detach().numpy()
        np.testing.assert_allclose(step(x_value), expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(layer.mean.get_value(), twin.running_mean.numpy(), rtol=1e-12)
    np.testing.assert_allclose(layer.var.get_value(), twin.running_var.numpy(), rtol=1e-12)
    twin.eval()
    expected = twin(torch.from_numpy(x_value)).detach().numpy()
    np.testing.assert_allclose(value(layer(x), {x: x_value}), expected, rtol=1e-10, atol=1e-10)


def test_nothing_changes_without_the_updates(rng):
    layer = BatchNorm(3)
    x = pt.matrix("x", dtype="float32")
    before = layer.mean.get_value()
    layer.training_form(x)[0].eval({x: rng.random((4, 3), "float32")}, mode="FAST_COMPILE")
    np.testing.assert_array_equal(layer.mean.get_value(), before)


def test_pooling_and_enlarging_are_pytorchs(rng, torch):
    x_value = rng.standard_normal((2, 3, 7, 6))
    x, tensor = pt.constant(x_value), torch.from_numpy(x_value)
    pooled = torch.nn.functional.max_pool2d(tensor, (3, 2), (2, 1)).numpy()
    np.testing.assert_array_equal(value(MaxPool2D((3, 2), (2, 1))(x)), pooled)
    enlarged = torch.nn.functional.interpolate(tensor, scale_factor=(2, 3), mode="nearest").numpy()
    np.testing.assert_array_equal(value(Upsample2D((2, 3))(x)), enlarged)


def test_maxout_is_the_largest_piece(rng):
    layer = Maxout(3, 2, 4, b="normal", rng=rng, dtype="float64")
    x_value = rng.standard_normal((5, 3))
    W, b = layer.W.get_value().reshape(3, 2, 4), layer.b.get_value().reshape(2, 4)
    expected = (np.einsum("ni,iuk->nuk", x_value, W) + b).max(axis=2)
    np.testing.assert_allclose(value(layer(pt.constant(x_value))), expected, rtol=1e-12)


def test_dropout_leaves_out_the_rate_and_keeps_the_mean():
    x, srng = pt.constant(np.full((200, 500), 3, "float32")), RandomStreams(0)
    output, updates = Dropout(0.2).training_form(x, srng)
    assert not updates
    draw = pytensor.function([], output, updates=srng.updates, mode="FAST_COMPILE")
    first, second = draw(), draw()
    kept = first != 0
    assert kept.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / kept.size))
    np.testing.assert_allclose(first[kept], 3 / 0.8, rtol=1e-6)
    assert (first != second).any()
    assert Dropout(0.2)(x) is x


def test_reshape_and_flatten_keep_numpys_order(rng):
    x_value = rng.standard_normal((3, 24))
    images = value(Reshape((2, 3, 4))(pt.constant(x_value)))
    np.testing.assert_array_equal(images, x_value.reshape(3, 2, 3, 4))
    np.testing.assert_array_equal(value(Flatten()(pt.constant(images))), x_value)


def test_sequential_hands_streams_and_updates_on(rng):
    network = Sequential(
        [
            Dense(3, 4, b=None, rng=rng, name="hidden"),
            BatchNorm(4, name="norm"),
            Sequential([Dropout(0.5), Dense(4, 2, rng=rng, name="output")]),
        ]
    )
    assert [buffer.name for buffer in network.buffers] == ["norm.mean", "norm.var"]
    x = pt.matrix("x", dtype="float32")
    output, updates = network.training_form(x, RandomStreams(1))
    assert list(updates) == network.buffers
    x_value = rng.random((6, 3), "float32")
    assert not np.allclose(value(output, {x: x_value}), value(network(x), {x: x_value}))


@pytest.mark.parametrize(
    "error, message, call",
    [
        (RangeError, "input_channels >= 1", lambda rng: Conv2D(0, 2, 3, rng=rng)),
        (ShapeError, "2 integers", lambda rng: Conv2D(1, 2, (3, 3, 3), rng=rng)),
        (DtypeError, "each of filter_shape", lambda rng: Conv2D(1, 2, (3, 1.5), rng=rng)),
        (RangeError, "each of subsample", lambda rng: Conv2D(1, 2, 3, subsample=0, rng=rng)),
        (ShapeError, "Reshape", lambda rng: Conv2D(1, 2, 3, rng=rng)(pt.fmatrix())),
        (ShapeError, "channels", lambda rng: Conv2D(1, 2, 3, rng=rng)(np.ones((1, 2, 4, 4), "float32"))),
        (DtypeError, "float32", lambda rng: Conv2D(1, 2, 3, rng=rng)(pt.dtensor4())),
        (ShapeError, "4", lambda rng: Conv2D(1, 2, 5, rng=rng)(np.ones((1, 1, 4, 4), "float32"))),
        (
            ShapeError,
            "expected",
            lambda rng: ConvTranspose2D(1, 1, 3, 28, border_mode=1, subsample=2, rng=rng)(
                np.ones((1, 1, 7, 7), "float32")
            ),
        ),
        (RangeError, "epsilon", lambda rng: BatchNorm(3, epsilon=1e-7)),
        (RangeError, "running_average_factor", lambda rng: BatchNorm(3, running_average_factor=2)),
        (ShapeError, "2 or 4 dimensions", lambda rng: BatchNorm(3)(pt.ftensor3())),
        (ShapeError, "axis 1", lambda rng: BatchNorm(3)(np.ones((4, 2), "float32"))),
        (RangeError, "rate in", lambda rng: Dropout(1.0)),
        (SettingsError, "RandomStreams", lambda rng: Dropout(0.5).training_form(pt.fmatrix())),
        (ShapeError, "6 numbers", lambda rng: Reshape((2, 3))(np.ones((4, 5), "float32"))),
        (ShapeError, "batch axis", lambda rng: Flatten()(pt.fscalar())),
        (ShapeError, "Reshape", lambda rng: Upsample2D(2)(pt.fmatrix())),
        (RangeError, "n_pieces", lambda rng: Maxout(3, 2, 0, rng=rng)),
    ],
)
def test_bad_input_has_a_named_error(error, message, call, rng):
    with pytest.raises(error, match=message):
        call(rng)
