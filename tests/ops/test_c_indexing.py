"""Reading and writing at integer arrays in C against NumPy's own indexing."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from python_nodes import python_nodes

from symgen import backends
from symgen.ops.indexing import Gather, Scatter

RNG = np.random.default_rng(0)


def compiled(inputs, outputs, **options):
    f = pytensor.function(inputs, outputs, mode=backends.select("c"), **options)
    assert python_nodes(f) == []
    return f


def ops(function):
    return [type(node.op).__name__ for node in function.maker.fgraph.toposort()]


@pytest.fixture(scope="module")
def reads():
    """Reads of a matrix and of a tensor with three axes, at two index vectors and others."""
    x, t = pt.fmatrix("x"), pt.tensor3("t", dtype="int16")
    i, j = pt.lvector("i"), pt.vector("j", dtype="int8")
    column = pt.lmatrix("column")
    outputs = [x[pt.arange(j.shape[0]), j], x[i, j], t[i, j], t.T[i, j], t[i, j, i], x[column, j]]
    f = compiled([x, t, i, j, column], outputs)
    assert ops(f).count("Gather") == 6
    return f


@pytest.mark.parametrize("count", [0, 1, 4])
def test_reads_are_numpys(reads, count):
    x = RNG.normal(size=(5, 6)).astype("float32")
    t = RNG.integers(-9, 9, size=(5, 5, 5)).astype("int16")
    i, j = RNG.integers(-5, 5, size=count), RNG.integers(-5, 5, size=count).astype("int8")
    column = RNG.integers(-5, 5, size=(3, 1))
    for layout in (x, np.asfortranarray(x), x[::-1, ::-1], np.repeat(x, 2, axis=1)[:, ::2]):
        got = reads(layout, t, i, j, column)
        right = [layout[np.arange(count), j], layout[i, j], t[i, j], t.T[i, j], t[i, j, i]]
        right.append(layout[column, j])
        for a, b in zip(got, right, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def test_index_vectors_of_different_length_and_out_of_bounds(reads):
    x, t = np.zeros((5, 6), "float32"), np.zeros((5, 5, 5), "int16")
    good, byte, column = np.zeros(3, "int64"), np.zeros(3, "int8"), np.zeros((1, 1), "int64")
    with pytest.raises(IndexError, match="broadcast"):
        reads(x, t, np.zeros(2, "int64"), byte, column)
    for bad in (5, -6):
        with pytest.raises(IndexError, match=f"index {bad} is out of bounds for axis 0 with size 5"):
            reads(x, t, good + bad, byte, column)
    assert reads(x, t, good, byte, column)[1].shape == (3,)  # unharmed
    assert reads(x, t, np.zeros(1, "int64"), byte, column)[1].shape == (3,)  # one for all


def numpy_write(x, index, y, add):
    out = x.copy()
    if add:
        np.add.at(out, index, y)
    else:
        out[index] = y
    return out


@pytest.fixture(scope="module")
def writes():
    """Increments and sets of rows and of single places, with rows, numbers and columns."""
    x, y = pt.fmatrices("x", "y")
    v, number = pt.fvector("v"), pt.fscalar("number")
    i, j = pt.lvector("i"), pt.ivector("j")
    outputs = []
    for write in (pt.inc_subtensor, pt.set_subtensor):
        outputs += [
            write(x[i], y),
            write(x[i], number),
            write(x[i], v[None, :]),
            write(x[pt.arange(j.shape[0]), j], y[:, 0]),
            write(x[i, j], number),
        ]
    f = compiled([x, y, v, number, i, j], outputs)
    assert ops(f).count("Scatter") == 10
    return f


@pytest.mark.parametrize("count", [0, 1, 4])
def test_writes_are_numpys(writes, count):
    x, v = RNG.normal(size=(6, 5)).astype("float32"), RNG.normal(size=5).astype("float32")
    y = RNG.normal(size=(count, 5)).astype("float32")
    i = np.array([2, -1, 2, -4])[:count]  # 2 and -4 are the same row
    j = RNG.integers(-5, 5, size=count).astype("int32")
    number, rows = np.float32(0.5), np.arange(count)
    for layout in (x, np.asfortranarray(x), x[::-1, ::-1]):
        for given in (y, np.repeat(y, 2, axis=1)[:, ::2]):
            before = layout.copy()
            got = writes(layout, given, v, number, i, j)
            right = [
                numpy_write(layout, index, values, add)
                for add in (True, False)
                for index, values in (
                    (i, y), (i, number), (i, v[None]), ((rows, j), y[:, 0]), ((i, j), number),
                )
            ]  # fmt: skip
            for a, b in zip(got, right, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
            np.testing.assert_array_equal(layout, before)  # the argument itself is not written


def test_writes_refuse_what_does_not_fit(writes):
    x, v, j = np.zeros((6, 5), "float32"), np.zeros(5, "float32"), np.zeros(3, "int32")
    i, number = np.zeros(3, "int64"), np.float32(1)
    with pytest.raises(ValueError):
        writes(x, np.zeros((2, 5), "float32"), v, number, i, j)
    with pytest.raises(ValueError, match="static"):
        writes(x, np.zeros((1, 5), "float32"), v, number, i, j)
    with pytest.raises(IndexError, match="index 6 is out of bounds for axis 0 with size 6"):
        writes(x, np.zeros((3, 5), "float32"), v, number, i + 6, j)
    with pytest.raises(IndexError, match="index -6 is out of bounds for axis 1 with size 5"):
        writes(x, np.zeros((3, 5), "float32"), v, number, i, j - 6)


def test_a_failed_write_in_place_leaves_the_state():
    table = pytensor.shared(np.zeros((4, 3), "float32"), name="table")
    i = pt.lvector("i")
    step = compiled([i], [], updates={table: pt.inc_subtensor(table[i], np.float32(1))})
    (op,) = [node.op for node in step.maker.fgraph.toposort() if isinstance(node.op, Scatter)]
    assert op.inplace
    with pytest.raises(IndexError):
        step(np.array([0, 1, 4]))
    np.testing.assert_array_equal(table.get_value(), 0)
    step(np.array([0, 1, 1]))
    np.testing.assert_array_equal(table.get_value()[:, 0], [1, 2, 0, 0])


def test_gradient_of_an_embedding_in_float64():
    """Of a matrix of indices, some equal, against the same sum written with a one-hot matrix."""
    table, i = pt.dmatrix("table"), pt.lmatrix("i")
    cost = (table[i] ** 3).sum()
    f = compiled([table, i], pytensor.grad(cost, table))
    values, index = RNG.normal(size=(5, 4)), np.array([[0, 3, 3], [-1, 0, 2]])
    one_hot = np.eye(5)[index % 5].reshape(-1, 5)
    right = one_hot.T @ (3 * (one_hot @ values) ** 2)
    np.testing.assert_allclose(f(values, index), right, rtol=1e-13)


def test_rows_of_a_permutation_of_the_data():
    data = RNG.normal(size=(10, 3)).astype("float32")
    order = RNG.permutation(10)
    shared, rows = pytensor.shared(data), pytensor.shared(order)
    index = pt.lscalar("index")
    f = compiled([index], shared[rows[index * 4 : (index + 1) * 4]])
    for k, count in ((0, 4), (2, 2), (3, 0)):
        np.testing.assert_array_equal(f(k), data[order[4 * k : 4 * k + 4]])
        assert len(f(k)) == count


@pytest.mark.parametrize("axes", [(0, 2), (1, 2), (0, 1, 2), None, 1], ids=str)
def test_argmax_is_numpys_and_the_first_nan_wins(axes):
    x = pt.ftensor3("x")
    f = compiled([x], pt.argmax(x, axis=axes))
    values = RNG.integers(0, 3, size=(4, 3, 5)).astype("float32")  # many ties
    with_nan = values.copy()
    with_nan[1, 1, 2] = with_nan[2, 1, 0] = np.nan
    for given in (values, with_nan, np.asfortranarray(values), -values[::-1]):
        over = range(3) if axes is None else np.atleast_1d(axes)
        kept = [axis for axis in range(3) if axis not in over]
        flat = given.transpose([*kept, *over]).reshape([*(given.shape[a] for a in kept), -1])
        np.testing.assert_array_equal(f(given), flat.argmax(axis=-1))
    if axes == (0, 2):
        assert f(values[:, :0]).shape == (0,)


def test_numpy_forms_of_the_ops():
    x, i, j = pt.dmatrix("x"), pt.lvector("i"), pt.lvector("j")
    a, first, second = RNG.normal(size=(4, 5)), np.array([0, -1, 0]), np.array([2, 3, 2])
    node, out = Gather().make_node(x, i, j), [[None]]
    node.op.perform(node, [a, first, second], out)
    np.testing.assert_array_equal(out[0][0], [a[0, 2], a[-1, 3], a[0, 2]])
    node = Scatter(add=True, inplace=False, strict=True).make_node(x, pt.dvector("y"), i, j)
    node.op.perform(node, [a, np.array([1.0, 2.0, 4.0]), first, second], out)
    assert out[0][0][0, 2] == a[0, 2] + 5 and out[0][0][3, 3] == a[3, 3] + 2
    with pytest.raises(ValueError, match="static"):
        node.op.perform(node, [a, np.array([1.0]), first, second], out)
