"""Sorting, indexing, linear algebra and files in Theano's forms, against NumPy and SciPy."""

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse

import symgen.theano.tensor as T
from symgen import theano
from symgen.errors import NotSupportedError
from symgen.theano import sparse
from symgen.theano.misc.may_share_memory import may_share_memory
from symgen.theano.tensor import extra_ops, io, nlinalg, slinalg, subtensor
from symgen.theano.tensor.sort import ArgSortOp, SortOp, argsort, sort

RNG = np.random.default_rng(3)
A = RNG.normal(size=(3, 3))
S = A @ A.T + np.eye(3)
B = RNG.normal(size=(3, 2))


def run(inputs, outputs, *values):
    return theano.function(inputs, outputs, mode="FAST_COMPILE")(*values)


def test_triangular_solves_read_their_triangle():
    a, b = T.dmatrix(), T.dmatrix()
    solvers = [slinalg.solve_lower_triangular, slinalg.solve_upper_triangular, slinalg.solve]
    lower, upper, general = run([a, b], [solve(a, b) for solve in solvers], A, B)
    np.testing.assert_allclose(lower, scipy.linalg.solve_triangular(A, B, lower=True))
    np.testing.assert_allclose(upper, scipy.linalg.solve_triangular(A, B))
    np.testing.assert_allclose(general, np.linalg.solve(A, B))
    with pytest.raises(ValueError, match="A_structure"):
        slinalg.Solve("round")
    with pytest.raises(NotSupportedError, match="overwrite"):
        slinalg.Solve(overwrite_A=True)


def test_cholesky_raises_or_gives_nan():
    a = T.dmatrix()
    upper, given = run([a], [slinalg.Cholesky(lower=False)(a), slinalg.cholesky(a)], S)
    np.testing.assert_allclose(upper.T, given)
    np.testing.assert_allclose(given, np.linalg.cholesky(S))
    with pytest.raises(np.linalg.LinAlgError):
        run([a], slinalg.cholesky(a), -S)
    assert np.isnan(run([a], slinalg.Cholesky(on_error="nan")(a), -S)).all()


def test_gradients_as_ops():
    x, w = T.dmatrix("x"), T.dmatrix("w")
    cases = [
        (slinalg.CholeskyGrad()(x, slinalg.cholesky(x), w), slinalg.cholesky(x)),
        (slinalg.ExpmGrad()(x, w), slinalg.expm(x)),
    ]
    for by_op, value in cases:
        got, expected = run([x, w], [by_op, T.grad((value * w).sum(), x)], S, A)
        np.testing.assert_allclose(got, expected)


def test_eigenvalues():
    a, b = T.dmatrix(), T.dmatrix()
    w, v = run([a], nlinalg.eig(a), A)
    assert w.dtype == v.dtype == "float64"  # real parts only
    np.testing.assert_allclose(w, np.linalg.eig(A)[0].real)
    for triangle in "LU":
        got = run([a], nlinalg.eigh(a, triangle), A)
        for result, expected in zip(got, np.linalg.eigh(A, triangle), strict=True):
            np.testing.assert_allclose(result, expected)
    np.testing.assert_allclose(
        run([a, b], slinalg.eigvalsh(a, b), A + A.T, S), scipy.linalg.eigvalsh(A + A.T, S)
    )


@pytest.mark.parametrize("mode", ["reduced", "complete", "r", "raw"])
def test_qr(mode):
    a = T.dmatrix()
    for value in (B, B.T):
        got = run([a], nlinalg.qr(a, mode), value)
        expected = np.linalg.qr(value, mode)
        if mode == "r":
            got, expected = [got], [expected]
        for x, y in zip(got, expected, strict=True):
            np.testing.assert_allclose(x, y, atol=1e-12)


def test_norm():
    with pytest.raises(ValueError, match="scalar"):
        nlinalg.norm(3, None)
    with pytest.raises(NotImplementedError, match="3 dimensions"):
        nlinalg.norm(T.dtensor3(), None)
    assert run([], nlinalg.norm(T.constant(A), "fro")) == pytest.approx(np.linalg.norm(A))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_sort_along_an_axis_given_at_run_time(axis):
    x, at = T.dmatrix(), T.scalar()
    outputs = [sort(x, at), argsort(x, at), T.grad((sort(x, at) * B).sum(), x)]
    values, places, slope = run([x, at], outputs, B, axis)
    np.testing.assert_array_equal(values, np.sort(B, axis))
    np.testing.assert_array_equal(places, np.argsort(B, axis))
    np.testing.assert_allclose(np.take_along_axis(slope, places, axis), B)
    with pytest.raises(ValueError, match="axis"):
        run([x, at], outputs[0], B, 0.5)


def test_sort_ops():
    assert T.sort is sort and T.argsort is argsort and T.repeat is extra_ops.repeat
    assert SortOp("mergesort", []) == SortOp("mergesort") != SortOp("quicksort", [])
    assert ArgSortOp("mergesort") != SortOp("mergesort")
    assert isinstance(sort(T.dvector()).owner.op, SortOp)
    with pytest.raises(NotSupportedError, match="order"):
        sort(T.dvector(), order=["field"])


