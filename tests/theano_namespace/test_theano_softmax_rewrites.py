"""The Ops of a softmax and its cross-entropy that functions of the namespace are rewritten to."""

import numpy as np
import pytest
import theano
import theano.tensor as T
from pytensor.tensor.special import softmax
from theano import gof
from theano.tensor import nnet

from symgen import backends

CROSSENTROPY = nnet.crossentropy_softmax_argmax_1hot_with_bias
SLOPE = nnet.crossentropy_softmax_1hot_with_bias_dx

# How programs write the cross-entropy of softmax(z) with the classes y.
FORMS = {
    "logarithm of a part": lambda z, y: -T.log(nnet.softmax(z)[T.arange(y.shape[0]), y]),
    "part of a logarithm": lambda z, y: -T.log(nnet.softmax(z))[T.arange(y.shape[0]), y],
    "rows of the softmax": lambda z, y: (
        lambda p: -T.log(p[T.arange(p.shape[0]), y])
    )(nnet.softmax(z)),
    "categorical_crossentropy": lambda z, y: nnet.categorical_crossentropy(nnet.softmax(z), y),
    "crossentropy_categorical_1hot": lambda z, y: nnet.crossentropy_categorical_1hot(
        nnet.softmax(z), y
    ),
    "crossentropy_softmax_1hot": lambda z, y: nnet.crossentropy_softmax_1hot(z, y)[0],
}
X = np.random.default_rng(3).normal(size=(5, 4))
B, Y = np.linspace(-1, 1, 4), np.array([3, 0, 1, 1, 2], "int32")


@pytest.fixture(params=["py", "c"])
def mode(request):
    return backends.select(request.param)


