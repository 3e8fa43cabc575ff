"""One row of a slice, squeezed, is that row, whichever way the slice goes; on every backend."""

import importlib.util

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import backends

HERE = [
    name
    for name in ("c", "numba", "py", "jax", "torch")
    if name not in ("jax", "torch") or importlib.util.find_spec(name)
]
X = np.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize("backend", HERE)
def test_a_squeezed_slice_is_numpys(backend):
    x = pt.tensor("x", dtype="float64", shape=(4, 3))
    cuts = [np.s_[:-2:-1], np.s_[:1], np.s_[-1:], np.s_[3:2:-1], np.s_[2:3], np.s_[0::-1], np.s_[::4]]
    rows = [x[cut].squeeze(0) + 1 for cut in cuts]
    columns = [x[:, :-2:-1].squeeze(1), x[1:3, ::-3].squeeze(1)]
    f = pytensor.function([x], [*rows, *columns], mode=backends.select(backend))
    right = [X[cut].squeeze(0) + 1 for cut in cuts]
    right += [X[:, :-2:-1].squeeze(1), X[1:3, ::-3].squeeze(1)]
    for got, expected in zip(f(X), right, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_squeezed_slice_in_the_theano_namespace_is_numpys():
    import theano
    import theano.tensor as T

    x = T.dmatrix("x")
    last = theano.function([x], T.addbroadcast(x[:-2:-1], 0).dimshuffle(1))
    np.testing.assert_array_equal(last(X), X[-1])
