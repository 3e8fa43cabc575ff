"""PixelCNNs against PyTorch's convolutions of masked filters; what each pixel sees; bad sizes."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import backends
from symgen.errors import RangeError, SettingsError, ShapeError, UnknownNameError
from symgen.layers import MaskedConv2D
from symgen.models import GatedPixelCNN, PixelCNN

ROWS, COLUMNS = 4, 5


def function(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode=backends.select("py"), **options)


def randomised(model, std=0.4):
    rng = np.random.default_rng(3)
    for param in model.params:
        value = param.get_value()
        param.set_value(rng.normal(0, std, value.shape).astype(value.dtype))
    return model


def full_filters(layer):
    """The layer's filters as others store them: whole windows, masked, in NumPy."""
    rows, columns = layer.filter_shape
    W = layer.W.get_value()
    full = np.zeros((*W.shape[:2], rows, columns))
    full[:, :, : W.shape[2], : W.shape[3]] = W
    middle = rows // 2, columns // 2
    full[:, :, middle[0] + 1 :] = 0
    if layer.mask == "rows_above":
        full[:, :, middle[0]] = 0
    elif layer.mask != "rows":
        full[:, :, middle[0], middle[1] + (layer.mask == "B") :] = 0
    return full


def torch_conv(torch, layer, x):
    W = torch.tensor(full_filters(layer))
    padding = tuple(size // 2 for size in layer.filter_shape)
    return torch.nn.functional.conv2d(x, W, torch.tensor(layer.b.get_value()), padding=padding)


@pytest.mark.parametrize("mask", ["A", "B", "rows_above", "rows"])
@pytest.mark.parametrize("filter_shape", [(3, 3), (5, 3), (1, 5), (3, 1)])
def test_masked_conv2d_is_the_convolution_of_a_masked_filter(mask, filter_shape):
    torch = pytest.importorskip("torch")
    if mask == "rows_above" and filter_shape[0] == 1:
        pytest.skip("such a window sees nothing")
    rng = np.random.default_rng(1)
    layer = randomised(MaskedConv2D(2, 3, filter_shape, mask, rng=rng, dtype="float64"))
    x, value = pt.dtensor4("x"), rng.normal(size=(2, 2, ROWS, COLUMNS))
    right = torch_conv(torch, layer, torch.tensor(value)).numpy()
    np.testing.assert_allclose(function([x], layer(x))(value), right, rtol=1e-12, atol=1e-12)


def test_pixelcnn_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    model = randomised(PixelCNN(20, (ROWS, COLUMNS), 4, 2, 3, 5, dtype="float64"))
    x, value = pt.dmatrix("x"), np.random.default_rng(1).integers(0, 2, (3, 20)).astype("float64")
    relu = torch.relu
    h = torch_conv(torch, model.first, torch.tensor(value.reshape(3, 1, ROWS, COLUMNS)))
    for narrow, masked, wide in model.blocks:
        inner = relu(torch_conv(torch, masked, relu(torch_conv(torch, narrow, relu(h)))))
        h = h + torch_conv(torch, wide, inner)
    h = relu(torch_conv(torch, model.last[1], relu(torch_conv(torch, model.last[0], relu(h)))))
    logits = torch_conv(torch, model.last[2], h).reshape(3, 20)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, torch.tensor(value), reduction="none"
    )
    log_prob = function([x], model.log_prob(x))(value)
    np.testing.assert_allclose(log_prob, -loss.sum(1).numpy(), rtol=1e-11)


