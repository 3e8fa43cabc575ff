"""The PyTorch backend: state on the device, aliasing, errors, dtypes, indexing, draws."""

import copy
import importlib.metadata

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import scipy.special
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.raise_op import Assert
from scipy import stats

from symgen.backends.device import transfers
from symgen.errors import BackendError
from symgen.ops.philox import PhiloxDraw, initial_state
from symgen.ops.philox.op import draw, words

torch = pytest.importorskip("torch")
backend = pytest.importorskip("symgen.backends.torch")

try:
    from pytensor.conditional import ifelse
except ImportError:  # PyTensor 3.0
    from pytensor.ifelse import ifelse


def compiled(inputs, outputs, **options):
    return pytensor.function(inputs, outputs, mode=backend.mode("cpu"), **options)


# Philox


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distribution", ["uniform", "normal"])
@pytest.mark.parametrize("counter", [(0, 0), (0xFFFFFFFE, 7), (5, 0xFFFFFFFF)])
def test_philox_draws_the_words_of_the_reference(distribution, dtype, counter):
    state = np.array([0xA4093822, 0x299F31D0, *counter], np.uint32)
    cell, n = pytensor.shared(state), pt.lscalar("n")
    new, numbers = PhiloxDraw(distribution, dtype)(cell, n)
    f = compiled([n], numbers, updates={cell: new})
    for size in (0, 1, 5, 1023):
        state, expected = draw(state, size, distribution, dtype)
        got = f(size)
        assert got.dtype == dtype
        if distribution == "uniform":
            np.testing.assert_array_equal(got, expected)
        else:
            precision = 4e-6 if dtype == "float32" else 1e-14
            np.testing.assert_allclose(got, expected, rtol=precision, atol=precision)
        np.testing.assert_array_equal(cell.get_value(), state)
        assert cell.get_value().dtype == "uint32"
    with pytest.raises(ValueError, match="negative"):
        f(-1)


def test_philox_from_a_state_on_the_device():
    """A stream that is computed, not shared, is a tensor."""
    state = pt.vector("state", dtype="uint32")
    f = compiled([state], PhiloxDraw("uniform", "float32")(state, 3, 4))
    given = initial_state(3, 1)
    new, numbers = f(given)
    expected, flat = draw(given, 12, "uniform", "float32")
    np.testing.assert_array_equal(numbers, flat.reshape(3, 4))
    np.testing.assert_array_equal(new, expected)


def test_philox_words_on_cpu_and_as_a_gpu_computes_them():
    forms = pytest.importorskip("symgen.ops.philox.torch")
    state = np.array([0xA4093822, 0x299F31D0, 0xFFFFFFFE, 0xFFFFFFFF], np.uint32)
    start = 0xFFFFFFFF_FFFFFFFE
    for compute in (forms._words_on_cpu, forms._words_on_device):
        got = compute(int(state[0]), int(state[1]), start, 5, torch.device("cpu"))
        np.testing.assert_array_equal(torch.stack(got).numpy(), words(state, 5))


def test_draws_ahead_are_those_of_their_calls():
    """A stream read on, another between its draws, one that is set back, a counter that wraps."""
    forms = pytest.importorskip("symgen.ops.philox.torch")
    cpu, computed = torch.device("cpu"), []
    ahead = forms.Ahead(most=4, room=1 << 10)
    calls = [(5, 0), (5, 3), (5, 6), (9, 0), (5, 9), (5, 12), (5, 15), (5, 18), (5, 0), (5, 3)]
    calls += [(7, 2**64 - 3), (7, 0), (7, 3)]
    plain = forms.words_of

    def counted(*given):
        computed.append(given[3])
        return plain(*given)

    forms.words_of = counted
    try:
        for kind in (("normal", "float32"), ("uniform", "float64")):
            computed.clear()
            fill = forms._FILLS[kind]
            for key, start in calls:
                got = ahead.draw(key, 1, start, 3, cpu, fill)
                right = fill(*plain(key, 1, start, 3, cpu))
                assert torch.equal(got, right)
                got.zero_()  # it is the caller's
            assert computed == [3, 12, 3, 12, 3, 12, 3, 12]
    finally:
        forms.words_of = plain


# State


