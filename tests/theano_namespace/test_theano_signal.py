"""``theano.tensor.signal``: pooling and convolution under their older names and classes."""

import numpy as np
import pytest

import symgen.theano.tensor as T
from symgen import theano
from symgen.errors import ShapeError
from symgen.theano.tensor.signal import conv, downsample, pool

X = np.random.default_rng(2).normal(size=(2, 5, 6))


def compiled(inputs, outputs):
    return theano.function(inputs, outputs, mode="FAST_COMPILE")


def test_older_pooling_function_and_class():
    x = T.dtensor3()
    whole = downsample.max_pool_2d(x, (2, 3), ignore_border=True)
    with pytest.warns(UserWarning, match="ignore_border"):
        cut = downsample.max_pool_2d(x, (2, 2))
    mean = downsample.DownsampleFactorMax((2, 2), True, st=(1, 2), mode="average_exc_pad")(x)
    found = compiled([x], [whole, cut, mean])(X)
    np.testing.assert_array_equal(found[0], X[:, :4].reshape(2, 2, 2, 2, 3).max((2, 4)))
    np.testing.assert_array_equal(found[1][:, 2], X[:, 4].reshape(2, 3, 2).max(2))
    np.testing.assert_allclose(found[2][:, 1, 2], X[:, 1:3, 4:].mean((1, 2)))
    assert downsample.DownsampleFactorMax.out_shape((5, 6), (2, 2), True) == [2, 3]
    assert isinstance(whole.owner.op, downsample.DownsampleFactorMax)


def test_derivative_of_pooling_along_a_direction():
    x, v = T.dtensor3(), T.dtensor3()
    f = compiled([x, v], pool.MaxPoolRop(True)(x, v, (2, 2)))
    V = np.random.default_rng(3).normal(size=X.shape)
    step = 1e-7
    first = X[:, :4].reshape(2, 2, 2, 3, 2)
    moved = (X + step * V)[:, :4].reshape(2, 2, 2, 3, 2)
    slope = (moved.max((2, 4)) - first.max((2, 4))) / step
    np.testing.assert_allclose(f(X, V), slope, rtol=1e-6, atol=1e-6)


def test_convolution_of_plain_images():
    x, w = T.dtensor3(), T.dmatrix()
    f = compiled([x, w], conv.conv2d(x, w, (2, 5, 6), (2, 2), "full", (2, 1)))
    W = np.array([[1.0, 2.0], [3.0, 4.0]])
    padded = np.pad(X, [(0, 0), (1, 1), (1, 1)])
    wanted = sum(
        W[1 - i, 1 - j] * padded[:, i : i + 6, j : j + 7] for i in range(2) for j in range(2)
    )
    np.testing.assert_allclose(f(X, W), wanted[:, ::2])
    with pytest.raises(ShapeError, match="filters"):
        f(X, np.ones((3, 2)))
    with pytest.raises(ShapeError, match="2 or 3 axes"):
        conv.conv2d(T.dtensor4(), w)