def softmax_by_hand(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def crossentropy_by_hand(z, y):
    z = z - z.max(axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]


def ops_of(function):
    return [node.op for node in function.maker.fgraph.toposort()]


@pytest.mark.parametrize("form", FORMS)
def test_a_cross_entropy_and_its_gradient_are_a_node_each(form, mode):
    x, b, y = T.dmatrix(), T.dvector(), T.ivector()
    cost = FORMS[form](x + b, y).mean()
    value = theano.function([x, b, y], cost, mode=mode)
    assert CROSSENTROPY in ops_of(value)
    np.testing.assert_allclose(value(X, B, Y), crossentropy_by_hand(X + B, Y).mean(), rtol=1e-14)

    slopes = theano.function([x, b, y], T.grad(cost, [x, b]), mode=mode)
    assert SLOPE in ops_of(slopes) and nnet.softmax_with_bias in ops_of(slopes)
    by_hand = (softmax_by_hand(X + B) - np.eye(4)[Y]) / len(Y)
    np.testing.assert_allclose(slopes(X, B, Y)[0], by_hand, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(slopes(X, B, Y)[1], by_hand.sum(axis=0), rtol=1e-13, atol=1e-16)

    both = theano.function([x, b, y], [cost, T.grad(cost, x)], mode=mode)
    assert {CROSSENTROPY, SLOPE} <= set(map(_plain, ops_of(both)))
    assert nnet.softmax_with_bias not in ops_of(both)  # the cross-entropy has computed it
    assert value(X, B, Y) == both(X, B, Y)[0]


def _plain(op):
    return next((known for known in (CROSSENTROPY, SLOPE) if known == op), op)


@pytest.mark.parametrize("form", FORMS)
def test_without_a_bias_it_is_exact_far_out(form, mode):
    x, y = T.dmatrix(), T.ivector()
    far, classes = np.array([[1e3, -1e3, 0.0], [-1e3, 1e3, 0.0]]), np.array([1, 2], "int32")
    cost = FORMS[form](x, y).sum()
    value, slope = theano.function([x, y], [cost, T.grad(cost, x)], mode=mode)(far, classes)
    assert value == 3000
    np.testing.assert_array_equal(slope, [[1, -1, 0], [0, 1, -1]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("index", ["int8", "uint8", "int64"])
def test_the_c_code_is_right_for_rows_of_many_lengths(dtype, index):
    x, b, y = T.matrix(dtype=dtype), T.vector(dtype=dtype), T.vector(dtype=index)
    outputs = [*CROSSENTROPY(x, b, y), nnet.softmax_with_bias(x, b)]
    function = theano.function([x, b, y], outputs, mode=backends.select("c"))
    assert CROSSENTROPY in ops_of(function)
    rng, error = np.random.default_rng(0), 3e-6 if dtype == "float32" else 1e-13
    for rows, n in ((0, 3), (1, 1), (7, 10), (300, 100), (2, 1500)):
        matrix, bias = rng.normal(size=(n, rows)).astype(dtype).T * 5, rng.normal(size=n)
        bias, classes = bias.astype(dtype), rng.integers(0, min(n, 120), rows).astype(index)
        entropies, sm, best, again = function(matrix, bias, classes)
        z = matrix.astype("float64") + bias
        assert entropies.dtype == sm.dtype == dtype and best.dtype == index
        np.testing.assert_array_equal(sm, again)
        if rows:
            np.testing.assert_allclose(sm, softmax_by_hand(z), rtol=error, atol=1e-30)
            np.testing.assert_allclose(entropies, crossentropy_by_hand(z, classes), rtol=0, atol=20 * error)
            if n < 128:
                np.testing.assert_array_equal(best, (matrix + bias).argmax(axis=1))


def test_a_nan_shows_in_its_row_alone(mode):
    x, b, y = T.dmatrix(), T.dvector(), T.ivector()
    rows = X.copy()
    rows[1, 2] = np.nan
    entropies, sm, best = theano.function([x, b, y], CROSSENTROPY(x, b, y), mode=mode)(rows, B, Y)
    np.testing.assert_array_equal(np.isnan(entropies), [False, True, False, False, False])
    np.testing.assert_array_equal(np.isnan(sm).all(axis=1), np.isnan(entropies))
    np.testing.assert_array_equal(best, (rows + B).argmax(axis=1))


@pytest.mark.parametrize(
    "classes, bias",
    [([0, 1, 2, 3, -1], B), ([0, 1, 2, 3, 4], B), ([0, 1, 2, 3], B), ([0, 1, 2, 3, 0], B[:3])],
)
def test_what_does_not_fit_is_refused(classes, bias, mode):
    x, b, y = T.dmatrix(), T.dvector(), T.ivector()
    cost = FORMS["logarithm of a part"](x + b, y)
    for outputs in (cost, T.grad(cost.sum(), x)):
        function = theano.function([x, b, y], outputs, mode=mode)
        with pytest.raises(ValueError):
            function(X, bias, np.int32(classes))


def test_an_index_that_is_no_row_of_each_stays():
    x, y = T.dmatrix(), T.ivector()
    p, some = nnet.softmax(x), T.arange(3)
    but_first, rows = (T.arange(1, p.shape[0]), y[1:]), T.arange(y.shape[0])
    for index in (but_first, (T.arange(1, y.shape[0] + 1), y), (some, y[:3]), (y, rows)):
        cost = -T.log(p[index]).sum()
        function = theano.function([x, y], [cost, T.grad(cost, x)], mode=backends.select("py"))
        assert not {CROSSENTROPY, SLOPE} & set(map(_plain, ops_of(function)))
    kept = -nnet.logsoftmax(x)[T.arange(y.shape[0]), y]
    function = theano.function([x, y], [kept, T.grad(kept.sum(), x)], mode=backends.select("py"))
    value, slope = function(X, Y - 4)  # an index of the program's own counts from the end
    np.testing.assert_allclose(value, crossentropy_by_hand(X, Y), rtol=1e-13)
    np.testing.assert_allclose(slope, softmax_by_hand(X) - np.eye(4)[Y], rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize(
    "base, total",
    [
        (0.0, lambda d, x: d.sum(axis=0)),
        (0.0, lambda d, x: x.sum(axis=1)),
        (1.0, lambda d, x: d.sum(axis=1)),
    ],
    ids=["sums of columns", "sums of another", "one added everywhere"],
)
def test_a_difference_that_is_no_gradient_of_a_cross_entropy_stays(base, total, mode):
    """Of a square matrix, where a sum of columns has the length of one of rows."""
    x, y, v = T.dmatrix(), T.ivector(), T.dvector()
    p, picked = nnet.softmax(x), (T.arange(y.shape[0]), nnet.opt.checked_classes(y))
    d = T.inc_subtensor((T.zeros_like(x) + base)[picked], v)
    difference = d - p * total(d, x).dimshuffle(0, "x")
    function = theano.function([x, y, v], difference, mode=mode)
    square, classes, values = X[:4], Y[:4], np.array([1.0, -2.0, 0.5, 3.0])
    scattered = base + np.eye(4)[classes] * values[:, None]
    right = scattered - softmax_by_hand(square) * total(scattered, square)[:, None]
    np.testing.assert_allclose(function(square, classes, values), right, rtol=1e-13)


def test_a_division_by_another_softmax_is_not_undone(mode):
    x, y, v = T.dmatrix(), T.ivector(), T.dvector()
    p, picked = nnet.softmax(x), (T.arange(y.shape[0]), nnet.opt.checked_classes(y))
    d = T.inc_subtensor(T.zeros_like(x)[picked], v) / nnet.softmax(2 * x) * p
    function = theano.function([x, y, v], d - p * d.sum(axis=1).dimshuffle(0, "x"), mode=mode)
    values, q = np.linspace(-1, 1, 5), softmax_by_hand(X)
    right = np.eye(4)[Y] * values[:, None] / softmax_by_hand(2 * X) * q
    right = right - q * right.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(function(X, Y, values), right, rtol=1e-12, atol=1e-15)


def test_a_softmax_of_another_bias_or_axis_is_not_the_one_of_the_cross_entropy(mode):
    x, b, c, y = T.dmatrix(), T.dvector(), T.dvector(), T.ivector()
    outputs = [CROSSENTROPY(x, b, y)[0], nnet.softmax(x + c), nnet.softmax(x)]
    entropies, other, none = theano.function([x, b, c, y], outputs, mode=mode)(X, B, -2 * B, Y)
    np.testing.assert_allclose(entropies, crossentropy_by_hand(X + B, Y), rtol=1e-13)
    np.testing.assert_allclose(other, softmax_by_hand(X - 2 * B), rtol=1e-13)
    np.testing.assert_allclose(none, softmax_by_hand(X), rtol=1e-13)

    columns = softmax(x, axis=0)
    cost = -T.log(columns[T.arange(y.shape[0]), y])
    value, slope = theano.function([x, y], [cost, T.grad(cost.sum(), x)], mode=mode)(X, Y)
    down, onehot = softmax_by_hand(X.T).T, np.eye(4)[Y]
    np.testing.assert_allclose(value, -np.log(down[np.arange(5), Y]), rtol=1e-13)
    np.testing.assert_allclose(slope, down * onehot.sum(axis=0) - onehot, rtol=1e-12, atol=1e-15)


def test_the_best_class_needs_no_softmax(mode):
    x, b = T.dmatrix(), T.dvector()
    best = T.argmax(nnet.softmax(T.exp(T.tanh(x)) + b), axis=1)
    function = theano.function([x, b], best, mode=mode)
    assert not any(isinstance(op, nnet.Softmax | nnet.SoftmaxWithBias) for op in ops_of(function))
    np.testing.assert_array_equal(function(X, B), (np.exp(np.tanh(X)) + B).argmax(axis=1))
    across = theano.function([x], T.argmax(nnet.softmax(x), axis=0), mode=mode)
    np.testing.assert_array_equal(across(X), softmax_by_hand(X).argmax(axis=0))


def test_optdb_has_the_rewrites_too():
    x, b, y = T.dmatrix(), T.dvector(), T.lvector()
    graph = gof.FunctionGraph([x, b, y], [FORMS["crossentropy_categorical_1hot"](x + b, y)])
    query = theano.compile.mode.optdb.query(theano.compile.mode.OPT_FAST_RUN)
    query.optimize(graph)
    (node,) = graph.toposort()
    assert node.op == CROSSENTROPY
    assert gof.opt.check_stack_trace(graph, ops_to_check=[CROSSENTROPY])


def test_pytensor_and_a_mode_without_them_keep_the_graph():
    import pytensor

    x, y = T.dmatrix(), T.ivector()
    cost = FORMS["logarithm of a part"](x, y)
    plain = pytensor.function([x, y], cost, mode=backends.select("py"))
    name = "local_advanced_indexing_crossentropy_onehot"
    without = theano.function([x, y], cost, mode=backends.select("py").excluding(name))
    assert CROSSENTROPY not in ops_of(plain) and CROSSENTROPY not in ops_of(without)
    np.testing.assert_allclose(without(X, Y), crossentropy_by_hand(X, Y), rtol=1e-13)


def test_an_op_is_found_among_ops():
    x = T.dmatrix()
    assert nnet.softmax_op in ops_of(theano.function([x], nnet.softmax(x), mode="FAST_COMPILE"))
    assert nnet.logsoftmax_op in ops_of(theano.function([x], T.log(nnet.softmax(x)), mode="FAST_COMPILE"))