def test_shared_variables_move_once_and_only_outputs_come_back():
    data = pytensor.shared(np.arange(12, dtype="float32").reshape(6, 2), name="data")
    w = pytensor.shared(np.ones(2, "float32"), name="w")
    i = pt.lscalar("i")
    x = data[i * 2 : (i + 1) * 2]
    loss = ((x * w).sum(axis=1) ** 2).mean()
    before = transfers.copy()
    f = compiled([i], loss, updates={w: w - np.float32(1e-3) * pytensor.grad(loss, w)})
    f(0)
    moved = transfers - before
    assert (moved.arrays_to_device, moved.bytes_to_device) == (2, 48 + 8)
    assert (moved.arrays_to_host, moved.bytes_to_host) == (1, 4)
    before = transfers.copy()
    for step in (1, 2, 0):
        f(step)
    moved = transfers - before
    assert (moved.arrays_to_device, moved.arrays_to_host, moved.bytes_to_host) == (0, 3, 12)
    assert isinstance(w.container.storage[0], torch.Tensor)
    assert isinstance(data.container.storage[0], torch.Tensor)
    assert isinstance(w.get_value(), np.ndarray)


def test_scalars_of_a_schedule_stay_on_the_host():
    """Adam's step counter and learning rate move nowhere."""
    t = pytensor.shared(np.float32(0), name="t")
    w = pytensor.shared(np.ones(3, "float32"), name="w")
    rate = np.float32(0.5) / (t + np.float32(1))
    f = compiled([], rate, updates={t: t + np.float32(1), w: w * rate})
    f()
    before = transfers.copy()
    assert f() == 0.25
    assert transfers - before == transfers.copy() - transfers.copy()
    np.testing.assert_allclose(w.get_value(), 0.5 * 0.25)
    assert t.get_value() == 2 and t.get_value().dtype == "float32"


def test_a_number_with_a_new_value_from_the_device_is_on_the_device():
    mean = pytensor.shared(np.float64(0), name="mean")
    x = pt.dvector("x")
    f = compiled([x], mean, updates={mean: np.float64(0.5) * mean + x.mean()})
    assert [float(f(np.array([1.0, 3.0]))) for _ in range(3)] == [0, 2, 3]
    g = compiled([], mean * 2)  # here it may be read on the host
    assert g() == 7 and g() == 7


def test_updates_see_old_values_and_outputs_too():
    a, b = pytensor.shared(np.array([1.0, 2.0])), pytensor.shared(np.array([3.0, 4.0]))
    f = compiled([], [a, a * 2, a], updates={a: b, b: a})
    first = f()
    second = f()
    np.testing.assert_array_equal(first, [[1, 2], [2, 4], [1, 2]])
    np.testing.assert_array_equal(second, [[3, 4], [6, 8], [3, 4]])
    np.testing.assert_array_equal(a.get_value(), [1, 2])
    np.testing.assert_array_equal(b.get_value(), [3, 4])


def test_an_output_that_is_the_new_value_does_not_change_later():
    w = pytensor.shared(np.zeros(3))
    new = w + 1
    f = compiled([], [new, w], updates={w: new})
    first, old = f()
    f()
    np.testing.assert_array_equal(first, 1)
    np.testing.assert_array_equal(old, 0)
    first[:] = 7  # the caller's array is the caller's
    np.testing.assert_array_equal(w.get_value(), 2)


def test_arrays_of_the_user_are_never_written_into():
    given = np.arange(6.0).reshape(2, 3)
    kept = given.copy()
    w = pytensor.shared(given, borrow=True)
    x = pt.dmatrix("x")
    f = compiled([x], [x * 2 + 1, x], updates={w: w * 2 + x})
    doubled, same = f(given)
    same[:] = -1
    f(kept)
    np.testing.assert_array_equal(given, kept)
    np.testing.assert_array_equal(doubled, kept * 2 + 1)
    values = w.get_value(borrow=True)
    values[:] = 5
    np.testing.assert_array_equal(w.get_value(), 4 * kept + 3 * kept)


def test_read_only_and_reversed_arrays_are_taken():
    x = pt.dmatrix("x")
    f = compiled([x], x + 1)
    frozen = np.ones((2, 2))
    frozen.flags.writeable = False
    np.testing.assert_array_equal(f(frozen), 2)
    backwards = np.arange(6.0).reshape(2, 3)[::-1, ::-1]
    np.testing.assert_array_equal(f(backwards), backwards + 1)


