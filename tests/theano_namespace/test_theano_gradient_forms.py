"""``theano.gradient`` and ``theano.ifelse`` in Theano's forms."""

import numpy as np
import pytest

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen.theano.gradient import consider_constant, format_as
from symgen.theano.ifelse import IfElse, ifelse

PY = theano.Mode("py", "fast_compile")


def test_consider_constant_stops_the_gradient():
    x = T.dscalar("x")
    kept = consider_constant(x**2)
    f = theano.function([x], [kept * x, theano.grad(kept * x, x)], mode=PY)
    assert f(3.0) == [27.0, 9.0]
    assert theano.function([x], theano.grad(consider_constant(x), x), mode=PY)(3.0) == 0.0


def test_rop_is_the_ops_own():
    class Own(theano.Op):
        __props__ = ()
        itypes = otypes = (T.dvector,)

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0] * 2

        def grad(self, inputs, gradients):
            return [gradients[0] * 2]

        def R_op(self, inputs, points):
            return [points[0] * 7]  # not the derivative, to be told from it

    x, v = T.dvectors("x", "v")
    own = Own()(x)
    f = theano.function([x, v], theano.Rop([own, T.cumsum(x), x**2], x, v), mode=PY)
    found = f([1.0, 2.0], [3.0, 4.0])
    np.testing.assert_allclose(found, [[21.0, 28.0], [3.0, 7.0], [6.0, 16.0]])


def test_lop_is_the_transposed_product():
    x, v = T.dvectors("x", "v")
    f = theano.function([x, v], theano.Lop(T.cumsum(x**2), x, v), mode=PY)
    np.testing.assert_allclose(f([1.0, 2.0], [3.0, 4.0]), [14.0, 16.0])


def test_format_as():
    assert format_as(True, False, 1) == [1] and format_as(False, True, [1]) == (1,)
    assert format_as(False, False, [1]) == 1
    with pytest.raises(AssertionError):
        format_as(True, True, [1])


def test_ifelse_computes_one_branch():
    c, x, y = T.iscalar("c"), T.dvector("x"), T.dvector("y")
    out = ifelse(c, x + 1, y * 2)
    assert isinstance(out.owner.op, IfElse)
    f = theano.function([c, x, y], out, mode=PY)
    assert f(1, [1.0], [5.0]) == [2.0] and f(0, [1.0], [5.0]) == [10.0]
    with pytest.raises(TypeError, match="length 1"):
        ifelse(c, T.drow(), T.dmatrix())
