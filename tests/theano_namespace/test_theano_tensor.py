"""``theano.tensor``: constructors, Ops, methods of variables, functions in place."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad
from pytensor.link.basic import PerformLinker

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen.errors import NotSupportedError, ShapeError
from symgen.theano.tensor import inplace, opt

A = np.arange(6.0).reshape(2, 3)


@pytest.fixture(autouse=True)
def fast_compile():
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        yield


def value(*outputs, **givens):
    """The numbers of expressions without inputs."""
    results = pytensor.function([], list(outputs))()
    return results[0] if len(results) == 1 else results


def test_variables_are_true_and_comparisons_have_no_truth():
    x = T.fvector("x")
    assert x and (None or x) is x and bool(T.eq(x, x)) and bool(T.constant(0))
    for comparison in (x < 1, x <= 1, x > 1, x >= 1):
        with pytest.raises(TypeError, match="boolean"):
            bool(comparison)


def test_methods_take_theanos_arguments():
    x, shape = T.constant(A), T.lvector()
    assert x.reshape((3, -1), 2).ndim == 2 and x.reshape(shape, ndim=3).ndim == 3
    index, choices = T.constant([1, 0]), T.constant([[1, 2], [3, 4]])
    for method in (
        index.choose(choices, None, "raise"),
        index.choose(choices, mode="wrap"),
        index.choose(choices, "wrap"),
    ):
        np.testing.assert_array_equal(value(method), [3, 2])
    with pytest.raises(NotSupportedError, match="out"):
        index.choose(choices, out=x)
    np.testing.assert_array_equal(value(x.__div__(2), x.__rdiv__(12.0))[0], A / 2)
    assert T.zeros((2, 2)).get_scalar_constant_value() == 0
    assert T.fmatrix().type.value_zeros((2, 1)).dtype == "float32"


def test_tensor_type_takes_patterns():
    by_bool = T.TensorType("float32", (False, True), "t")
    assert by_bool.shape == (None, 1) and by_bool.name == "t" and type(by_bool) is pt.TensorType
    assert T.TensorType("float32", broadcastable=[0, 1]) == by_bool
    assert T.TensorType(dtype="float32", shape=(None, 1)) == by_bool
    assert T.TensorType("int8", ()).ndim == 0
    assert T.TensorType("int8", (None, 3)).shape == (None, 3)
    assert isinstance(pt.dmatrix().type, T.TensorType) and not isinstance(3, T.TensorType)
    assert issubclass(pt.TensorType, T.TensorType) and not issubclass(int, T.TensorType)

    class Mine(T.TensorType):
        pass

    assert type(Mine("int8", (False,))) is Mine and issubclass(Mine, pt.TensorType)
    assert not isinstance(pt.dmatrix().type, Mine)
    with pytest.raises(TypeError, match="broadcastable"):
        T.TensorType("int8")
    with pytest.raises(NotSupportedError, match="sparse_grad"):
        T.TensorType("int8", (False,), sparse_grad=True)


def test_ops_are_constructed_and_called_as_in_theano():
    x, row = T.dmatrix("x"), np.ones((1, 3))
    shuffled = T.DimShuffle((False, False), ("x", 1, 0))(x)
    assert isinstance(shuffled.owner.op, T.DimShuffle) and shuffled.broadcastable[0]
    joined = T.Join()(0, x, row)
    first, second = T.Split(2)(x, 1, [1, 2])
    checked = T.SpecifyShape()(x, [2, 3])
    assert isinstance(checked.owner.op, T.SpecifyShape)
    largest, where = T.MaxAndArgmax([1])(x)
    diagonal = T.AllocDiag(1)(x[0])
    outputs = [shuffled, joined, first, second, checked, largest, where, diagonal]
    expected = [
        A.T[None],
        np.concatenate([A, row]),
        A[:, :1],
        A[:, 1:],
        A,
        A.max(1),
        A.argmax(1),
        np.diag(A[0], 1),
    ]
    for got, wanted in zip(pytensor.function([x], outputs)(A), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    made = joined.owner.op, first.owner.op, largest.owner.op
    for op, theanos in zip(made, (T.Join, T.Split, T.MaxAndArgmax), strict=True):
        assert isinstance(op, theanos)
    with pytest.raises(ValueError, match="drop"):
        T.DimShuffle((False, True), (1,))
    with pytest.raises(ValueError, match=r"same|twice|duplicate|more than once|repeated"):
        T.DimShuffle((False,), (0, 0))(T.dvector())
    with pytest.raises(NotSupportedError, match="view"):
        T.Join(view=0)


def test_shapes_by_vector_are_checked_when_the_function_runs():
    x, shape = T.dmatrix("x"), T.ivector("shape")
    for specify in (T.SpecifyShape(), T.specify_shape):
        f = pytensor.function([x, shape], specify(x, shape))
        np.testing.assert_array_equal(f(A, [2, 3]), A)
        for wrong in ([3, 2], [6], [2, 3, 1]):
            with pytest.raises(AssertionError):
                f(A, wrong)
    with pytest.raises(AssertionError, match="2 lengths"):
        T.SpecifyShape()(x, [2])


def test_former_ops_compute_as_numpy():
    x = T.dmatrix("x")
    outputs = [
        T.Tri()(3, 4, 1),
        T.Tri("int8")(2, 3, -1),
        T.Tile(2)(x, [2, 1]),
        T.Flatten()(x),
        T.Flatten(2)(x),
        T.Mean()(x),
        T.Mean(1)(x),
        T.mean(x, axis=0, op=True),
        T.Tile(2)(x, [2, 1]).shape,
        T.Mean(0)(x).shape,
        T.Flatten()(x).shape,
        T.Tri()(3, 4, 1).shape,
    ]
    expected = [
        np.tri(3, 4, 1),
        np.tri(2, 3, -1, "int8"),
        np.tile(A, (2, 1)),
        A.ravel(),
        A,
        2.5,
        [1.0, 4.0],
        [1.5, 2.5, 3.5],
        [4, 3],
        [3],
        [6],
        [3, 4],
    ]
    for got, wanted in zip(pytensor.function([x], outputs)(A), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert outputs[1].dtype == "int8" and outputs[5].dtype == "float64"
    verify_grad(lambda v: T.Flatten()(v) ** 2, [A], rng=np.random.default_rng(1))
    with pytest.raises(ShapeError, match="integer"):
        T.Tri()(3, 4.0, 1)
    with pytest.raises(ValueError, match="rank 2"):
        T.Flatten(3)(x)
    with pytest.raises(NotImplementedError, match="float64"):
        T.mean(x, dtype="float32", op=True)


def test_inplace_functions_overwrite_their_first_argument():
    x, y = T.dvector("x"), T.dvector("y")
    numbers, others = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])
    cases = {
        "add_inplace": numbers + others,
        "chi2sf_inplace": np.exp(-numbers / 2),  # two degrees of freedom
        "true_div_inplace": numbers / 2,
        "second_inplace": others,
    }
    for name, expected in cases.items():
        f = pytensor.function([x, y], getattr(inplace, name)(x, y), accept_inplace=True)
        given = numbers.copy()
        np.testing.assert_allclose(f(given, others), expected, rtol=1e-14)
        np.testing.assert_allclose(given, expected, rtol=1e-14)
        assert str(getattr(inplace, name)) == name
    for name, expected in {"deg2rad_inplace": np.radians, "rad2deg_inplace": np.degrees}.items():
        f = pytensor.function([x], getattr(inplace, name)(x), accept_inplace=True)
        given = numbers.copy()
        f(given)
        np.testing.assert_allclose(given, expected(numbers), rtol=1e-15)


def test_bessel_and_chi_squared():
    v, x = T.dvector("v"), T.dvector("x")
    numbers, halves = np.array([0.5, 1.0, 2.0]), np.full(3, 0.5)
    expected = np.sqrt(2 / (np.pi * numbers)) * np.sinh(numbers)  # the order one half
    f = pytensor.function([v, x], inplace.iv_inplace(v, x), accept_inplace=True)
    np.testing.assert_allclose(f(halves.copy(), numbers), expected, rtol=1e-13)
    np.testing.assert_allclose(value(T.iv(halves, numbers)), expected, rtol=1e-13)
    tail = T.chi2sf(numbers.astype("float32"), np.float32(2))
    assert tail.dtype == "float64"
    np.testing.assert_allclose(value(tail), np.exp(-numbers / 2), rtol=1e-14)
    slope = theano.scalar.iv(theano.scalar.constant(0.5), s := theano.scalar.float64())
    slope = theano.grad(slope, s)
    derivative = np.sqrt(2 / (np.pi * 2)) * (np.cosh(2) - np.sinh(2) / 4)
    np.testing.assert_allclose(pytensor.function([s], slope)(2.0), derivative, rtol=1e-13)


def test_dot_of_lengths_that_do_not_fit_fails_when_it_runs():
    for a, b in (((5, 4), (6, 7)), ((5,), (6,)), ((2, 3, 4), (2, 5, 6)), ((5,), (6, 4))):
        x, y = T.TensorType("float64", shape=a)(), T.TensorType("float64", shape=b)()
        f = pytensor.function([x, y], T.dot(x, y))
        with pytest.raises(ValueError):
            f(np.ones(a), np.ones(b))
    np.testing.assert_array_equal(value(T.dot(A, A.T)), A @ A.T)
    for scalar in (T.dscalar(), T.dtensor3()):
        with pytest.raises(TypeError, match="vectors or matrices"):
            T.Dot()(scalar, T.dvector())
    np.testing.assert_array_equal(value(T.Dot()(A, A[0])), A @ A[0])
    assert isinstance(T.dot(A, A.T).owner.op, T.Dot)


def test_plural_constructors_name_each_letter():
    x, y = T.scalars("xy")
    assert (x.name, y.name) == ("x", "y")
    assert [v.name for v in T.matrices("a", "b", "c")] == ["a", "b", "c"]
    assert [v.name for v in T.vectors(["a", "b"])] == ["a", "b"]
    assert [v.dtype for v in T.vectors(2, dtype="int8")] == ["int8", "int8"]
    assert T.vectors("a").name == "a"


def test_names_of_results():
    x = T.dmatrix("x")
    assert T.transpose(x).name == "x.T" and T.transpose(T.dvector("v")).name == "v.T"
    assert T.transpose(T.dmatrix()).name is None
    np.testing.assert_array_equal(value(T.transpose(A, (0, 1))), A)
    assert str(T.sgn) == "Elemwise{sgn,no_inplace}" and str(T.conj) == "Elemwise{conj,no_inplace}"
    assert T.sgn == pt.sign and hash(T.sgn) == hash(pt.sign)
    assert isinstance(T.true_div(x, x).owner.op, T.Elemwise)


def test_broadcastable_there_and_back_is_the_variable():
    x = T.dmatrix("x")
    assert T.unbroadcast(T.addbroadcast(x, 0), 0) is x
    assert T.addbroadcast(T.addbroadcast(x, 0), 1).owner.inputs == [x]
    assert T.addbroadcast(T.addbroadcast(x, 0), 1).broadcastable == (True, True)


def test_axes_of_max_and_argmax():
    x = T.constant(A)
    assert value(T.max(x, axis=T.NoneConst)) == 5
    assert value(T.max(x, axis=[0, 0])).tolist() == [3, 4, 5]
    largest, where = value(*T.max_and_argmax(T.constant(7.0)))
    assert largest == 7 and where == 0
    assert value(T.argmin(T.constant(7.0))) == 0


def test_stack_of_single_arguments_is_deprecated():
    x = T.constant(A)
    with pytest.warns(DeprecationWarning, match="stack"):
        old = T.stack(x, x)
    np.testing.assert_array_equal(value(old), np.stack([A, A]))


def test_tile_with_too_many_repetitions_fails_when_it_runs():
    x, reps = T.dmatrix("x"), T.ivector("reps")
    f = pytensor.function([x, reps], T.tile(x, reps, 3))
    np.testing.assert_array_equal(f(A, [2, 1]), np.tile(A, (1, 2, 1)))
    with pytest.raises(AssertionError, match="at most ndim"):
        f(A, [1, 1, 1, 1])


def test_star_import_brings_what_theano_had_imported():
    names = {}
    exec("from symgen.theano.tensor import *", names)
    assert names["theano"] is theano and names["np"] is np
    assert names["compile"] is theano.compile and names["exp"] is T.exp
    assert "importlib" not in names


def test_linkers_make_functions():
    x, y = T.dvectors("xy")
    graph = theano.gof.FunctionGraph([x, y], [x % y])
    f = PerformLinker().accept(graph).make_function()
    np.testing.assert_array_equal(f(np.array([5.0, 7.0]), np.array([3.0, 4.0])), [2.0, 3.0])
    with pytest.raises(TypeError, match="2 arguments"):
        f(np.array([5.0]))


def test_make_vector_and_asarray():
    np.testing.assert_array_equal(value(opt.make_vector(1, 2, 3)), [1, 2, 3])
    with theano.change_flags(floatX="float32"):
        assert theano._asarray([1], "floatX").dtype == "float32"
    assert theano._asarray([1], "int8").dtype == "int8"


def test_transfer_type():
    integer, real = theano.scalar.int8, theano.scalar.float32
    assert theano.scalar.transfer_type(1, None, integer)(integer, real) == [real, real, integer]
    add = theano.scalar.Add(theano.scalar.transfer_type(0))
    x = T.bvector("x")
    assert T.Elemwise(add)(x, x + 1.5).dtype == "int8"
    with pytest.raises(TypeError, match="numbers"):
        theano.scalar.transfer_type("int8")


def test_join_and_split_along_an_axis_that_the_values_say():
    x, y, axis = T.dmatrix("x"), T.dmatrix("y"), T.lscalar("axis")
    outputs = [T.join(axis, x, y), T.concatenate([x, y], axis), T.Join()(axis, x, y)]
    f = pytensor.function([x, y, axis], outputs)
    for k in (0, 1, -1, -2):
        for got in f(A, A + 1, k):
            np.testing.assert_array_equal(got, np.concatenate([A, A + 1], k))
    np.testing.assert_array_equal(f(A, A[:, :1], 1)[0], np.concatenate([A, A[:, :1]], 1))
    cut = [*T.split(x, [1, 1], 2, axis), *T.Split(2)(x, axis, [1, 1])]
    g = pytensor.function([x, axis], cut)
    for k in (0, 1):
        square = A[:, :2]
        for got, wanted in zip(g(square, k), np.split(square, 2, k) * 2, strict=True):
            np.testing.assert_array_equal(got, wanted)
    for wrong in (2, -3):
        with pytest.raises((IndexError, ValueError)):
            f(A, A, wrong)
    slope = pytensor.function([x, y, axis], theano.grad((T.join(axis, x, y) ** 2).sum(), y))
    np.testing.assert_array_equal(slope(A, A + 1, 0), 2 * (A + 1))


def test_permute_row_elements_there_and_back():
    x, order, back = T.dmatrix("x"), T.lvector("order"), T.lscalar("back")
    outputs = [T.PermuteRowElements()(x, order, back), T.permute_row_elements(x, order, 1)]
    f = pytensor.function([x, order, back], outputs)
    permutation = np.array([2, 0, 1])
    np.testing.assert_array_equal(f(A, permutation, 0)[0], A[:, permutation])
    for got in f(A, permutation, 1):
        np.testing.assert_array_equal(got, A[:, np.argsort(permutation)])


def test_axes_are_normalized():
    x = T.dmatrix()
    assert T.basic.check_and_normalize_axes(x, None) == []
    assert T.basic.check_and_normalize_axes(x, [-1, 0, 1]) == [0, 1]
    assert T.basic.check_and_normalize_axes(x, T.constant(-2)) == [0]
    with pytest.raises(ValueError, match="valid axis"):
        T.basic.check_and_normalize_axes(x, 2)
    with pytest.raises(TypeError, match="integer"):
        T.basic.check_and_normalize_axes(x, [0.5])


def test_helpers_of_optimisations():
    assert opt.encompasses_broadcastable((False, False), (True,))
    assert not opt.encompasses_broadcastable((True,), (False,))
    assert not opt.encompasses_broadcastable((False,), (False, False))
    assert opt.merge_broadcastables([(True, False), (True, True)]) == [True, False]
    assert opt.is_inverse_pair(T.Flatten(), T.Mean(), (T.Mean, T.Flatten))
    assert not opt.is_inverse_pair(T.Mean(), T.Mean(), (T.Mean, T.Flatten))
    x = T.dmatrix("x")
    graph = theano.gof.FunctionGraph([x], [x + 1], clone=False)
    filled = opt.broadcast_like(np.float32(2), x, graph)
    np.testing.assert_array_equal(pytensor.function([x], filled)(A), np.full((2, 3), 2.0))
    assert filled.type == x.type and opt.broadcast_like(x, x, graph) is x
    with pytest.raises(NotImplementedError, match="template"):
        opt.broadcast_like(1.0, T.dmatrix(), graph)
    twice = T.Rebroadcast((0, False))(T.Rebroadcast((0, True))(x))
    assert opt.apply_rebroadcast_opt(twice) is x and opt.apply_rebroadcast_opt(x) is x


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "FAST_RUN", "cvm", None])
def test_assignments_broadcast_when_they_run(mode):
    # Theano 1.0.5 does; PyTensor's rewrites gave the shape of the row.
    a, b = T.fmatrix("a"), T.fmatrix("b")
    x, row = np.arange(6, dtype="float32").reshape(2, 3), np.float32([[7, 8, 9]])
    loop, _ = theano.map(lambda part, b: T.set_subtensor(part[:], b), [T.shape_padleft(a)], [b])
    outputs = [T.set_subtensor(a[:], b), T.inc_subtensor(a[0:], b), T.set_subtensor(a[:2], b)[:2]]
    mode = theano.Mode(mode, "fast_run") if mode == "cvm" else mode
    results = theano.function([a, b], [*outputs, loop[0]], mode=mode)(x, row)
    both = np.broadcast_to(row, x.shape)
    for result, expected in zip(results, [both, x + row, both, both], strict=True):
        np.testing.assert_array_equal(result, expected)


def test_an_assignment_of_known_length_is_replaced():
    a, b = T.fmatrix("a"), T.fscalar("b")
    for whole, y in ((T.zeros_like(a)[:], 2 * a), (a[:], b)):
        f = theano.function([a, b], T.set_subtensor(whole, y), on_unused_input="ignore")
        assert not any("Subtensor" in str(node.op) for node in f.maker.fgraph.toposort())