def test_memory_of_an_operand_is_not_reused_while_a_view_of_it_is_read():
    x = pt.dmatrix("x")
    y = pt.exp(x)
    value = np.random.default_rng(1).normal(size=(5, 5))
    e = np.exp(value)
    np.testing.assert_allclose(compiled([x], y + y.T)(value), e + e.T)
    np.testing.assert_allclose(compiled([x], y * y[::-1] * y[0])(value), e * e[::-1] * e[0])
    f = compiled([x], [y[1], pt.tanh(y)])
    np.testing.assert_allclose(f(value)[0], e[1])


def test_a_branch_that_is_an_input_is_copied():
    """What PyTensor takes for a new array, and PyTorch need not copy."""
    x, c = pt.dvector("x"), pt.lscalar("c")
    w, v = pytensor.shared(np.zeros(2)), pytensor.shared(np.ones(2))
    f = compiled([x, c], ifelse(pt.gt(c, 0), x, -x), updates={w: ifelse(pt.gt(c, 0), v, w)})
    value = np.array([1.0, 2.0])
    same = f(value, 1)
    assert not np.shares_memory(same, value)
    assert w.container.storage[0].data_ptr() != v.container.storage[0].data_ptr()
    np.testing.assert_array_equal(same, value)


def test_functions_and_shared_variables_can_be_copied():
    x, w, v = pt.dvector("x"), pytensor.shared(np.ones(2)), pytensor.shared(np.zeros(2))
    f = compiled([x], (w * x).sum(), updates={w: w + x})
    assert f(np.ones(2)) == 2
    assert f.copy(swap={w: v})(np.ones(2)) == 0
    np.testing.assert_array_equal(v.get_value(), 1)
    assert f.copy(delete_updates=True)(np.ones(2)) == 4
    twin = copy.deepcopy(w)
    f(np.ones(2))
    np.testing.assert_array_equal(twin.get_value(), 2)
    np.testing.assert_array_equal(w.get_value(), 3)


def test_other_backends_read_what_torch_wrote():
    w = pytensor.shared(np.zeros(2))
    compiled([], [], updates={w: w + 1})()
    from symgen.backends import select

    f = pytensor.function([], w * 3, mode=select("py"))
    np.testing.assert_array_equal(f(), 3)


def test_merged_nodes_give_what_they_stand_for():
    """Rectifiers at 0 and NaN, derivatives, Adam's moments and step, products plus something."""
    rng = np.random.default_rng(8)
    a, b, c = (rng.normal(size=(4, 4)) for _ in range(3))
    a[0, :3] = 0.0, -0.0, np.nan
    x, y, z = pt.dmatrices("x", "y", "z")
    u = pt.exp(y)  # a temporary
    relu = pt.switch(x <= 0, 0.0, x)
    outputs = [
        relu,
        pt.switch(pt.ge(0.0, x), 0.0, u),
        z * (1 - u**2),
        z * u * (1 - u),
        0.9 * y + 0.1 * u,
        0.8 * y + 0.1 * u,
        0.999 * z + 0.001 * u**2,
        y - 0.5 * z / (pt.sqrt(u) + 1),
        pt.dot(y, z) + u,
        u + pt.dot(u, u),
        y - 0.25 * u,
        u - 0.25 * u.T,
        y + 0.1 * u * u.T,
    ]
    e = np.exp(b)
    expected = [
        np.where(a <= 0, 0, a),
        np.where(a <= 0, 0, e),
        c * (1 - e**2),
        c * e * (1 - e),
        0.9 * b + 0.1 * e,
        0.8 * b + 0.1 * e,
        0.999 * c + 0.001 * e**2,
        b - 0.5 * c / (np.sqrt(e) + 1),
        b @ c + e,
        e + e @ e,
        b - 0.25 * e,
        e - 0.25 * e.T,
        b + 0.1 * e * e.T,
    ]
    source = compiled([x], relu).vm.program.source
    assert "rectified" in source and "where" not in source
    together = compiled([x, y, z], outputs)(a, b, c)
    for k, (output, right) in enumerate(zip(outputs, expected, strict=True)):
        alone = compiled([x, y, z], output, on_unused_input="ignore")(a, b, c)
        np.testing.assert_allclose(alone, right, rtol=1e-12, atol=1e-14, err_msg=str(k))
        np.testing.assert_allclose(together[k], right, rtol=1e-12, atol=1e-14, err_msg=str(k))


# Errors


