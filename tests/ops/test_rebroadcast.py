import numpy as np
import pytensor.tensor as pt
import pytest
from compile_on import BACKENDS, compile_on
from pytensor.gradient import verify_grad

from symgen.errors import RangeError, ShapeError
from symgen.ops.rebroadcast import Rebroadcast


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_stay_and_promises_are_checked(backend):
    x = pt.dmatrix("x")
    f = compile_on(backend, [x], Rebroadcast((0, True))(x) * 2)
    np.testing.assert_array_equal(f(np.ones((1, 3))), 2 * np.ones((1, 3)))
    with pytest.raises(ValueError, match="supposed to be"):
        f(np.ones((2, 3)))
    g = compile_on(backend, [x], Rebroadcast((1, False))(pt.specify_shape(x, (None, 1))) + 1)
    np.testing.assert_array_equal(g(np.ones((2, 1))), 2 * np.ones((2, 1)))


def test_types():
    x = pt.drow("x")
    hidden = Rebroadcast((0, False))(x)
    assert hidden.type.broadcastable == (False, False)
    assert Rebroadcast((0, True))(hidden).type.broadcastable == (True, False)
    assert Rebroadcast((1, False))(x).type == x.type
    assert pt.grad(hidden.sum(), x).type.broadcastable == (True, False)


def test_gradient():
    verify_grad(lambda x: Rebroadcast((0, True))(x) ** 2, [np.array([[1.0, 2]])], rng=np.random)


def test_errors():
    with pytest.raises(ShapeError, match="axis 2"):
        Rebroadcast((2, True))(pt.dmatrix())
    with pytest.raises(ShapeError, match="length 1 along axis 0"):
        Rebroadcast((0, True))(pt.ones((3, 2)))
    with pytest.raises(RangeError, match="pairs of an axis"):
        Rebroadcast((-1, True))
