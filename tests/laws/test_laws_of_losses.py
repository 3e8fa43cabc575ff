"""Laws of every loss: one row is the loss and how to draw its arguments."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from finite_differences import assert_gradient

from symgen import losses


def real(rng, shape):
    return rng.standard_normal(shape)


def unit(rng, shape):
    return rng.uniform(0.05, 0.95, shape)


LOSSES = {
    "binary_cross_entropy_with_logits": (losses.binary_cross_entropy_with_logits, [real, unit]),
    "binary_cross_entropy": (losses.binary_cross_entropy, [unit, unit]),
    "bernoulli_log_prob": (losses.bernoulli_log_prob, [unit, real]),
    "gaussian_log_prob": (losses.gaussian_log_prob, [real, real, real]),
    "squared_error": (losses.squared_error, [real, real]),
    "mean_squared_error": (losses.mean_squared_error, [real, real]),
    "gaussian_kl": (losses.gaussian_kl, [real, real]),
    "gaussian_kl_between": (losses.gaussian_kl_between, [real, real, real, real]),
}

pytestmark = pytest.mark.parametrize("loss, arguments", LOSSES.values(), ids=LOSSES)


@pytest.mark.parametrize("shape", [(5,), (5, 3), (5, 2, 3)], ids=str)
def test_one_value_per_example(loss, arguments, shape, rng):
    """Each value is that of its example alone."""
    values = [draw(rng, shape) for draw in arguments]
    batch = loss(*map(pt.constant, values)).eval(mode="FAST_COMPILE")
    assert batch.shape == (5,)
    alone = loss(*[pt.constant(value[2:3]) for value in values]).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(alone, batch[2:3], rtol=1e-12)


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_of_value_and_gradient(loss, arguments, dtype, floatx):
    with pytensor.config.change_flags(floatX=floatx):
        variables = [pt.matrix(dtype=dtype) for _ in arguments]
        value = loss(*variables)
        assert value.dtype == dtype
        assert {g.dtype for g in pt.grad(value.mean(), variables)} == {dtype}


def test_gradient(loss, arguments, rng):
    variables = [pt.matrix(f"x{i}", dtype="float64") for i in range(len(arguments))]
    givens = {var: draw(rng, (3, 2)) for var, draw in zip(variables, arguments)}
    assert_gradient(loss(*variables).sum(), variables, givens)
