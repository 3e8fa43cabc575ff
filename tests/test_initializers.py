"""Initializers: their distributions, bounds and seeds."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from symgen import initializers as I
from symgen.errors import DtypeError, RangeError, ShapeError

SHAPE = (300, 200)
FILTERS = (40, 30, 3, 5)  # fan_in 450, fan_out 600


@pytest.mark.parametrize(
    "name, shape, variance",
    [
        ("glorot_uniform", SHAPE, 2 / 500),
        ("glorot_normal", SHAPE, 2 / 500),
        ("he_uniform", SHAPE, 2 / 300),
        ("he_normal", SHAPE, 2 / 300),
        ("lecun_uniform", SHAPE, 1 / 300),
        ("lecun_normal", SHAPE, 1 / 300),
        ("glorot_uniform", FILTERS, 2 / 1050),
        ("he_normal", FILTERS, 2 / 450),
    ],
)
def test_distribution(name, shape, variance, rng):
    """Kolmogorov-Smirnov against the paper's distribution, with and without a gain."""
    for gain in 1.0, 3.0:
        values = I.INITIALIZERS[name](shape, rng, "float64", gain=gain).ravel()
        std = gain * np.sqrt(variance)
        if name.endswith("uniform"):
            limit = std * np.sqrt(3)
            distribution = stats.uniform(-limit, 2 * limit)
            assert abs(values).max() <= limit
        else:
            distribution = stats.norm(0, std)
        assert stats.kstest(values, distribution.cdf).pvalue > 1e-3
        np.testing.assert_allclose(values.std(), std, rtol=0.02)


def test_normal_and_uniform_take_their_parameters(rng):
    values = partial(I.normal, mean=2.0, std=0.5)(SHAPE, rng, "float64")
    assert stats.kstest(values.ravel(), stats.norm(2.0, 0.5).cdf).pvalue > 1e-3
    values = I.uniform(SHAPE, rng, "float64", low=-1.0, high=3.0)
    assert stats.kstest(values.ravel(), stats.uniform(-1.0, 4.0).cdf).pvalue > 1e-3


@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (20, 20), (10, 3, 2, 2)])
def test_orthogonal(shape, rng):
    matrix = I.orthogonal(shape, rng, "float64", gain=2.0).reshape(shape[0], -1)
    small = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-12)


def test_orthogonal_is_uniform(rng):
    """Without the signs of R the first element of Q would always be negative."""
    corners = [I.orthogonal((2, 2), rng)[0, 0] for _ in range(200)]
    assert 60 < np.sum(np.array(corners) > 0) < 140


def test_constants():
    np.testing.assert_array_equal(I.zeros((2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(I.ones(4, None, "float64"), np.ones(4))
    np.testing.assert_array_equal(I.constant((2,), value=0.25), [0.25, 0.25])


@pytest.mark.parametrize(
    "error, message, call",
    [
        (ShapeError, "positive integers", lambda rng: I.zeros((2, 0))),
        (ShapeError, "positive integers", lambda rng: I.normal((2, -1), rng)),
        (ShapeError, "positive integers", lambda rng: I.normal((2.0, 1), rng)),
        (ShapeError, "two dimensions", lambda rng: I.glorot_uniform((3,), rng)),
        (ShapeError, "two dimensions", lambda rng: I.orthogonal((3,), rng)),
        (DtypeError, "default_rng", lambda rng: I.normal((3,), 1)),
        (DtypeError, "default_rng", lambda rng: I.orthogonal((3, 3), None)),
        (DtypeError, "floating", lambda rng: I.zeros((3,), rng, "int32")),
        (RangeError, "std > 0", lambda rng: I.normal((3,), rng, std=-1.0)),
        (RangeError, "high - low", lambda rng: I.uniform((3,), rng, low=1.0, high=0.0)),
        (RangeError, "gain > 0", lambda rng: I.he_normal((3, 3), rng, gain=0.0)),
    ],
)
def test_bad_input_has_a_named_error(error, message, call, rng):
    with pytest.raises(error, match=message):
        call(rng)
