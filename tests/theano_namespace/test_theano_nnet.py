"""``theano.tensor.nnet`` against values and gradients recorded from Theano 1.0.5."""

from pathlib import Path

import numpy as np
import pytensor
import pytest

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen import backends
from symgen.errors import DtypeError, ShapeError

GOLDEN = np.load(Path(__file__).resolve().parents[1] / "data" / "theano_nnet_golden.npz")
nnet = T.nnet

# Entry of the recording -> the expression that Theano computed.
EXPRESSIONS = {
    "e212": lambda x: nnet.softmax(x),
    "e213": lambda x: nnet.softmax(x),
    "e214": lambda x: nnet.softmax(x),
    "e216": lambda x: nnet.logsoftmax(x),
    "e217": lambda x: nnet.logsoftmax(x),
    "e221": lambda p, y: nnet.categorical_crossentropy(p, y),
    "e222": lambda p, t: nnet.categorical_crossentropy(p, t),
    "e223": lambda x, y: nnet.categorical_crossentropy(nnet.softmax(x), y),
    "e224": lambda p, t: nnet.binary_crossentropy(p, t),
    "e225": lambda x, t: nnet.sigmoid_binary_crossentropy(x, t),
    "e231": lambda p, y: nnet.crossentropy_categorical_1hot(p, y),
    "e239": lambda x: nnet.sigmoid(x),
    "e240": lambda x: nnet.ultra_fast_sigmoid(x),
    "e241": lambda x: nnet.hard_sigmoid(x),
    "e242": lambda x: nnet.softplus(x),
    "e243": lambda x: nnet.softsign(x),
    "e244": lambda x: nnet.relu(x),
    "e245": lambda x: nnet.elu(x),
    "e246": lambda x: nnet.selu(x),
    "e247": lambda x: nnet.relu(x, 0.1),
    "e248": lambda x, a: nnet.relu(x, alpha=a),
    "e249": lambda x: nnet.elu(x, 0.5),
    "e250": lambda x: nnet.sigmoid(x),
}


@pytest.fixture(autouse=True)
def fast_compile():
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        yield


@pytest.mark.parametrize("entry", EXPRESSIONS)
def test_nnet_is_what_theano_computed(entry):
    names = EXPRESSIONS[entry].__code__.co_varnames
    values = {name: GOLDEN[f"{entry}_in_{name}"] for name in names}
    variables = {
        name: T.tensor(dtype=value.dtype.name, shape=(None,) * value.ndim)
        for name, value in values.items()
    }
    output = EXPRESSIONS[entry](**variables)
    wanted = GOLDEN[f"{entry}_out"]
    assert output.dtype == wanted.dtype and output.ndim == wanted.ndim
    grads = [name for name in names if f"{entry}_grad_{name}" in GOLDEN]
    outputs = [output]
    if grads:
        cost = (output * GOLDEN[f"{entry}_cot"]).sum()
        outputs += theano.grad(cost, [variables[name] for name in grads])
    found = theano.function(list(variables.values()), outputs)(*values.values())
    np.testing.assert_allclose(found[0], wanted, rtol=1e-9, atol=1e-12)
    for name, grad in zip(grads, found[1:]):
        recorded = GOLDEN[f"{entry}_grad_{name}"]
        finite = np.isfinite(recorded)  # Theano's elu had a NaN gradient where exp overflows
        np.testing.assert_allclose(grad[finite], recorded[finite], rtol=1e-9, atol=1e-12)
        assert np.isfinite(grad).all()


@pytest.mark.parametrize("optimizer", [None, "fast_run"])
def test_elu_gradient_is_finite_where_theano_overflowed(optimizer):
    x = T.dvector("x")
    gradient = theano.grad(nnet.elu(x).sum(), x)
    slope = theano.function([x], gradient, mode=theano.Mode("py", optimizer))
    np.testing.assert_array_equal(slope([800.0, 0.0, -800.0]), [1.0, 1.0, 0.0])


def test_relu_slope_at_zero_is_theanos():
    x = T.dscalar("x")
    assert theano.function([x], theano.grad(nnet.relu(x), x))(0.0) == 0.5
    leaky = theano.function([x], theano.grad(nnet.relu(x, 0.2), x))
    assert leaky(0.0) == pytest.approx(0.6) and leaky(-1.0) == pytest.approx(0.2)


