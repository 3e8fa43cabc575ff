"""symgen's C mode against SciPy in float64: error in ulp, extremes, every memory layout."""

import math
import platform
import shutil
import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.io import In
from pytensor.tensor.elemwise import CAReduce
from scipy import special

from symgen import backends, updates
from symgen.backends import compiler
from symgen.rewrites.unit_stride_elemwise import UnitStrideElemwise, add_unit_stride_loop

SPECIALS = [np.inf, -np.inf, np.nan, 1000.0, -1000.0, 0.0, -0.0, 88.0, -88.0, 1e-30]

# name: symbolic, the same in SciPy, largest error allowed in units in the last place.
FUNCTIONS = {
    "exp": (pt.exp, np.exp, 4),
    "log": (pt.log, np.log, 4),
    "log1p": (pt.log1p, np.log1p, 4),
    "tanh": (pt.tanh, np.tanh, 4),
    "sigmoid": (pt.sigmoid, special.expit, 4),
    "softplus": (pt.softplus, lambda a: np.logaddexp(0, a), 4),
    "sqrt": (pt.sqrt, np.sqrt, 1),
    "erf": (pt.erf, special.erf, 4),
    "sin": (pt.sin, np.sin, 4),
    "cos": (pt.cos, np.cos, 4),
}


@pytest.fixture(scope="module")
def all_functions():
    """One compiled function with every scalar function on a matrix, which takes the fast loop."""
    x = pt.fmatrix("x")
    outputs = [symbolic(x) for symbolic, _, _ in FUNCTIONS.values()]
    f = pytensor.function([x], outputs, mode=backends.select("c"))
    values = np.concatenate([np.linspace(-20, 20, 20006), SPECIALS]).astype("float32").reshape(4, -1)
    return values, dict(zip(FUNCTIONS, f(values), strict=True))


def test_softplus_and_sigmoid_beside_it_are_accurate_in_both_precisions():
    """The pair that a Bernoulli decoder needs, which is computed from one exponential.

    glibc promises 4 units in the last place for its vector exponential; two roundings follow.
    """
    allowed = 5
    for dtype in ("float32", "float64"):
        x = pt.matrix("x", dtype=dtype)
        f = compiled([x], [pt.softplus(x) * 1, pt.sigmoid(x) * 1])
        values = np.concatenate([np.linspace(-80, 80, 30006), SPECIALS]).astype(dtype).reshape(4, -1)
        softplus, sigmoid = f(values)
        assert any("log" in str(n.op.scalar_op.fgraph.toposort()) for n in fused(f))
        with np.errstate(all="ignore"):
            wide = values.astype("longdouble")
            right = np.log1p(np.exp(-abs(wide))) + np.maximum(wide, 0), 1 / (1 + np.exp(-wide))
        for got, exact in zip((softplus, sigmoid), right, strict=True):
            np.testing.assert_array_equal(np.isnan(got), np.isnan(exact))
            fine = np.isfinite(exact) & (exact > np.finfo(dtype).tiny)
            rounded = exact[fine].astype(dtype)
            error = abs(got[fine] - exact[fine]) / np.spacing(rounded)
            assert error.max() <= allowed, dtype
            assert (got[exact == np.inf] == np.inf).all()


