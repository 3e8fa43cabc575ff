"""Dense and Sequential."""

from functools import partial

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import initializers, updates
from symgen.activations import leaky_relu
from symgen.errors import DtypeError, RangeError, SettingsError, ShapeError, UnknownNameError
from symgen.layers import Dense, Sequential


@pytest.fixture
def x():
    return pt.matrix("x", dtype="float32")


def test_dense_is_an_affine_map_and_an_activation(x, rng):
    layer = Dense(3, 2, "tanh", b=partial(initializers.constant, value=0.5), rng=rng)
    x_value = rng.standard_normal((4, 3)).astype("float32")
    got = layer(x).eval({x: x_value}, mode="FAST_COMPILE")
    np.testing.assert_allclose(got, np.tanh(x_value @ layer.W.get_value() + 0.5), rtol=1e-5)
    assert got.dtype == "float32"


def test_activation_and_initializers_by_name_or_function(x, rng):
    by_name = Dense(3, 2, "relu", W="he_normal", b="ones", rng=np.random.default_rng(1))
    by_function = Dense(
        3, 2, lambda z: 2 * z, W=initializers.he_normal, rng=np.random.default_rng(1)
    )
    np.testing.assert_array_equal(by_name.W.get_value(), by_function.W.get_value())
    np.testing.assert_array_equal(by_name.b.get_value(), [1, 1])
    got = by_function(x).eval({x: np.ones((1, 3), "float32")}, mode="FAST_COMPILE")
    np.testing.assert_allclose(got[0], 2 * by_function.W.get_value().sum(axis=0), rtol=1e-5)


def test_params(rng, monkeypatch):
    layer = Dense(3, 2, rng=rng, name="encoder")
    assert [param.name for param in layer.params] == ["encoder.W", "encoder.b"]
    assert [param.type.shape for param in layer.params] == [(3, 2), (2,)]
    assert [param.dtype for param in layer.params] == ["float32", "float32"]
    assert Dense(3, 2, rng=rng, dtype="float64").W.dtype == "float64"
    monkeypatch.setenv("SYMGEN_FLOATX", "float64")
    assert Dense(3, 2, rng=rng).b.dtype == "float64"


def test_same_seed_same_values():
    layers = [Dense(3, 2, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)]
    first, again, other = [layer.W.get_value() for layer in layers]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_narrow_data_are_cast(rng):
    layer = Dense(3, 2, rng=rng)
    assert layer(pt.matrix("pixels", dtype="uint8")).dtype == "float32"
    assert Dense(3, 2, rng=rng, dtype="float64")(pt.fmatrix()).dtype == "float64"


def test_sequential(x, rng):
    hidden = Dense(3, 4, "relu", rng=rng, name="hidden")
    output = Dense(4, 2, rng=rng, name="output")
    network = Sequential([hidden, pt.sqr, output])
    x_value = rng.standard_normal((5, 3)).astype("float32")
    got = network(x).eval({x: x_value}, mode="FAST_COMPILE")
    expected = np.maximum(x_value @ hidden.W.get_value(), 0) ** 2 @ output.W.get_value()
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
    assert network.params == [*hidden.params, *output.params]
    nested = Sequential([network, Dense(2, 1, rng=rng, name="last")])
    assert len(nested.params) == 6


def test_a_layer_used_twice_is_trained_once(rng):
    layer = Dense(3, 3, rng=rng)
    tied = Sequential([layer, layer])
    assert tied.params == layer.params
    updates.sgd(tied(pt.fmatrix()).sum(), tied.params)


def test_a_network_learns(rng):
    """XOR, which takes a hidden layer."""
    x, y = pt.fmatrix("x"), pt.fmatrix("y")
    network = Sequential(
        [
            Dense(2, 8, "tanh", rng=rng, name="hidden"),
            Dense(8, 1, rng=rng, name="output"),
        ]
    )
    loss = pt.sqr(network(x) - y).mean()
    step = pytensor.function(
        [x, y],
        loss,
        updates=updates.adam(loss, network.params, learning_rate=0.05),
        mode="FAST_COMPILE",
    )
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    for _ in range(300):
        last = step(inputs, np.array([[0], [1], [1], [0]], "float32"))
    assert last.dtype == "float32" and last < 0.01


def test_repr(rng):
    hidden = Dense(784, 128, partial(leaky_relu, alpha=0.1), rng=rng, name="hidden")
    assert repr(hidden) == "Dense(784 -> 128, leaky_relu(alpha=0.1), name='hidden')"
    network = Sequential([Dense(3, 2, "relu", rng=rng), Sequential([np.tanh])])
    assert repr(network) == (
        "Sequential(\n"
        "    Dense(3 -> 2, relu, name='dense'),\n"
        "    Sequential(\n"
        "        tanh,\n"
        "    ),\n"
        ")"
    )


@pytest.mark.parametrize(
    "error, message, call",
    [
        (RangeError, "input_dim >= 1", lambda rng: Dense(0, 2, rng=rng)),
        (RangeError, "output_dim >= 1", lambda rng: Dense(2, -3, rng=rng)),
        (DtypeError, "output_dim", lambda rng: Dense(2, 3.0, rng=rng)),
        (DtypeError, "default_rng", lambda rng: Dense(2, 3, rng=1)),
        (UnknownNameError, "'relu'", lambda rng: Dense(2, 3, "rellu", rng=rng)),
        (UnknownNameError, "'he_normal'", lambda rng: Dense(2, 3, W="henormal", rng=rng)),
        (
            ShapeError,
            "dense.W",
            lambda rng: Dense(2, 3, W=lambda shape, rng, dtype: np.ones(3), rng=rng),
        ),
        (ShapeError, r"\(batch, 2\)", lambda rng: Dense(2, 3, rng=rng)(pt.fvector())),
        (ShapeError, "Flatten", lambda rng: Dense(2, 3, rng=rng)(pt.ftensor4())),
        (ShapeError, "this width", lambda rng: Dense(2, 3, rng=rng)(np.ones((5, 3), "float32"))),
        (DtypeError, r"x\.astype\('float32'\)", lambda rng: Dense(2, 3, rng=rng)(pt.dmatrix())),
        (DtypeError, "int64", lambda rng: Dense(2, 3, rng=rng)(pt.lmatrix())),
        (
            ShapeError,
            "this width",
            lambda rng: Sequential(
                [Dense(2, 3, rng=rng, name="a"), Dense(4, 3, rng=rng, name="b")]
            )(pt.fmatrix()),
        ),
        (DtypeError, "called", lambda rng: Sequential([3])),
        (
            SettingsError,
            "dense.W, dense.b",
            lambda rng: Sequential([Dense(2, 2, rng=rng), Dense(2, 2, rng=rng)]),
        ),
    ],
)
def test_bad_input_has_a_named_error(error, message, call, rng):
    with pytest.raises(error, match=message):
        call(rng)


def test_sequential_without_layers_is_the_identity():
    x = pt.matrix("x")
    assert Sequential([])(x) is x
    assert Sequential([]).params == []
