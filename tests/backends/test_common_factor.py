"""Sums of products with a common factor are one product on the C backend."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import backends


def _products(f):
    names = [type(node.op).__name__ for node in f.maker.fgraph.toposort()]
    return sum(name.startswith(("Dot", "Gemm")) for name in names)


A, B, C = (pt.matrix(name, dtype="float64") for name in "abc")


@pytest.mark.parametrize(
    ("sum_of", "right", "products"),
    [
        (lambda a, b, c: pt.dot(a, b) + pt.dot(a, c), lambda a, b, c: a @ b + a @ c, 1),
        (lambda a, b, c: pt.dot(b.T, a.T) + pt.dot(c.T, a.T), lambda a, b, c: (a @ b + a @ c).T, 1),
        (lambda a, b, c: pt.dot(a, b) + 1 + pt.dot(a, c), lambda a, b, c: a @ b + a @ c + 1, 1),
        # factors that are not the same
        (lambda a, b, c: pt.dot(a, b) + pt.dot(a.T.T * 2, c), lambda a, b, c: a @ b + 2 * a @ c, 2),
    ],
)
def test_a_common_factor_is_taken_out(sum_of, right, products, rng):
    f = pytensor.function([A, B, C], sum_of(A, B, C), mode=backends.select("c"))
    values = [rng.normal(size=shape) for shape in ((3, 4), (4, 5), (4, 5))]
    np.testing.assert_allclose(f(*values), right(*values), rtol=1e-12)
    assert _products(f) == products


def test_a_product_that_is_needed_by_itself_stays(rng):
    both = [pt.dot(A, B), pt.dot(A, B) + pt.dot(A, C)]
    f = pytensor.function([A, B, C], both, mode=backends.select("c"))
    a, b, c = (rng.normal(size=shape) for shape in ((3, 4), (4, 5), (4, 5)))
    one, total = f(a, b, c)
    np.testing.assert_allclose(one, a @ b, rtol=1e-12)
    np.testing.assert_allclose(total, a @ b + a @ c, rtol=1e-12)
    assert _products(f) == 2


def test_a_layer_used_twice_has_one_product_for_its_gradient(rng):
    """A penalty on the slopes of a layer beside a loss of its output: one forwards, one backwards."""
    W = pytensor.shared(rng.normal(size=(4, 5)), name="W")
    loss = pt.tanh(pt.dot(A, W)).sum() + (1 - pt.tanh(pt.dot(A, W)) ** 2).sum() ** 2
    f = pytensor.function([A], pytensor.grad(loss, W), mode=backends.select("c"))
    a = rng.normal(size=(3, 4))
    h = np.tanh(a @ W.get_value())
    slope = 1 - h**2
    expected = a.T @ (slope + 2 * slope.sum() * -2 * h * slope)
    np.testing.assert_allclose(f(a), expected, rtol=1e-10)
    assert _products(f) == 2