def fused(function):
    nodes = function.maker.fgraph.toposort()
    return [n for n in nodes if hasattr(getattr(n.op, "scalar_op", None), "fgraph")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_scalar_function_is_accurate_and_keeps_inf_and_nan(all_functions, name):
    values, results = all_functions
    _, reference, allowed = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        right = reference(values.astype("float64"))
    rounded = right.astype("float32")
    np.testing.assert_array_equal(np.isnan(results[name]), np.isnan(rounded))
    infinite = np.isinf(rounded)
    np.testing.assert_array_equal(results[name][infinite], rounded[infinite])
    normal = np.isfinite(rounded) & (np.abs(right) > np.finfo("float32").tiny)
    error = np.abs(results[name][normal] - right[normal]) / np.spacing(np.abs(rounded[normal]))
    assert error.max() <= allowed


LAYOUTS = {
    "contiguous": lambda a: a,
    "fortran": np.asfortranarray,
    "every second column": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "reversed": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "rows of a larger array": lambda a: np.pad(a, ((0, 0), (3, 2)))[:, 3:-2],
    "empty": lambda a: a[:0],
    "one row": lambda a: a[:1],
}


@pytest.fixture(scope="module")
def broadcasting():
    x, y = pt.fmatrices("x", "y")
    row, column, scalar = pt.frow("row"), pt.fcol("column"), pt.fscalar("scalar")
    out = pt.tanh(x * row + y) * column + scalar
    f = pytensor.function([x, y, row, column, scalar], out, mode=backends.select("c"))
    assert any(isinstance(node.op, UnitStrideElemwise) for node in f.maker.fgraph.apply_nodes)
    return f


@pytest.mark.parametrize("first", LAYOUTS)
@pytest.mark.parametrize("second", ["contiguous", "fortran", "every second column"])
def test_every_layout_gives_numpys_numbers(broadcasting, first, second):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 6, 5)).astype("float32")
    row, column = rng.normal(size=(1, 5)).astype("float32"), rng.normal(size=(6, 1)).astype("float32")
    x = LAYOUTS[first](a)
    y, column = LAYOUTS[second](b)[: len(x)], column[: len(x)]
    right = np.tanh(x.astype("float64") * row + y) * column + 0.25
    np.testing.assert_allclose(
        broadcasting(x, y, row, column, np.float32(0.25)), right, rtol=3e-6, atol=3e-6
    )


def test_three_dimensions_and_inplace_updates():
    rng = np.random.default_rng(1)
    start = rng.normal(size=(3, 4, 5)).astype("float32")
    state = pytensor.shared(start.copy(), name="state")
    step = pytensor.function(
        [], updates={state: state * np.float32(0.5) + 1}, mode=backends.select("c")
    )
    step()
    np.testing.assert_allclose(state.get_value(), start * np.float32(0.5) + 1, rtol=1e-6)


def test_code_without_the_loop_stays_as_it_is():
    assert add_unit_stride_loop("x_i = y_i;", set()) == "x_i = y_i;"


def compiled(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode=backends.select("c"), **options)


def op_names(function):
    return [type(node.op).__name__ for node in function.maker.fgraph.toposort()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 1000])
def test_sum_over_everything_equals_an_exact_sum(dtype, size):
    x = pt.matrix("x", dtype=dtype)
    f = compiled([x], x.sum())
    assert "ParallelSum" in op_names(f)
    for values in (np.random.default_rng(0).normal(size=(3, size)), np.full((3, size), 0.1)):
        values = values.astype(dtype)
        right = math.fsum(values.astype("float64").ravel())
        for layout in (values, np.asfortranarray(values), np.repeat(values, 2, axis=1)[:, ::2]):
            result = f(layout)
            assert result.dtype == dtype and result.shape == ()
            assert result == pytest.approx(right, rel=1e-7 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("axis", "kind"),
    [(2, "ParallelSum"), ((1, 2), "ParallelSum"), (0, "Sum"), ((0, 2), "ParallelSumOfRows"), (1, "Sum")],
)
def test_sum_over_some_axes_equals_exact_sums(dtype, axis, kind):
    x = pt.tensor3("x", dtype=dtype)
    f = compiled([x], x.sum(axis=axis))
    assert [name for name in op_names(f) if "Sum" in name] == [kind]
    for size in (0, 1, 16, 50):
        values = np.random.default_rng(size).normal(size=(3, 4, size)).astype(dtype)
        right = np.asarray(values.astype("longdouble").sum(axis=axis), "float64")
        for layout in (values, np.asfortranarray(values), np.repeat(values, 2, axis=2)[..., ::2]):
            result = f(layout)
            assert result.dtype == dtype
            rounding = 1e-7 if dtype == "float32" else 1e-13
            np.testing.assert_allclose(result, right, rtol=rounding, atol=rounding)