def test_a_failed_call_leaves_the_state():
    w = pytensor.shared(np.ones(2), name="w")
    rng = pytensor.shared(np.random.default_rng(3))
    state = initial_state(1, 0)
    cell = pytensor.shared(state)
    x = pt.dvector("x")
    new_rng, numbers = pt.random.normal(size=(2,), rng=rng, return_next_rng=True)
    new_state, more = PhiloxDraw("normal", "float64")(cell, 2)
    checked = Assert("x is negative")(w + x.sum() + numbers + more, pt.all(x >= 0))
    f = compiled([x], [], updates={rng: new_rng, cell: new_state, w: checked})
    with pytest.raises(AssertionError, match="x is negative") as caught:
        f(np.array([-1.0]))
    assert any("Assert" in note for note in caught.value.__notes__)
    np.testing.assert_array_equal(w.get_value(), 1)
    np.testing.assert_array_equal(cell.get_value(), state)
    assert rng.get_value().integers(1000) == np.random.default_rng(3).integers(1000)
    f(np.array([1.0]))
    assert not np.array_equal(w.get_value(), [1, 1])


def test_out_of_memory_is_named_and_leaves_the_state(monkeypatch):
    w = pytensor.shared(np.ones(2), name="w")
    f = compiled([], w.sum(), updates={w: w + 1})

    def exhausted(*values):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(f.vm.program, "function", exhausted)
    with pytest.raises(BackendError, match="2.00 GiB") as caught:
        f()
    assert "smaller minibatches" in caught.value.remedy
    np.testing.assert_array_equal(w.get_value(), 1)


class Unknown(Op):
    """An Op that no backend but Python has."""

    __props__ = ()

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, outputs):
        outputs[0][0] = inputs[0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Unknown()(pt.dvector("x")), "Unknown"),
        (lambda: pt.vector("x", dtype="uint32") + np.uint32(1), "uint32"),
        (lambda: pt.vector("x", dtype="uint64").sum(), "uint64"),
        (lambda: pt.vector("x", dtype="complex64") * 2, "complex64"),
        (lambda: pt.random.vonmises(pt.dvector("x"), 1.0), "vonmises"),
        (lambda: pt.owens_t(pt.dvector("x"), 0.5), "Owens"),
    ],
)
def test_what_there_is_no_form_of_is_named_at_compile_time(make, words):
    from pytensor.graph.traversal import explicit_graph_inputs

    output = make()
    with pytest.raises(BackendError, match=words) as caught:
        compiled(list(explicit_graph_inputs([output])), output)
    assert "torch" in str(caught.value).lower() and caught.value.remedy


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_gpu_without_cuda_is_named():
    with pytest.raises(BackendError, match=r"symgen\[cuda\]"):
        backend.mode("gpu")
    assert backend.mode("auto") is not None


@pytest.mark.parametrize("version", [None, "1.13.1"])
def test_absent_or_old_torch_is_named(monkeypatch, version):
    def installed(name):
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(importlib.metadata, "version", installed)
    backend.mode.cache_clear()
    with pytest.raises(BackendError, match=r"pip install symgen\[torch\]"):
        backend.mode("cpu")


# Values and dtypes

UNARY = [
    (pt.exp, np.exp),
    (pt.expm1, np.expm1),
    (pt.log1p, np.log1p),
    (pt.sqr, np.square),
    (pt.sqrt, np.sqrt),
    (pt.tanh, np.tanh),
    (pt.sigmoid, scipy.special.expit),
    (pt.softplus, lambda x: np.logaddexp(x, np.zeros_like(x))),
    (pt.erf, scipy.special.erf),
    (pt.gammaln, scipy.special.gammaln),
    (pt.digamma, scipy.special.digamma),
    (pt.neg, np.negative),
    (pt.sign, np.sign),
    (pt.floor, np.floor),
    (pt.round, np.round),
    (abs, np.abs),
]
BINARY = [
    (pt.add, np.add),
    (pt.sub, np.subtract),
    (pt.mul, np.multiply),
    (pt.true_div, np.true_divide),
    (pt.floor_div, np.floor_divide),
    (pt.mod, np.mod),
    (pt.maximum, np.maximum),
    (pt.minimum, np.minimum),
    (pt.eq, np.equal),
    (pt.neq, np.not_equal),
    (pt.lt, np.less),
    (pt.ge, np.greater_equal),
]
NUMBERS = {
    "float32": np.array([0.5, 1.75, 2.5, 3.0, 0.25, 40.0], "float32"),
    "float64": np.array([0.5, 1.75, 2.5, 3.0, 0.25, 20.5]),
    "int8": np.array([1, 2, 3, 7, 4, 5], "int8"),
    "int64": np.array([1, 2, 3, 7, 4, 5]),
}