def test_repeat_diff_and_cumulative_ops():
    x, n = T.dmatrix(), T.ivector()
    got = run(
        [x, n],
        [
            extra_ops.RepeatOp(axis=0)(x, n),
            extra_ops.repeat(x=x, repeats=[2], axis=-1),
            extra_ops.DiffOp(n=2, axis=0)(x),
            extra_ops.CumOp(axis=None, mode="mul")(x),
            extra_ops.CumsumOp(axis=1)(x),
        ],
        B,
        [1, 0, 2],
    )
    expected = [
        np.repeat(B, [1, 0, 2], 0),
        np.repeat(B, 2, -1),
        np.diff(B, 2, 0),
        np.cumprod(B),
        np.cumsum(B, 1),
    ]
    for found, right in zip(got, expected, strict=True):
        np.testing.assert_allclose(found, right)
    with pytest.raises(TypeError, match="uint64"):
        extra_ops.repeat(x, T.scalar(dtype="uint64"))
    with pytest.raises(ValueError, match="at most 1 dimension"):
        extra_ops.repeat(x, T.imatrix())


def test_unique_and_unravel_index():
    x, dims = T.lmatrix(), T.lvector()
    value = np.array([[1, 2, 1], [3, 4, 3]])
    got = run([x], extra_ops.Unique(return_counts=True, axis=-1)(x), value)
    for found, right in zip(got, np.unique(value, return_counts=True, axis=-1), strict=True):
        np.testing.assert_array_equal(found, right)
    got = run([dims], extra_ops.unravel_index(5, dims, ndim=2), [2, 3])
    assert [int(n) for n in got] == [1, 2]


def test_rows_of_a_matrix():
    x, at, y = T.dmatrix("x"), T.lvector("at"), T.dmatrix("y")
    changed = subtensor.AdvancedIncSubtensor1(set_instead_of_inc=True)(x, y, at)
    rows, put = run([x, at, y], [subtensor.AdvancedSubtensor1()(x, at), changed], B, [2, 0], A[:2, :2])
    np.testing.assert_array_equal(rows, B[[2, 0]])
    expected = B.copy()
    expected[[2, 0]] = A[:2, :2]
    np.testing.assert_array_equal(put, expected)
    assert isinstance(x[at].owner.op, subtensor.AdvancedSubtensor1)
    assert not isinstance(x[at, at].owner.op, subtensor.AdvancedSubtensor1)
    with pytest.raises(TypeError, match="rows"):
        subtensor.sparse_grad(x)


def test_arrays_from_files(tmp_path):
    path = theano.Variable(theano.gof.generic, None)
    np.save(tmp_path / "array.npy", B)
    np.savez(tmp_path / "array.npz", B)
    f = theano.function([path], io.load(path, "float64", (False, False), "c"), mode="FAST_COMPILE")
    np.testing.assert_array_equal(f(str(tmp_path / "array.npy")), B)
    with pytest.raises(ValueError, match="npz"):
        f(str(tmp_path / "array.npz"))
    wrong = theano.function([path], io.load(path, "int8", (False, False)), mode="FAST_COMPILE")
    with pytest.raises(TypeError, match="int8"):
        wrong(str(tmp_path / "array.npy"))
    with pytest.raises(ValueError, match="mmap_mode"):
        io.load(path, "float64", (False,), "w+")
    assert not hasattr(io, "send") and not io.mpi_enabled


def test_sparse_names_and_memory():
    x = sparse.csr_matrix(dtype="float64")
    value = scipy.sparse.csr_matrix(np.array([[0.0, -2.0], [3.0, 0.0]]))
    signs, same = run([x], [sparse.sgn(x), sparse.conj(x)], value)
    np.testing.assert_array_equal(signs.toarray(), [[0, -1], [1, 0]])
    np.testing.assert_array_equal(same.toarray(), value.toarray())
    assert isinstance(sparse.add(x, x).owner.op, sparse.AddSS)
    assert sparse.enable_sparse and sparse.constant(value).type.format == "csr"
    assert may_share_memory(value.data, value) and not may_share_memory(A, value)
    with pytest.raises(TypeError, match="list"):
        may_share_memory([1], A)


def test_random_sparse_matrices():
    from symgen.theano.sparse.sandbox import sp2

    p = sparse.csr_matrix(dtype="float64")
    chances = scipy.sparse.csr_matrix(np.array([[0.25, 0.75, 0.0], [0.0, 1.0, 0.0]]))
    n = T.lvector()
    drawn, means = run([p, n], [sp2.multinomial(n, p), sp2.poisson(p)], chances, [4, 7])
    np.testing.assert_array_equal(drawn.sum(1).ravel(), [[4, 7]])
    assert drawn[1, 1] == 7 and means.shape == (2, 3)
    trials = run([], sp2.csc_fbinomial(3, 1.0, [2, 2]))
    assert trials.dtype == "float32" and (trials.toarray() == 3).all()
    with pytest.raises(ValueError, match="One for each row"):
        run([p, n], sp2.multinomial(n, p), chances, [4, 7, 1])
