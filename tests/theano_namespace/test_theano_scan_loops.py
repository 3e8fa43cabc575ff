"""``theano.scan`` and its kin: the pair of outputs and updates, and graphs mapped over."""

import numpy as np
import pytest

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen.theano.scan_module.scan_utils import isNaN_or_Inf_or_None, map_variables
from symgen.theano.updates import OrderedUpdates

PY = theano.Mode("py", "fast_compile")


def test_scan_returns_ordered_updates():
    v, n = T.dvector("v"), theano.shared(0)
    out, updates = theano.scan(lambda x, acc: (acc + x, {n: n + 1}), v, np.float64(1.0))
    assert type(updates) is OrderedUpdates and list(updates) == [n]
    f = theano.function([v], out, updates=updates, mode=PY)
    np.testing.assert_allclose(f([1.0, 2.0, 3.0]), [2.0, 4.0, 7.0])
    assert n.get_value() == 3


def test_map_and_folds():
    v = T.dvector("v")
    (mapped, _), (last, _) = theano.map(lambda x: x**2, v), theano.reduce(T.maximum, v, v[0])
    (left, _) = theano.foldl(lambda x, acc: acc * 10 + x, v, np.float64(0.0))
    (right, updates) = theano.foldr(lambda x, acc: acc * 10 + x, v, np.float64(0.0))
    assert updates == {}
    f = theano.function([v], [mapped, last, left, right], mode=PY)
    mapped, *rest = f([1.0, 3.0, 2.0])
    assert mapped.tolist() == [1.0, 9.0, 4.0] and rest == [3.0, 132.0, 231.0]


def test_the_op_of_a_loop():
    v = T.dvector("v")
    out, _ = theano.scan(lambda x: x + 1, v)
    node = next(n for n in theano.gof.graph.list_of_nodes([v], [out]) if hasattr(n.op, "info"))
    assert len(node.op.inputs) == len(node.op.outputs) == 1
    assert node.op.outer_seqs(node) == node.op.outer_seqs(node.inputs)


def test_updates_merge_when_they_agree():
    a, b = theano.shared(1), theano.shared(2)
    one, two = OrderedUpdates({a: 5}), OrderedUpdates([(b, 7)])
    assert one + two == {a: 5, b: 7} and one + one == {a: 5}
    two[a] = 8
    with pytest.raises(KeyError):
        one + two
    with pytest.raises(TypeError):
        one["a"] = 1
    with pytest.raises(TypeError):
        OrderedUpdates({"a": 1})


def test_map_variables_goes_into_loops_and_graphs():
    outer, s, a, c = T.dscalar("outer"), theano.shared(4.0), T.dscalar("a"), T.dscalar("c")

    def linear(variable):
        is_exp = variable.owner is not None and variable.owner.op == T.exp
        return variable.owner.inputs[0] * outer * s if is_exp else variable

    graph = theano.OpFromGraph([a], [T.exp(a) + 1])(c)
    loop, _ = theano.map(lambda x: T.exp(x) + 1, T.stack([c, c + 1]))
    new = map_variables(linear, [T.exp(c) * 2, graph, loop])
    plain, graph, loop = theano.function([c, outer], new, mode=PY)(3.0, 0.5)
    assert (plain, graph) == (12.0, 7.0)
    np.testing.assert_allclose(loop, [7.0, 9.0])


def test_clone_and_numbers():
    x, y = T.dscalars("x", "y")
    new = theano.clone(x**2, replace={x: y + 1})
    assert theano.function([y], new, mode=PY)(2.0) == 9.0
    with pytest.raises(ValueError):
        theano.clone(x, replace=3)
    assert isNaN_or_Inf_or_None(None) and isNaN_or_Inf_or_None(np.inf)
    assert not isNaN_or_Inf_or_None(1.0)


@pytest.fixture
def examples():
    theano.config.compute_test_value = "raise"
    yield
    theano.config.compute_test_value = "off"


def test_expressions_are_computed_while_they_are_built(examples):
    x, w = T.dmatrix("x"), theano.shared(np.ones((3, 2)))
    with pytest.raises(ValueError, match="Cannot compute test value"):
        x * 2
    x.tag.test_value = np.ones((4, 3))
    y = T.dot(x, w)
    np.testing.assert_array_equal(y.tag.test_value, np.full((4, 2), 3.0))
    np.testing.assert_array_equal(theano.grad(y.sum(), w).tag.test_value, np.full((3, 2), 4.0))
    with pytest.raises(ValueError):
        T.dot(w, x)
    np.testing.assert_array_equal(
        theano.function([x], y, mode=PY)(np.ones((1, 3))), [[3.0, 3.0]]
    )
    z = T.dvector("z")
    z.tag.test_value = np.ones(3, "float32") * 1j
    with pytest.raises(TypeError, match="test value does not have the requested type"):
        T.exp(z)


def test_loops_are_computed_while_they_are_built(examples):
    v, k = T.dvector("v"), T.iscalar("k")
    v.tag.test_value, k.tag.test_value = np.array([1.0, 2.0]), np.int32(3)
    inside = []

    def power(acc, x):
        inside.append(acc.tag.test_value)
        return acc * x

    out, _ = theano.scan(power, outputs_info=T.ones_like(v), non_sequences=v, n_steps=k)
    np.testing.assert_array_equal(out[-1].tag.test_value, [1.0, 8.0])
    np.testing.assert_array_equal(inside[0], [1.0, 1.0])
    gradient = theano.function([v, k], theano.grad(out[-1].sum(), v), mode=PY)
    np.testing.assert_array_equal(gradient([1.0, 2.0], 3), [3.0, 12.0])


def test_off_computes_nothing_and_warn_warns():
    x = T.dscalar("x")
    x.tag.test_value = 1.0
    assert not hasattr((x + 1).tag, "test_value")
    with theano.config.change_flags(compute_test_value="warn"):
        with pytest.warns(UserWarning, match="Cannot compute test value"):
            T.dscalar("y") + 1
        assert theano.gof.op.get_debug_values(x) == [1.0]
        assert (x + 1).tag.test_value == 2.0
    with pytest.raises(ValueError):
        theano.config.compute_test_value = "sometimes"