def test_unary_functions_of_every_dtype():
    for dtype, value in NUMBERS.items():
        x = pt.vector("x", dtype=dtype)
        # PyTensor has no rounding and no digamma of integers.
        skipped = () if "float" in dtype else (pt.round, pt.digamma)
        rows = [row for row in UNARY if row[0] not in skipped]
        outputs = [symbolic(x) for symbolic, _ in rows]
        results = compiled([x], outputs)(value)
        for (_, numpy_function), output, got in zip(rows, outputs, results, strict=True):
            assert got.dtype == output.type.dtype, (output.owner, dtype)
            tolerance = 1e-6 if "32" in got.dtype.name or "int" in dtype else 1e-13
            expected = numpy_function(value.astype(got.dtype) if got.dtype.kind == "f" else value)
            np.testing.assert_allclose(got, expected, rtol=tolerance, err_msg=str(output.owner))


def test_binary_functions_of_every_pair_of_dtypes():
    """Of two vectors, a vector and a number, and a number and a vector; negative divisors too."""
    kinds = list(NUMBERS)
    for left in kinds:
        inputs, outputs, expected = [], [], []
        a = NUMBERS[left]
        x = pt.vector("x", dtype=left)
        for right in kinds:
            b = -NUMBERS[right][::-1].copy()
            y = pt.vector(f"y{right}", dtype=right)
            inputs.append((y, b))
            for symbolic, numpy_function in BINARY:
                for p, q, u, v in ((x, y, a, b), (x, pt.constant(b[2]), a, b[2]), (pt.constant(a[1]), y, a[1], b)):
                    output = symbolic(p, q)
                    dtype = output.type.dtype
                    outputs.append(output)
                    # In the dtype of the graph, which for integers may be wider than NumPy's.
                    common = np.result_type(u, v) if dtype == "bool" else dtype
                    expected.append(numpy_function(u.astype(common), v.astype(common)).astype(dtype))
        results = compiled([x, *(y for y, _ in inputs)], outputs)(a, *(b for _, b in inputs))
        for output, got, right_value in zip(outputs, results, expected, strict=True):
            assert got.dtype == output.type.dtype, output.owner
            tolerance = 1e-6 if got.dtype == "float32" else 1e-13
            np.testing.assert_allclose(got, right_value, rtol=tolerance, err_msg=str(output.owner))


def test_extremes_of_softplus_sigmoid_and_comparisons_with_nan():
    x = pt.dvector("x")
    value = np.array([-np.inf, -1000, -40, 20.5, 36, 1000, np.inf, np.nan])
    soft, sigmoid, sign, larger = compiled(
        [x], [pt.softplus(x), pt.sigmoid(x), pt.sign(x), pt.maximum(x, 0.0)]
    )(value)
    np.testing.assert_allclose(soft, np.logaddexp(0, value), rtol=1e-14)
    np.testing.assert_allclose(sigmoid, scipy.special.expit(value), rtol=1e-14)
    np.testing.assert_array_equal(sign, np.sign(value))
    np.testing.assert_array_equal(larger, np.maximum(value, 0))


def test_casts():
    value = np.array([-1.7, 0.0, 2.9, 200.0])
    x = pt.dvector("x")
    names = ("float32", "int64", "int8", "bool", "float16")
    for name, got in zip(names, compiled([x], [x.astype(n) for n in names])(value[:3]), strict=True):
        assert got.dtype == name
        np.testing.assert_array_equal(got, value[:3].astype(name))


def test_reductions():
    value = np.random.default_rng(2).normal(size=(3, 4, 5)).astype("float32")
    value[0, 0, 0] = 0
    x = pt.tensor3("x", dtype="float32")
    for axis in (None, 0, (0, 2), (1, 2), -1):
        outputs = [
            x.sum(axis),
            x.prod(axis),
            x.max(axis),
            x.min(axis),
            (x > 0).all(axis),
            (x > 0).any(axis),
            (x > 0).sum(axis),
        ]
        positive = value > 0
        expected = [
            value.astype("float64").sum(axis),
            value.astype("float64").prod(axis),
            value.max(axis),
            value.min(axis),
            positive.all(axis),
            positive.any(axis),
            positive.sum(axis),
        ]
        results = compiled([x], outputs)(value)
        for output, got, right in zip(outputs, results, expected, strict=True):
            assert got.dtype == output.type.dtype
            np.testing.assert_allclose(got, right, rtol=1e-5, atol=1e-5)
    ties = np.array([[1, 3, 3], [2, 2, 0]])
    y = pt.lmatrix("y")
    f = compiled([y], [pt.argmax(y, axis=1), pt.argmax(y), pt.argmax(y, axis=0)])
    for got, axis in zip(f(ties), (1, None, 0), strict=True):
        np.testing.assert_array_equal(got, ties.argmax(axis))