@pytest.mark.parametrize(
    ("order", "axis", "moved"),
    [((1, 0), 0, (1,)), ((1, 0), 1, (0,)), ((2, 0, 1), (1, 2), (0, 1)), ((2, 0, 1), 1, None)],
)
@pytest.mark.parametrize("reduce", ["sum", "max"])
def test_a_transposed_array_is_reduced_along_its_own_axes(order, axis, moved, reduce):
    values = np.random.default_rng(0).normal(size=(5, 70, 33)[: len(order)]).astype("float32")
    x = pt.tensor("x", dtype="float32", shape=(None,) * len(order))
    f = compiled([x], getattr(x.dimshuffle(order), reduce)(axis=axis))
    (node,) = [node for node in f.maker.fgraph.apply_nodes if isinstance(node.op, CAReduce)]
    if moved is None:  # what is left would be in another order
        assert node.op.axis == (axis,)
    else:
        assert node.inputs[0] is f.maker.fgraph.inputs[0] and node.op.axis == moved
    right = getattr(values.astype("float64").transpose(order), reduce)(axis=axis)
    np.testing.assert_allclose(f(values), right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [None, 1])
@pytest.mark.parametrize("function", [pt.sqr, pt.exp])
def test_sum_of_a_function_of_each_element(function, axis, dtype):
    x = pt.matrix("x", dtype=dtype)
    f = compiled([x], function(x).sum(axis=axis))
    assert op_names(f) == ["ParallelSumOf"]
    in_numpy = {pt.sqr: np.square, pt.exp: np.exp}[function]
    rounding = 1e-6 if dtype == "float32" else 1e-13
    for size in (0, 1, 16, 50):
        values = np.random.default_rng(size).normal(size=(3, size)).astype(dtype)
        right = in_numpy(values.astype("longdouble")).sum(axis=axis).astype("float64")
        for layout in (values, np.asfortranarray(values), np.repeat(values, 2, axis=1)[:, ::2]):
            result = f(layout)
            assert result.dtype == dtype
            np.testing.assert_allclose(result, right, rtol=rounding, atol=rounding)