def test_gated_pixelcnn_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    model = randomised(GatedPixelCNN(20, (ROWS, COLUMNS), 3, 3, 3, 5, context_dim=2, dtype="float64"))
    rng = np.random.default_rng(1)
    x, context = pt.dmatrix("x"), pt.dmatrix("context")
    value, labels = rng.integers(0, 2, (3, 20)).astype("float64"), rng.normal(size=(3, 2))
    given = torch.tensor(labels)

    def gate(a):
        left, right = a.chunk(2, dim=1)
        return torch.tanh(left) * torch.sigmoid(right)

    v = h = torch.tensor(value.reshape(3, 1, ROWS, COLUMNS))
    for k, layer in enumerate(model.layers):
        to_v, to_h = ((given @ torch.tensor(d.W.get_value()))[:, :, None, None] for d in layer.of)
        a_v = torch_conv(torch, layer.vertical, v) + to_v
        a_h = torch_conv(torch, layer.horizontal, h) + torch_conv(torch, layer.link, a_v) + to_h
        new = torch_conv(torch, layer.out, gate(a_h))
        v, h = gate(a_v), (new if k == 0 else h + new)
    h = torch.relu(torch_conv(torch, model.last, torch.relu(h)))
    right = torch_conv(torch, model.output, h).reshape(3, 20).numpy()
    logits = function([x, context], model.logits(x, context=context))(value, labels)
    np.testing.assert_allclose(logits, right, rtol=1e-11, atol=1e-12)


def seen(model):
    """``seen[i, j]``: whether logit i depends on pixel j, by the Jacobian at a few images."""
    x = pt.matrix("x", dtype="float64", shape=(1, model.input_dim))
    jacobian = function([x], pytensor.gradient.jacobian(model.logits(x)[0], x)[:, 0])
    images = np.random.default_rng(2).random((3, model.input_dim))
    return sum(np.abs(jacobian(image[None])) for image in images) > 0


def test_the_gated_one_has_no_blind_spot():
    past = np.tri(25, k=-1) > 0
    gated = randomised(GatedPixelCNN(25, None, 6, 5, 3, 3, dtype="float64"))
    np.testing.assert_array_equal(seen(gated), past)
    plain = randomised(PixelCNN(25, None, 12, 5, 3, 3, dtype="float64"))
    blind = past & ~seen(plain)
    assert blind[12, 9] and not blind[12, 8]  # from the middle one up: two to the right, and one


@pytest.mark.parametrize("model", [PixelCNN, GatedPixelCNN])
@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"input_dim": 0}, RangeError, "input_dim"),
        ({"input_dim": 20}, ShapeError, "image_shape"),
        ({"input_dim": 20, "image_shape": (4, 4)}, ShapeError, "20 pixels"),
        ({"input_dim": 20, "image_shape": (-4, -5)}, RangeError, "image_shape"),
        ({"input_dim": 25, "channels": 0}, RangeError, "channels"),
        ({"input_dim": 25, "filter_size": 4}, RangeError, "filter_size to be odd"),
        ({"input_dim": 25, "filter_size": 1}, RangeError, "at least 3"),
        ({"input_dim": 25, "first_filter_size": 6}, RangeError, "first_filter_size to be odd"),
    ],
)
def test_bad_sizes_are_named_errors(model, settings, error, words):
    with pytest.raises(error, match=words):
        model(**settings)


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: PixelCNN(25, channels=5), RangeError, "even"),
        (lambda: PixelCNN(25, n_blocks=0), RangeError, "n_blocks"),
        (lambda: PixelCNN(25).log_prob(pt.matrix(shape=(None, 24))), ShapeError, r"\(batch, 25\)"),
        (lambda: GatedPixelCNN(25, n_layers=0), RangeError, "n_layers"),
        (lambda: GatedPixelCNN(25, context_dim=-1), RangeError, "context_dim"),
        (lambda: GatedPixelCNN(25).log_prob(pt.matrix(), context=pt.matrix()), SettingsError, "no context"),
        (lambda: GatedPixelCNN(25, context_dim=3).log_prob(pt.matrix()), SettingsError, r"\(batch, 3\)"),
        (lambda: layer(4, "B"), RangeError, "odd"),
        (lambda: layer(1, "A"), RangeError, "larger window"),
        (lambda: layer((1, 3), "rows_above"), RangeError, "larger window"),
        (lambda: layer(3, "C"), UnknownNameError, "rows_above"),
        (lambda: layer(3, "A")(pt.tensor4(shape=(None, 2, None, None))), ShapeError, "batch, 1"),
    ],
)
def test_bad_input_is_a_named_error(build, error, words):
    with pytest.raises(error, match=words):
        build()


def layer(filter_shape, mask):
    return MaskedConv2D(1, 2, filter_shape, mask, rng=np.random.default_rng(1))
