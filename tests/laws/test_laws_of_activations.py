"""Laws of every activation in the table."""

import pytensor
import pytensor.tensor as pt
import pytest
from finite_differences import assert_gradient

from symgen.activations import ACTIVATIONS

pytestmark = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)


@pytest.fixture(autouse=True)
def plain_softmax():
    """PyTensor compiles the inside of a softmax by its configuration, whatever the mode."""
    with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        yield


def test_shape(activation, rng):
    for shape in (3,), (2, 3), (2, 3, 4):
        x = pt.constant(rng.standard_normal(shape))
        assert activation(x).eval(mode="FAST_COMPILE").shape == shape


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_of_value_and_gradient(activation, dtype, floatx):
    with pytensor.config.change_flags(floatX=floatx):
        x = pt.matrix("x", dtype=dtype)
        y = activation(x)
        assert y.dtype == dtype
        assert pt.grad(pt.sqr(y).sum(), x).dtype == dtype


def test_gradient(activation, rng):
    x = pt.matrix("x", dtype="float64")
    weights = pt.constant(rng.standard_normal((3, 4)))
    cost = (weights * activation(x)).sum()
    assert_gradient(cost, [x], {x: 2 * rng.standard_normal((3, 4))})