@pytest.mark.parametrize("shape", [(70, 1, 3), (70, 1, 1, 3), (2, 70, 1, 3), (70, 5, 3)])
def test_an_axis_of_length_one_before_a_short_one(shape):
    """Numbers of narrow parts, whose axes do not lie as one, and results in an operand's place."""
    rng = np.random.default_rng(0)
    wide = [rng.normal(size=(*shape[:-1], 7)).astype("float32") for _ in range(2)]
    parts = [wide[0][..., :3], wide[1][..., 4:], rng.normal(size=shape).astype("float32")]
    kind = pt.tensor("x", dtype="float32", shape=(None, *shape[1:])).type
    x, y, z = kind("x"), kind("y"), kind("z")
    f = compiled([x, y, In(z, mutable=True)], [x * y + pt.tanh(z), x - y])
    a, b, c = (part.astype("float64") for part in parts)
    for result, right in zip(f(*parts[:2], parts[2].copy()), (a * b + np.tanh(c), a - b), strict=True):
        np.testing.assert_allclose(result, right, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_sum_keeps_nan_and_inf(bad):
    x = pt.fmatrix("x")
    values = np.ones((9, 9), "float32")
    values[4, 4] = bad
    np.testing.assert_array_equal(compiled([x], x.sum())(values), np.float32(bad))


def test_constants_of_a_float32_loop_are_floats_and_of_a_float64_loop_doubles():
    x, y = pt.fmatrix("x"), pt.dmatrix("y")
    values = np.random.default_rng(0).normal(size=(5, 7))
    third = np.float32(1 / 3)
    f = compiled([x], x * third + x)
    assert "Float32Elemwise" in op_names(f)
    a = values.astype("float32")
    np.testing.assert_array_max_ulp(f(a), a * third + a, maxulp=1)
    g = compiled([y], y * (1 / 3) + y)
    assert "Float32Elemwise" not in op_names(g)
    np.testing.assert_allclose(g(values), values * (1 / 3) + values, rtol=1e-15)


def test_a_product_used_twice_is_computed_once():
    """PyTensor makes two of ``0.1 * dot`` and ``dot ** 2``; Adam has both."""
    x, y = pt.fmatrices("x", "y")
    product = x @ y
    f = compiled([x, y], [np.float32(0.1) * product, product**2])
    assert sum("Dot22" in name or "Gemm" in name for name in op_names(f)) == 1


def test_loop_of_many_operands_is_vectorised():
    """Adam's update in vector code is several times faster than one number at a time.

    Looked up in the machine code, not timed: GCC writes ``vsqrtps`` or ``sqrtps`` for several
    square roots at once.
    """
    if compiler.find().flags != compiler.VECTOR_MATHS_FLAGS or platform.machine() != "x86_64":
        pytest.skip("not GCC on x86-64 Linux")
    if shutil.which("objdump") is None:
        pytest.skip("no objdump")
    w = pytensor.shared(np.ones((30, 40), "float32"), name="w")
    loss = (w**2).sum()
    step = compiled([], [], updates=updates.adam(loss, [w]))
    node = next(n for n in step.vm.nodes if len(n.outputs) == 3)  # the parameter and both moments
    assert isinstance(node.op, UnitStrideElemwise)
    thunk = step.vm.thunks[step.vm.nodes.index(node)].thunk
    code = subprocess.run(
        ["objdump", "-d", thunk.module.__file__], capture_output=True, text=True, check=True
    ).stdout
    assert "sqrtps" in code


def test_a_mean_loss_is_fused_with_its_gradient():
    """One Op reads logits and targets and writes losses and gradient; PyTensor alone makes two."""
    x, w, targets = pt.fmatrices("x", "w", "targets")
    logits = x @ w
    loss = (pt.softplus(logits) - targets * logits).sum(axis=1).mean()
    f = compiled([x, w, targets], [loss, pytensor.grad(loss, w)])
    matrices = [n for n in fused(f) if n.outputs[0].type.shape != (1, 1)]
    assert len([n for n in matrices if n.outputs[0].type.ndim == 2]) == 1
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(8, 5)).astype("float32"), rng.normal(size=(5, 3)).astype("float32")
    t = rng.random((8, 3)).astype("float32")
    value, gradient = f(a, b, t)
    scores = (a @ b).astype("float64")
    assert value == pytest.approx((np.logaddexp(0, scores) - t * scores).sum(1).mean(), rel=1e-5)
    np.testing.assert_allclose(gradient, a.T @ (special.expit(scores) - t) / 8, rtol=1e-4, atol=1e-6)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's vector maths")
def test_sine_and_cosine_of_one_number_are_vectorised(tmp_path):
    found = compiler.find()
    if not found.is_gnu:
        pytest.skip("not GCC")
    source, assembly = tmp_path / "both.cpp", tmp_path / "both.s"
    source.write_text(
        "#include <cmath>\n"
        "void both(const float *x, float *a, float *b, long n) {\n"
        "#pragma GCC ivdep\n"
        "for (long i = 0; i < n; i++) { a[i] = std::cos(x[i]); b[i] = std::sin(x[i]); } }\n"
    )
    command = [found.path, *found.flags, "-S", str(source), "-o", str(assembly)]
    subprocess.run(command, check=True, capture_output=True)
    text = assembly.read_text()
    assert "_ZGV" in text and "sincosf" not in text