@pytest.mark.parametrize(
    "activation",
    ["relu", "elu", "softsign", "softplus", "sigmoid", "hard_sigmoid", "ultra_fast_sigmoid"],
)
def test_activations_keep_float32(activation):
    assert getattr(nnet, activation)(T.fmatrix()).dtype == "float32"


@pytest.mark.parametrize("name", ["hard_sigmoid", "ultra_fast_sigmoid", "relu", "softsign"])
def test_activations_of_integers_are_floatx(name):
    assert getattr(nnet, name)(T.ivector()).dtype == "float64"


def test_sigmoid_binary_crossentropy_is_finite_and_exact_far_out():
    x, t = T.dvector("x"), T.dvector("t")
    loss = nnet.sigmoid_binary_crossentropy(x, t)
    f = theano.function([x, t], [loss, theano.grad(loss.sum(), x)])
    value, grad = f([1000.0, -1000.0, 40.0], [0.0, 1.0, 1.0])
    np.testing.assert_allclose(value, [1000.0, 1000.0, np.log1p(np.exp(-40.0))], rtol=1e-12)
    np.testing.assert_allclose(grad, [1.0, -1.0, -1 / (1 + np.exp(40.0))], rtol=1e-9)


def test_softmax_of_a_vector_is_a_row():
    assert nnet.softmax(T.dvector()).type.broadcastable == (True, False)
    assert nnet.logsoftmax(T.dvector()).type.broadcastable == (True, False)


@pytest.mark.parametrize("function", [nnet.softmax, nnet.logsoftmax])
def test_softmax_refuses_what_theano_refused(function):
    with pytest.raises(ShapeError, match="vector or a matrix"):
        function(T.dtensor3())
    with pytest.raises(DtypeError, match="float"):
        function(T.imatrix())


def test_categorical_crossentropy_refuses_what_does_not_fit():
    with pytest.raises(ShapeError, match="classes"):
        nnet.categorical_crossentropy(T.dmatrix(), T.iscalar())
    with pytest.raises(DtypeError, match="integers"):
        nnet.categorical_crossentropy(T.dmatrix(), T.dvector())


@pytest.mark.parametrize("backend", ["FAST_COMPILE", "py", "c", "numba", "jax", "torch"])
def test_a_negative_class_of_a_cross_entropy_is_refused(backend):
    # As by Theano 1.0.5, which had an Op for these; what has none there wraps.
    if backend in ("jax", "torch"):
        pytest.importorskip(backend)
    mode = backend if backend == "FAST_COMPILE" else backends.select(backend, "cpu")
    x, y = T.fmatrix("x"), T.ivector("y")
    rows = T.arange(y.shape[0])
    mean = -T.mean(T.log(nnet.softmax(x))[rows, y])
    refused = {
        "log of a softmax": mean,
        "its gradient": theano.grad(mean, x),
        "logarithm of a part": -T.log(nnet.softmax(x)[rows, y]),
        "categorical_crossentropy": nnet.categorical_crossentropy(nnet.softmax(x), y),
        "gradient of that": theano.grad(nnet.categorical_crossentropy(nnet.softmax(x), y).sum(), x),
    }
    if backend == "numba":  # which takes long to compile: one is enough
        refused = {name: refused[name] for name in ("its gradient",)}
    z = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    good, bad = np.int32([0, 1, 3]), np.int32([0, 1, -1])
    for name, output in refused.items():
        compiled = theano.function([x, y], output, mode=mode)
        compiled(z, good)
        with pytest.raises(ValueError, match="y_i value out of bounds"):
            pytest.fail(f"{name}: {compiled(z, bad)}")
    wraps = theano.function([x, y], [x[rows, y], nnet.logsoftmax(x)[rows, y]], mode=mode)
    for result, expected in zip(wraps(z, bad), wraps(z, good), strict=True):
        np.testing.assert_array_equal(result, expected)


def test_negative_classes_are_refused_where_theanos_ops_refused_them():
    x, b, y = T.dmatrix(), T.dvector(), T.lvector()
    entropies = T.nnet.crossentropy_softmax_argmax_1hot_with_bias(x, b, y)[0]
    slope = T.nnet.crossentropy_softmax_1hot_with_bias_dx(b, x, y)
    for mode in ("FAST_COMPILE", "FAST_RUN"):
        for output in (entropies, slope):
            f = theano.function([x, b, y], output, mode=mode)
            f(np.eye(2), [0.0, 1.0], [0, 1])
            with pytest.raises(ValueError, match="out of bounds"):
                f(np.eye(2), [0.0, 1.0], [0, -1])