# Indexing

BASIC = [
    np.s_[1],
    np.s_[-1, 1:],
    np.s_[::2],
    np.s_[::-1],
    np.s_[3:0:-2, ::-1],
    np.s_[:, 2, ::-1],
    np.s_[5:1],
    np.s_[..., -1],
    np.s_[1:3, :, 1:],
]
ROWS, COLUMNS = np.array([3, 0, -1, 3]), np.array([1, 1, -2, 0])
MASK = np.array([True, False, True, True])
ADVANCED = [
    np.s_[ROWS],
    np.s_[ROWS, COLUMNS],
    np.s_[:, COLUMNS],
    np.s_[ROWS, :, COLUMNS],
    np.s_[1:3, COLUMNS[:2], ::2],
    np.s_[ROWS[:, None], COLUMNS],
    np.s_[MASK],
    np.s_[MASK, 1:],
    np.s_[2, :, COLUMNS],
]


@pytest.mark.parametrize("index", [*BASIC, *ADVANCED], ids=str)
def test_reading_setting_and_adding_as_numpy(index):
    value = np.arange(60.0).reshape(4, 3, 5)
    x = pt.dtensor3("x")
    part = x[index]
    amount = np.arange(1.0, 1 + value[index].size).reshape(value[index].shape)
    f = compiled([x], [part, pt.set_subtensor(part, 7.0), pt.inc_subtensor(part, amount)])
    read, written, added = f(value)
    np.testing.assert_array_equal(read, value[index])
    expected = value.copy()
    expected[index] = 7
    np.testing.assert_array_equal(written, expected)
    expected = value.copy()
    np.add.at(expected, index, amount)
    np.testing.assert_array_equal(added, expected)


def test_indices_computed_on_the_device():
    x, i = pt.dmatrix("x"), pt.lvector("i")
    f = compiled([x, i], [x[pt.argmax(x[:, 0])], x[i[1], : i.sum()], pt.set_subtensor(x[i[0]], 0)])
    value = np.random.default_rng(4).normal(size=(4, 3))
    picked, part, written = f(value, np.array([-1, 2]))
    np.testing.assert_array_equal(picked, value[value[:, 0].argmax()])
    np.testing.assert_array_equal(part, value[2, :1])
    np.testing.assert_array_equal(written, np.where(np.arange(4)[:, None] == 3, 0, value))


def test_data_dependent_shapes():
    v = pt.lvector("v")
    extra = pt.unique(v, return_index=True, return_inverse=True, return_counts=True)
    f = compiled([v], [v[v > 2], (v > 2).nonzero()[0], *extra])
    value = np.array([5, 2, 3, 5, 1, 3])
    expected = [value[value > 2], (value > 2).nonzero()[0]]
    expected += np.unique(value, return_index=True, return_inverse=True, return_counts=True)
    for got, right in zip(f(value), expected, strict=True):
        np.testing.assert_array_equal(got, right)


# Control


def test_ifelse_computes_one_branch():
    x, c = pt.dvector("x"), pt.lscalar("c")
    bad = Assert("the other branch")(x.sum(), pt.lt(x.sum(), 0))
    inner = ifelse(pt.gt(c, 5), x * 3, x * bad)
    f = compiled([x, c], [ifelse(pt.gt(c, 2), inner, -x), x.sum()])
    value = np.ones(2)
    np.testing.assert_array_equal(f(value, 0)[0], -value)
    np.testing.assert_array_equal(f(value, 9)[0], 3 * value)
    with pytest.raises(AssertionError, match="other branch"):
        f(value, 3)


def test_ifelse_of_a_tensor_condition_and_of_host_numbers():
    x = pt.dvector("x")
    rate = ifelse(pt.gt(x.sum(), 0), np.float64(0.5), np.float64(2.0))
    f = compiled([x], x * rate)
    np.testing.assert_array_equal(f(np.ones(2)), 0.5)
    np.testing.assert_array_equal(f(-np.ones(2)), -2)


