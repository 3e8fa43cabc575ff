"""``theano.function``: default values, states, dicts, and access to what a function holds."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytensor
import pytest

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen import backends
from symgen.errors import NotSupportedError
from symgen.theano.compile.function_module import Function, GeneralFunction


@pytest.fixture(autouse=True)
def fast_compile():
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        yield


def test_default_value_is_back_after_each_call():
    x, a = T.dscalars("x", "a")
    f = theano.function([x, theano.In(a, value=3.0)], x * a)
    assert f(2.0) == 6.0
    assert f(2.0, 5.0) == 10.0
    assert f(2.0) == 6.0
    assert f(2.0, a=-1.0) == -2.0
    with pytest.raises(TypeError):
        f(np.zeros(3))
    assert f(2.0) == 6.0
    assert f.defaults[1] == (False, True, 3.0)


def test_state_is_kept_and_reached_by_brackets():
    x, s = T.dscalars("x", "s")
    f = theano.function([x, theano.In(s, value=10.0, update=s + x)], s)
    assert [float(f(1.0)), float(f(2.0))] == [10.0, 11.0]
    assert f["s"] == f[s] == f.value[s] == f[1] == 13.0
    f["s"] = 0.5
    assert f.container[s].storage[0] == 0.5
    assert f(1.0) == 0.5
    assert s in f and T.dscalar("z") not in f
    with pytest.raises(TypeError, match="Unknown input or state: t"):
        f["t"]
    g = theano.function([x, theano.In(s, value=f.container[s], update=s * x)], s)
    g(4.0)  # the state is f's, and g may not be given it
    assert f["s"] == 6.0
    with pytest.raises(TypeError, match="implicit"):
        g(4.0, 1.0)


def test_same_name_twice_is_ambiguous():
    f = theano.function([T.dscalar("x"), T.dscalar("x")], [], on_unused_input="ignore")
    with pytest.raises(TypeError, match="Ambiguous name"):
        f["x"]


def test_tuples_as_inputs():
    x, s = T.dscalars("x", "s")
    f = theano.function([("given", x), ((s, s + x), 1.0)], s)
    assert [float(f(2.0)), float(f(given=1.0)), float(f["s"])] == [1.0, 3.0, 4.0]
    with pytest.raises(NotImplementedError, match="tuples"):
        theano.function([(x, 1.0)], x, updates=[(theano.shared(0.0), x)])
    with pytest.raises(TypeError, match="Constant"):
        theano.function([(x, 1.0), T.constant(1.0)], x)


def test_dict_of_outputs():
    x = T.dscalar("x")
    f = theano.function([x], {"b": x + 1, "a": x * 2})
    assert f(3.0) == {"a": 6.0, "b": 4.0}
    assert list(f(3.0)) == ["a", "b"]
    assert f(3.0, output_subset=["b"]) == {"b": 4.0}
    assert f.output_keys == ["a", "b"]
    with pytest.raises(AssertionError):
        theano.function([x], {1: x})


def test_output_subset_of_a_list_does_all_updates():
    x, s = T.dscalar("x"), theano.shared(0.0)
    f = theano.function([x], [x, x + 1, x + 2], updates=[(s, s + x)])
    assert f(1.0, output_subset=[2, 0]) == [3.0, 1.0]
    assert s.get_value() == 1.0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_copies_have_values_of_their_own(duplicate):
    x, s = T.dscalars("x", "s")
    inputs = [x, theano.In(s, value=1.0, update=s + x)]
    f = theano.function(inputs, {"out": s}, name="sum")
    f(2.0)
    g = duplicate(f)
    assert g(0.0) == {"out": 3.0} and g(1.0) == {"out": 3.0}
    assert f["s"] == 3.0 and g["s"] == 4.0
    assert type(g) is GeneralFunction and g.name == "sum"


@pytest.mark.parametrize("backend", ["c", "py"])
def test_a_fast_function_is_pickled_for_another_process(backend, tmp_path):
    x, w = T.dmatrix("x"), theano.shared(np.eye(2))
    path, _ = theano.scan(lambda a: a + w.sum(), outputs_info=x.sum(), n_steps=3)
    f = theano.function([x], path, updates=[(w, w + 1)], mode=backends.select(backend))
    (tmp_path / "f.pkl").write_bytes(pickle.dumps(f))
    read = "import pickle, sys; f = pickle.load(open(sys.argv[1], 'rb')); f([[1]]); print(f([[1]]))"
    command = [sys.executable, "-c", read, tmp_path / "f.pkl"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed == "[ 7. 13. 19.]\n"
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(f))([[1.0]]), [3, 5, 7])


def test_copy_returns_a_list_as_theanos_did():
    x = T.dscalar("x")
    f = theano.function([x], x + 1)
    assert type(f) is Function
    assert f.copy()(1.0) == [2.0]


def test_name_is_where_it_was_called():
    f = theano.function([], T.constant(1.0))
    assert f.name.partition(":")[0] == __file__
    x = T.fscalar("x")
    f = theano.function([x], x, name="f")
    with pytest.raises(TypeError, match='Bad input argument to theano function with name "f" at index 0'):
        f(np.zeros(2))


def test_integers_that_do_not_fit():
    x = T.bscalar("x")
    with pytest.raises(TypeError):
        theano.function([x], x)(300)
    f = theano.function([x], x, allow_input_downcast=True)
    assert f(300) == 44 and f([[300]][0][0]) == 44
    assert pickle.loads(pickle.dumps(f))(300) == 44


def test_param_is_in_with_other_names():
    x = T.dscalar("x")
    with pytest.warns(UserWarning, match="deprecated"):
        given = theano.Param(x, default=2.0)
    assert theano.function([given], x)() == 2.0


def test_shared_forms():
    assert theano.shared(np.array(["a"])).type is theano.generic
    assert theano.shared([1]).get_value() == [1]
    with pytest.raises(TypeError, match="symbolic"):
        theano.shared(T.dscalar())
    with pytest.raises(NotSupportedError, match="cuda"):
        theano.shared(1.0, target="cuda0")

    class Mine:
        value = 5.0

    def construct(value, **kwargs):
        if not isinstance(value, Mine):
            raise TypeError("not mine")
        return theano.shared(value.value)

    theano.compile.shared_constructor(construct)
    try:
        assert theano.shared(Mine()).get_value() == 5.0
        assert theano.shared(1.0).get_value() == 1.0
    finally:
        theano.compile.shared_constructor(construct, remove=True)


def test_del_default_update():
    x = theano.shared(0)
    x.default_update = x + 1
    theano.function([], x)()
    del x.default_update
    theano.function([], x)()
    assert x.get_value() == 1


def test_op_from_graph_overrides():
    x, y = T.dvectors("x", "y")

    def gradient(inputs, gradients):
        return [gradients[0] * inputs[1] * 2, gradients[0] * inputs[0] * 3]

    def rop(inputs, points):
        return [points[0] * 5 + points[1] * 7]

    w = theano.shared(np.array([10.0, 20.0]))
    op = theano.OpFromGraph([x, y], [x * y], grad_overrides=gradient, rop_overrides=rop)
    plain = theano.OpFromGraph([x], [x * w], inline=True)
    out = op(x, y)
    results = [out, *theano.grad(out.sum(), [x, y]), theano.Rop(out, [x, y], [x, y])]
    results += [plain(x), theano.grad(plain(x).sum(), w)]
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    found = theano.function([x, y], results)(a, b)
    expected = [a * b, 2 * b, 3 * a, 5 * a + 7 * b, a * [10, 20], a]
    np.testing.assert_allclose(found, expected)
    with pytest.raises(ValueError, match="exclusive"):
        theano.OpFromGraph([x], [x], grad_overrides=gradient, lop_overrides=gradient)


def test_an_array_as_an_update_may_change_the_shape():
    w = theano.shared(np.zeros((2, 3), "float32"))
    theano.function([], updates=[(w, np.ones((1, 3), "float32"))])()
    np.testing.assert_array_equal(w.get_value(), np.ones((1, 3)))
    theano.function([], updates={w: w + 1})()
    assert w.get_value().shape == (1, 3)


def test_none_is_a_value_where_an_op_takes_it():
    x, y = T.dscalars("xy")
    f = theano.function([x, y], T.default(x, y))
    assert f(1, 2) == 1 and f(None, 2) == 2
    n, m = T.iscalars("nm")
    np.testing.assert_array_equal(theano.function([n, m], T.eye(n, m))(3, None), np.eye(3))
    with pytest.raises(TypeError):
        theano.function([x], x * 2)(None)


def test_grad_takes_variables_only():
    x = T.dscalar("x")
    with pytest.raises(TypeError, match="'x'"):
        T.grad(x**2, "x")
    with pytest.raises(TypeError, match="'x'"):
        T.grad(x**2, [x, "x"])


def test_the_length_of_a_typed_list_is_a_variable():
    many = theano.typed_list.TypedListType(T.dvector)()
    assert theano.function([many], many.__len__())([[1.0], [2.0]]) == 2
    with pytest.raises(TypeError):
        len(many)


@pytest.mark.parametrize("linker", ["vm", "vm_nogc"])
@pytest.mark.parametrize("trust", [False, True])
def test_a_function_of_several_outputs_calls_like_one(trust, linker):
    # It has a call of its own, as quick as PyTensor's, where no memory is given back.
    mode = theano.Mode(linker, "fast_compile")
    x, y = T.dvector("x"), T.dvector("y")
    count = theano.shared(0.0)
    f = theano.function([x, y], [x + y, x - y], updates=[(count, count + 1)], mode=mode)
    f.trust_input = trust
    ones, twos = np.ones(2), np.full(2, 2.0)
    total, difference = f(ones, twos)
    np.testing.assert_array_equal(total, [3, 3])
    np.testing.assert_array_equal(difference, [-1, -1])
    assert len(f(ones, y=twos)) == 2 and float(count.get_value()) == 2
    assert [out.tolist() for out in f(ones, twos, output_subset=[1])] == [[-1, -1]]
    with pytest.raises(ValueError, match="exception_verbosity"):  # says where
        f(ones, np.ones(3))
    assert float(count.get_value()) == 3  # a call that failed changes nothing


def test_a_function_of_several_outputs_is_profiled():
    x = T.dvector("x")
    f = theano.function([x], [x + 1, x * 2], profile=True)
    f(np.ones(2))
    assert f.profile.fct_callcount == 1
