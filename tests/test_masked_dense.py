"""MaskedDense and the masks of autoregressive networks."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import backends
from symgen.errors import RangeError, ShapeError
from symgen.layers import MaskedDense, Sequential, autoregressive_mask, spread_degrees


def test_masked_dense_is_an_affine_map_of_the_kept_weights(rng):
    mask = np.array([[1, 0], [1, 1], [0, 1]])
    layer = MaskedDense(3, 2, mask, "tanh", rng=rng, dtype="float64")
    x_value = rng.standard_normal((4, 3))
    x = pt.dmatrix("x")
    expected = np.tanh(x_value @ (layer.W.get_value() * mask))
    np.testing.assert_allclose(layer(x).eval({x: x_value}, mode="FAST_COMPILE"), expected)
    gradient = pytensor.grad(layer(x).sum(), layer.W).eval({x: x_value}, mode="FAST_COMPILE")
    np.testing.assert_array_equal(gradient != 0, mask == 1)


def test_a_shared_mask_can_be_changed(rng):
    mask = pytensor.shared(np.zeros((3, 2), "float32"), name="mask")
    layer = MaskedDense(3, 2, mask, rng=rng)
    x = pt.fmatrix("x")
    f = pytensor.function([x], layer(x), mode="FAST_COMPILE")
    assert not f(np.ones((1, 3), "float32")).any()
    mask.set_value(np.ones((3, 2), "float32"))
    np.testing.assert_allclose(f(np.eye(3, dtype="float32")), layer.W.get_value(), rtol=1e-6)
    assert layer.params == [layer.W, layer.b]


@pytest.mark.parametrize("hidden", [(5,), (7, 2, 6)])
def test_output_d_sees_the_inputs_before_d_and_the_context(hidden, rng):
    inputs, context = [1, 2, 3, 4], [0, 0]
    degrees = [[*inputs, *context], *(spread_degrees(n, 0, 3) for n in hidden)]
    layers = []
    for k, (below, above) in enumerate(zip(degrees, [*degrees[1:], inputs], strict=True)):
        mask = autoregressive_mask(below, above, strict=k == len(hidden))
        layers.append(
            MaskedDense(*mask.shape, mask, "tanh", rng=rng, name=f"layer{k}", dtype="float64")
        )
    network = Sequential(layers)
    x = pt.dvector("x")
    jacobian = pytensor.gradient.jacobian(network(x[None, :])[0], x)
    value = jacobian.eval({x: rng.standard_normal(6)}, mode=backends.select("py"))
    assert not value[np.triu_indices(4)].any()
    assert value[:, 4:].all()
    if len(hidden) == 1:
        assert value[np.tril_indices(4, -1)].all()


def test_degrees_are_spread_evenly():
    np.testing.assert_array_equal(spread_degrees(4, 1, 2), [1, 1, 2, 2])
    np.testing.assert_array_equal(spread_degrees(3, 0, 9), [0, 3, 6])
    np.testing.assert_array_equal(spread_degrees(2, 0, 0), [0, 0])
    with pytest.raises(RangeError, match="context"):
        spread_degrees(4, 1, 0)


def test_masks_that_cannot_be(rng):
    with pytest.raises(ShapeError, match=r"\(3, 2\)"):
        MaskedDense(3, 2, np.ones((2, 3)), rng=rng)
    with pytest.raises(ShapeError, match=r"\(3, 2\)"):
        MaskedDense(3, 2, np.ones(6), rng=rng)
    with pytest.raises(RangeError, match="0 and 1"):
        MaskedDense(3, 2, np.full((3, 2), 0.5), rng=rng)