def test_scan_without_steps_and_with_a_short_sequence():
    x, n = pt.dmatrix("x"), pt.lscalar("n")
    options = {"return_updates": False, "n_steps": n}
    doubled = pytensor.scan(lambda row: 2 * row, sequences=x, **options)
    total = pytensor.scan(lambda row, s: s + row, sequences=x, outputs_info=x[0] * 0, **options)
    f = compiled([x, n], [doubled, total[-1]])
    value = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(f(value, 2)[0], 2 * value[:2])
    np.testing.assert_array_equal(f(value, 3)[1], value.sum(axis=0))
    assert compiled([x, n], doubled)(value, 0).shape[0] == 0
    with pytest.raises(ValueError, match="length 3"):
        f(value, 4)


def test_scan_with_several_taps_and_its_gradient():
    """The Fibonacci-like recurrence ``s[t] = w s[t-1] + s[t-2]`` and d s[6] / d w by hand."""
    w = pt.dscalar("w")
    start = pt.constant(np.array([1.0, 1.0]))
    s = pytensor.scan(
        lambda before, last, w: w * last + before,
        outputs_info=[{"initial": start, "taps": [-2, -1]}],
        non_sequences=w,
        n_steps=5,
        return_updates=False,
    )
    f = compiled([w], [s, pytensor.grad(s[-1], w)])
    got, slope = f(1.0)
    np.testing.assert_array_equal(got, [2, 3, 5, 8, 13])

    def last(w):
        a, b = 1.0, 1.0
        for _ in range(5):
            a, b = b, w * b + a
        return b

    assert slope == pytest.approx((last(1 + 1e-6) - last(1 - 1e-6)) / 2e-6, rel=1e-8)


# torch.compile


def test_the_compiled_part_gives_the_numbers_of_the_eager_one():
    """Traced by torch.compile as one graph; "eager" runs what was traced, without a compiler."""
    x, i, t = pt.dmatrix("x"), pt.lscalar("i"), pytensor.shared(np.float64(1), name="t")
    w = pytensor.shared(np.linspace(-1, 1, 6).reshape(3, 2), name="w")
    noise = pytensor.shared(initial_state(2, 0))
    new, numbers = PhiloxDraw("normal", "float64")(noise, x.shape[0], 2)
    h = pt.switch(pt.dot(x, w) <= 0, 0.0, pt.dot(x, w)) + numbers * pt.sqrt(t)
    loss = pt.special.log_softmax(h, axis=1)[:, 0].mean() + (x[i] ** 2).sum() / t
    updates = {w: w - 0.1 * pytensor.grad(loss, w), noise: new, t: t + 1}
    start = w.get_value(), noise.get_value(), t.get_value()
    value = np.random.default_rng(6).normal(size=(4, 3))
    results = []
    for compiled_by in (False, "eager"):
        for variable, given in zip((w, noise, t), start, strict=True):
            variable.set_value(given)
        mode = backend.mode("cpu", compiled_by)
        f = pytensor.function([x, i], [loss, h, x[i]], updates=updates, mode=mode)
        results.append([*f(value, 1), *f(value, 2), w.get_value(), noise.get_value(), t.get_value()])
    for got, right in zip(*results, strict=True):
        np.testing.assert_allclose(got, right, rtol=1e-12)
        assert got.dtype == right.dtype


def test_what_cannot_be_compiled_is_named_at_compile_time():
    x = pt.dvector("x")
    mode = backend.mode("cpu", True)
    options = {"outputs_info": pt.constant(np.array(1.0)), "return_updates": False}
    loop = pytensor.scan(lambda a, s: pt.tanh(s + a), sequences=x, **options)
    for output in (loop, x[x > 0].sum(), Assert("no")(x, x.sum() > 0), pt.zeros(pt.argmax(x))):
        with pytest.raises(BackendError, match="compiled=False"):
            pytensor.function([x], pt.exp(output), mode=mode)


# Random variables


def test_a_seed_gives_the_same_bits_and_functions_share_the_generator():
    def run():
        rng = pytensor.shared(np.random.default_rng(11))
        new, numbers = pt.random.normal(size=(4,), rng=rng, return_next_rng=True)
        f, g = (compiled([], numbers, updates={rng: new}) for _ in range(2))
        first = [f(), g(), f()]
        assert isinstance(rng.get_value(), np.random.Generator)
        rng.set_value(np.random.default_rng(11))
        again = [g(), f(), g()]
        np.testing.assert_array_equal(first, again)
        assert len(np.unique(np.concatenate(first))) == 12
        return first

    np.testing.assert_array_equal(run(), run())


