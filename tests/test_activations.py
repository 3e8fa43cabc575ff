"""Activations against SciPy and closed forms, and at their edges."""

import math

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy import special

from symgen import activations as A
from symgen.errors import DtypeError

FORMULAS = {
    "linear": lambda x: x,
    "relu": lambda x: np.where(x > 0, x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),
    "selu": lambda x: 1.05070098735548
    * np.where(x > 0, x, 1.67326324235438 * (np.exp(np.minimum(x, 0)) - 1)),
    "gelu": lambda x: x * special.ndtr(x),
    "softplus": lambda x: np.logaddexp(0, x),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "softmax": lambda x: special.softmax(x, axis=-1),
    "log_softmax": lambda x: special.log_softmax(x, axis=-1),
}


@pytest.fixture(autouse=True)
def plain_softmax():
    """PyTensor compiles the inside of a softmax by its configuration, whatever the mode."""
    with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        yield


def test_every_activation_has_a_formula():
    assert set(FORMULAS) == set(A.ACTIVATIONS)


@pytest.mark.parametrize("name", FORMULAS)
def test_values(name, rng):
    x = np.concatenate([3 * rng.standard_normal((4, 5)), [[0.0, 1.0, -1.0, 0.5, -0.5]]])
    got = A.ACTIVATIONS[name](pt.constant(x)).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(got, FORMULAS[name](x), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FORMULAS)
def test_extreme_inputs_have_finite_values_and_gradients(name, dtype):
    x = pt.matrix("x", dtype=dtype)
    y = A.ACTIVATIONS[name](x)
    as_written = Mode("py", optimizer=None)  # rewrites would save a naive elu
    f = pytensor.function([x], [y, pt.grad(y.sum(), x)], mode=as_written)
    x_value = np.array([[-1000.0, -100.0, 0.0, 100.0, 1000.0]], dtype=dtype)
    with np.errstate(over="ignore", under="ignore"):
        value, gradient = f(x_value)
        expected = FORMULAS[name](x_value.astype("float64"))
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-38)


@pytest.mark.parametrize("name", FORMULAS)
def test_nan_is_not_hidden(name):
    x = np.full((1, 2), np.nan)
    assert np.isnan(A.ACTIVATIONS[name](pt.constant(x)).eval(mode="FAST_COMPILE")).all()


def gradient_at(activation, x_value):
    x = pt.vector("x", dtype="float64")
    gradient = pt.grad(activation(x).sum(), x)
    return gradient.eval({x: np.asarray(x_value)}, mode="FAST_COMPILE")


def test_gradients_at_zero():
    np.testing.assert_array_equal(gradient_at(A.relu, [0.0]), [0.0])
    np.testing.assert_array_equal(gradient_at(A.leaky_relu, [0.0]), [0.2])
    np.testing.assert_array_equal(gradient_at(A.elu, [0.0]), [1.0])


def test_parameters():
    x = pt.constant(np.array([-1.0, 2.0]))
    leaky = A.leaky_relu(x, alpha=0.01).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(leaky, [-0.01, 2.0])
    elu = A.elu(x, alpha=2.0).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(elu, [2 * (math.exp(-1) - 1), 2.0])
    matrix = pt.constant(np.array([[1.0, 2.0], [3.0, 5.0]]))
    for softmax in A.softmax, lambda x, axis: pt.exp(A.log_softmax(x, axis)):
        columns = softmax(matrix, axis=0).eval(mode="FAST_COMPILE")
        np.testing.assert_allclose(columns.sum(axis=0), [1.0, 1.0])


@pytest.mark.parametrize("name", FORMULAS)
def test_integers_are_refused(name):
    with pytest.raises(DtypeError, match="astype"):
        A.ACTIVATIONS[name](pt.matrix("x", dtype="int32"))
