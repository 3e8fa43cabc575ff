"""PixelRNNs and their LSTMs against NumPy loops over pixels; what each pixel sees; bad sizes."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import expit

from symgen import backends
from symgen.errors import RangeError, ShapeError
from symgen.layers import DiagonalBiLSTM, RowLSTM
from symgen.models import DiagonalPixelRNN, RowPixelRNN

ROWS, COLUMNS = 4, 5


def function(inputs, outputs):
    return pytensor.function(inputs, outputs, mode=backends.select("py"))


def randomised(model, std=0.4):
    rng = np.random.default_rng(3)
    for param in model.params:
        value = param.get_value()
        param.set_value(rng.normal(0, std, value.shape).astype(value.dtype))
    return model


def step(a, c):
    """Equation 3: gates in the order o, f, i, g."""
    o, f, i, g = np.split(a, 4)
    c = expit(f) * c + expit(i) * np.tanh(g)
    return expit(o) * np.tanh(c), c


def row_by_hand(layer, x):
    """One image, (channels, rows, columns): rows from the top, each pixel with its windows."""
    W, b = (param.get_value() for param in layer.input_to_state.params)
    size, units, (_, rows, columns) = layer.filter_size, layer.output_channels, x.shape
    K = layer.state_to_state.W.get_value().reshape(size, units, 4 * units)
    h, c = np.zeros((rows, columns, units)), np.zeros((rows, columns, units))
    for i in range(rows):
        for j in range(columns):
            a = b.copy()
            for tap in range(size):
                seen = j + tap - size // 2
                if not 0 <= seen < columns:
                    continue
                if seen <= j:  # mask B
                    a += W[:, :, 0, tap] @ x[:, i, seen]
                if i:
                    a += h[i - 1, seen] @ K[tap]
            h[i, j], c[i, j] = step(a, c[i - 1, j] if i else np.zeros(units))
    return h.transpose(2, 0, 1)


def diagonal_by_hand(layer, x):
    """One image: the LSTM from the left, and that from the right, a row lower."""
    units, (_, rows, columns) = layer.output_channels, x.shape
    total = np.zeros((rows + 1, columns, units))
    for lstm, side, down in ((layer.left, -1, 0), (layer.right, 1, 1)):
        W, b = (param.get_value() for param in lstm.input_to_state.params)
        K_above, K_beside = np.split(lstm.state_to_state.W.get_value(), 2)
        h, c = np.zeros((rows, columns, units)), np.zeros((rows, columns, units))
        for i in range(rows):
            for j in range(columns)[:: -side]:
                a, before = b + W[:, :, 0, 0] @ x[:, i, j], np.zeros(units)
                if i:
                    a += h[i - 1, j] @ K_above
                if 0 <= j + side < columns:
                    a, before = a + h[i, j + side] @ K_beside, c[i, j + side]
                h[i, j], c[i, j] = step(a, before)
        total[down : down + rows] += h
    return total[:rows].transpose(2, 0, 1)


@pytest.mark.parametrize(
    ("build", "by_hand"),
    [
        (lambda **s: RowLSTM(2, 3, 3, **s), row_by_hand),
        (lambda **s: RowLSTM(2, 1, 5, **s), row_by_hand),
        (lambda **s: DiagonalBiLSTM(2, 3, **s), diagonal_by_hand),
    ],
)
@pytest.mark.parametrize("shape", [(ROWS, COLUMNS), (1, 3), (3, 1)])
def test_a_layer_is_the_loop_over_pixels(build, by_hand, shape):
    layer = randomised(build(rng=np.random.default_rng(1), dtype="float64"))
    value = np.random.default_rng(1).normal(size=(2, 2, *shape))
    x = pt.dtensor4("x")
    right = np.stack([by_hand(layer, image) for image in value])
    np.testing.assert_allclose(function([x], layer(x))(value), right, rtol=1e-12, atol=1e-14)
    known = pt.tensor("x", dtype="float64", shape=(None, 2, *shape))
    np.testing.assert_allclose(function([known], layer(known))(value), right, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("model", "by_hand"), [(RowPixelRNN, row_by_hand), (DiagonalPixelRNN, diagonal_by_hand)]
)
def test_the_model_is_that_of_table_1(model, by_hand):
    model = randomised(model(20, (ROWS, COLUMNS), 4, 2, first_filter_size=3, dtype="float64"))
    value = np.random.default_rng(1).integers(0, 2, (3, 20)).astype("float64")

    def tap(layer, h):
        W, b = (param.get_value() for param in layer.params)
        return np.einsum("oc,crk->ork", W[:, :, 0, 0], h) + b[:, None, None]

    right = []
    for image in value.reshape(3, ROWS, COLUMNS):
        W, b = (param.get_value() for param in model.first.params)
        wide = np.pad(image, 1)
        h = np.zeros((4, ROWS, COLUMNS)) + b[:, None, None]
        for i, j in np.ndindex(ROWS, COLUMNS):  # mask A: the three above, and the one to the left
            h[:, i, j] += W[:, 0, 0] @ wide[i, j : j + 3] + W[:, 0, 1, 0] * wide[i + 1, j]
        for lstm, up in model.blocks:
            h = h + tap(up, by_hand(lstm, h))
        h = np.maximum(h, 0)
        for layer in model.last[:2]:
            h = np.maximum(tap(layer, h), 0)
        p = expit(tap(model.last[2], h)[0])
        right.append(np.log(np.where(image == 1, p, 1 - p)).sum())
    x = pt.matrix("x", dtype="float64", shape=value.shape)
    np.testing.assert_allclose(function([x], model.log_prob(x))(value), right, rtol=1e-11)


def seen(model):
    """``seen[i, j]``: whether logit i depends on pixel j, by the derivatives of single logits."""
    images = np.random.default_rng(2).random((3, model.input_dim))
    x, i = pt.matrix("x", dtype="float64", shape=images.shape), pt.lscalar("i")
    slope = function([x, i], pytensor.grad(model.logits(x)[:, i].sum(), x))
    return np.array([np.abs(slope(images, i)).sum(axis=0) for i in range(model.input_dim)]) > 0


def test_diagonals_see_all_that_comes_before_but_the_end_of_the_row_above():
    model = randomised(DiagonalPixelRNN(25, None, 6, 2, 3, dtype="float64"))
    right = np.tri(25, k=-1) > 0
    for i, j in np.ndindex(5, 5):
        if i and j + 1 < 4:  # out of reach of the first convolution
            right[5 * i + j, 5 * i - 1] = False
    np.testing.assert_array_equal(seen(model), right)


def test_rows_see_a_triangle():
    """One layer: in each row up, one column more on both sides than the first convolution sees."""
    model = randomised(RowPixelRNN(49, None, 6, 1, 3, 3, dtype="float64"))
    sees = seen(model)
    for i, j in np.ndindex(7, 7):
        right = np.zeros((7, 7), bool)
        # the pixel's row: the convolution's one to the left and that of the window's left tap
        right[i, max(j - 2, 0) : j] = True
        for up in range(1, i + 1):
            # of the row above the LSTM's window there, and the convolution's rows above and left
            right[i - up, max(j - up - 2, 0) : j + up + 1] = True
        np.testing.assert_array_equal(sees[7 * i + j].reshape(7, 7), right, err_msg=f"{i, j}")


@pytest.mark.parametrize("model", [RowPixelRNN, DiagonalPixelRNN])
@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"input_dim": 0}, RangeError, "input_dim"),
        ({"input_dim": 20}, ShapeError, "image_shape"),
        ({"input_dim": 25, "channels": 5}, RangeError, "channels to be even"),
        ({"input_dim": 25, "n_layers": 0}, RangeError, "n_layers"),
        ({"input_dim": 25, "first_filter_size": 6}, RangeError, "first_filter_size to be odd"),
    ],
)
def test_bad_sizes_are_named_errors(model, settings, error, words):
    with pytest.raises(error, match=words):
        model(**settings)


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: RowPixelRNN(25, filter_size=4), RangeError, "filter_size to be odd"),
        (lambda: RowLSTM(2, 3, 1, rng=np.random.default_rng(1)), RangeError, "at least 3"),
        (lambda: DiagonalBiLSTM(2, 0, rng=np.random.default_rng(1)), RangeError, "output_channels"),
        (lambda: DiagonalPixelRNN(25).log_prob(pt.matrix(shape=(None, 24))), ShapeError, r"\(batch, 25\)"),
    ],
)
def test_bad_input_is_a_named_error(build, error, words):
    with pytest.raises(error, match=words):
        build()