@pytest.mark.parametrize(
    ("draws", "law"),
    [
        (lambda **k: pt.random.normal(1.0, 2.0, **k), stats.norm(1, 2)),
        (lambda **k: pt.random.uniform(-1.0, 3.0, **k), stats.uniform(-1, 4)),
        (lambda **k: pt.random.exponential(2.0, **k), stats.expon(scale=2)),
        (lambda **k: pt.random.gamma(2.5, scale=2.0, **k), stats.gamma(2.5, scale=2)),
        (lambda **k: pt.random.beta(2.0, 3.0, **k), stats.beta(2, 3)),
        (lambda **k: pt.random.laplace(1.0, 2.0, **k), stats.laplace(1, 2)),
        (lambda **k: pt.random.gumbel(1.0, 2.0, **k), stats.gumbel_r(1, 2)),
        (lambda **k: pt.random.logistic(1.0, 2.0, **k), stats.logistic(1, 2)),
        (lambda **k: pt.random.cauchy(1.0, 2.0, **k), stats.cauchy(1, 2)),
        (lambda **k: pt.random.weibull(2.0, **k), stats.weibull_min(2)),
        (lambda **k: pt.random.pareto(3.0, scale=2.0, **k), stats.pareto(3, scale=2)),
        (lambda **k: pt.random.lognormal(0.0, 0.5, **k), stats.lognorm(0.5)),
        (lambda **k: pt.random.t(4.0, 1.0, 2.0, **k), stats.t(4, 1, 2)),
    ],
    ids=lambda value: value.dist.name if hasattr(value, "dist") else "",
)
def test_continuous_distributions(draws, law):
    rng = pytensor.shared(np.random.default_rng(5))
    new, numbers = draws(size=(20_000,), rng=rng, return_next_rng=True)
    value = compiled([], numbers, updates={rng: new})()
    assert value.dtype == numbers.type.dtype
    assert stats.kstest(value, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    ("draws", "probabilities"),
    [
        (lambda **k: pt.random.bernoulli(0.3, **k), [0.7, 0.3]),
        (lambda **k: pt.random.binomial(3, 0.5, **k), [1 / 8, 3 / 8, 3 / 8, 1 / 8]),
        (lambda **k: pt.random.categorical([0.2, 0.5, 0.3], **k), [0.2, 0.5, 0.3]),
        (lambda **k: pt.random.integers(0, 4, **k), [0.25] * 4),
        (lambda **k: pt.random.geometric(0.5, **k) - 1, list(0.5 ** np.arange(1, 12))),
        (lambda **k: pt.random.poisson(1.5, **k), list(stats.poisson(1.5).pmf(np.arange(12)))),
    ],
)
def test_discrete_distributions(draws, probabilities):
    rng = pytensor.shared(np.random.default_rng(7))
    numbers = draws(size=(20_000,), rng=rng)
    value = compiled([], numbers)()
    assert value.dtype == numbers.type.dtype and value.min() == 0
    counts = np.bincount(value, minlength=len(probabilities))[: len(probabilities)]
    expected = 20_000 * np.array(probabilities)
    deviation = np.abs(counts - expected) / np.sqrt(expected + 1)
    assert deviation.max() < 5


def test_draws_with_an_axis_of_their_own():
    rng = pytensor.shared(np.random.default_rng(9))
    p = np.array([[0.2, 0.8, 0.0], [0.5, 0.25, 0.25]])
    counts = compiled([], pt.random.multinomial(np.array([1000, 4000]), p, rng=rng))()
    assert counts.shape == (2, 3) and counts.sum(axis=1).tolist() == [1000, 4000]
    np.testing.assert_allclose(counts / [[1000], [4000]], p, atol=0.05)
    assert counts[0, 2] == 0
    mean, cov = np.array([1.0, -1.0]), np.array([[2.0, 0.6], [0.6, 1.0]])
    z = compiled([], pt.random.multivariate_normal(mean, cov, size=(20_000,), rng=rng))()
    np.testing.assert_allclose(z.mean(axis=0), mean, atol=0.05)
    np.testing.assert_allclose(np.cov(z.T), cov, atol=0.08)
    weights = compiled([], pt.random.dirichlet(np.array([1.0, 2.0, 3.0]), size=(5000,), rng=rng))()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights.mean(axis=0), [1 / 6, 1 / 3, 1 / 2], atol=0.02)
    order = compiled([], pt.random.permutation(10, rng=rng))()
    assert sorted(order) == list(range(10))
