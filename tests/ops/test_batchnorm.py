"""Batch normalisation against values of Theano 1.0.5, PyTorch and finite differences."""

from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from compile_on import BACKENDS, compile_on
from pytensor.gradient import verify_grad

from symgen.backends import select
from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.ops.batchnorm import (
    BatchNormTrain,
    BatchNormTrainGrad,
    batch_normalization,
    batch_normalization_test,
    batch_normalization_train,
)

GOLDEN = np.load(Path(__file__).resolve().parents[1] / "data" / "theano_batchnorm_golden.npz")
_RUNNING = {"epsilon": 1e-3, "running_average_factor": 0.3}

# Entry of the recording -> the function, the names of its arguments, its settings.
TRAIN, TEST = batch_normalization_train, batch_normalization_test
ENTRIES = {
    "e195": (TRAIN, {"axes": "per-activation"}),
    "e196": (TRAIN, {"axes": "per-activation", **_RUNNING}),
    "e197": (TEST, {"axes": "per-activation"}),
    "e198": (TRAIN, {"axes": "spatial"}),
    "e199": (TRAIN, {"axes": "spatial", **_RUNNING}),
    "e200": (TEST, {"axes": "spatial"}),
    "e201": (TRAIN, {"axes": (0, 2)}),
    "e202": (TRAIN, {"axes": (0, 2), **_RUNNING}),
    "e203": (TEST, {"axes": (0, 2)}),
    "e204": (TRAIN, {"axes": (0,)}),
    "e205": (TRAIN, {"axes": (0,), **_RUNNING}),
    "e206": (TEST, {"axes": (0,)}),
    "e207": (TRAIN, {}),
    "e208": (TRAIN, {"axes": "spatial"}),
    "e209": (TEST, {"axes": "spatial"}),
    "e210": (batch_normalization, {"mode": "low_mem"}),
    "e211": (batch_normalization, {"mode": "high_mem"}),
}
_ARGUMENTS = {"rm": "running_mean", "rv": "running_var", "x": "inputs"}


def graph_of(entry):
    """The inputs, outputs and gradients of a recorded entry, and their recorded values."""
    function, settings = ENTRIES[entry]
    values = {k.split("_in_")[1]: GOLDEN[k] for k in GOLDEN if k.startswith(f"{entry}_in_")}
    variables = {k: pt.tensor(k, dtype="float64", shape=v.shape) for k, v in values.items()}
    given = {_ARGUMENTS.get(k, k): v for k, v in variables.items()}
    results = function(**given, **settings)
    results = list(results) if isinstance(results, tuple) else [results]
    wanted = [GOLDEN[f"{entry}_out{k}"] for k in range(len(results))]
    by = [k for k in values if f"{entry}_grad_{k}" in GOLDEN]
    cost = (results[0] * GOLDEN[f"{entry}_cot"]).sum()
    results += pytensor.grad(cost, [variables[k] for k in by])
    wanted += [GOLDEN[f"{entry}_grad_{k}"] for k in by]
    return list(variables.values()), results, list(values.values()), wanted


# These compile slowly: each kind of kept axes once, with running statistics, and a prediction.
_FEW = {"numba": ("e196", "e202", "e208"), "torch": ("e196", "e199", "e202", "e208", "e200")}


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_and_gradients_are_theanos(backend):
    """The entries in one function for each backend."""
    inputs, outputs, values, wanted, places = [], [], [], [], []
    for entry in _FEW.get(backend, ENTRIES):
        for group, part in zip((inputs, outputs, values, wanted), graph_of(entry), strict=True):
            group.extend(part)
        places += [entry] * (len(outputs) - len(places))
    f = compile_on(backend, inputs, outputs, on_unused_input="ignore")
    for place, found, recorded in zip(places, f(*values), wanted, strict=True):
        found = np.asarray(found)
        assert found.dtype == "float64" and found.shape == recorded.shape, place
        np.testing.assert_allclose(found, recorded, rtol=1e-9, atol=1e-10, err_msg=place)


def test_gradient_of_all_outputs_is_that_of_torch():
    """Also where the cost reads the mean and invstd, which Theano's gradient left out."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    values = [rng.normal(size=(4, 3, 5)), rng.normal(size=3), rng.normal(size=3)]
    x, gamma, beta = pt.tensor3("x"), pt.vector("gamma"), pt.vector("beta")
    out, mean, invstd = TRAIN(x, gamma, beta, axes=(0, 2))
    cost = (out**3).sum() + (mean * gamma).sum() + (invstd**2).sum()
    found = pytensor.function(
        [x, gamma, beta], pytensor.grad(cost, [x, gamma, beta]), mode=select("py")
    )(*values)
    tensors = [torch.tensor(v, requires_grad=True) for v in values]
    mean, var = tensors[0].mean((0, 2)), tensors[0].var((0, 2), correction=0)
    invstd = 1 / torch.sqrt(var + 1e-4)
    out = (tensors[0] - mean[:, None]) * (invstd * tensors[1])[:, None] + tensors[2][:, None]
    ((out**3).sum() + (mean * tensors[1]).sum() + (invstd**2).sum()).backward()
    for gradient, tensor in zip(found, tensors, strict=True):
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-10, atol=1e-10)


def test_second_gradient_by_finite_differences():
    rng = np.random.default_rng(4)
    values = [rng.normal(size=(3, 2, 2)), rng.normal(size=2), rng.normal(size=2)]
    weights = rng.normal(size=(3, 2, 2))

    def slope(x, gamma, beta):
        out, _, invstd = TRAIN(x, gamma, beta, axes=(0, 2))
        cost = (out**3 * weights).sum() + (invstd**2).sum()
        return sum((g**2).sum() for g in pytensor.grad(cost, [x, gamma, beta]))

    verify_grad(slope, values, rng=rng, mode=select("py"))


CASES = [
    ((64, 8, 7, 7), "spatial"),
    ((5000, 3, 1, 1), "spatial"),
    ((3, 2, 9000), (0, 2)),
    ((150, 300), "per-activation"),
    ((20, 30), (0, 1)),
    ((4, 3, 5), (1,)),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_c_is_numpy_in_double_precision(dtype):
    """Shapes that fill the blocks of the C loops and that do not, at a mean far from zero."""
    rng = np.random.default_rng(5)
    inputs, outputs, values, wanted = [], [], [], []
    for shape, axes in CASES:
        x, dy = (pt.tensor(dtype=dtype, shape=(None,) * len(shape)) for _ in range(2))
        value = (rng.normal(size=shape) + 10).astype(dtype)
        slope = rng.normal(size=shape).astype(dtype)
        reduced = {"spatial": (0, *range(2, len(shape))), "per-activation": (0,)}.get(axes, axes)
        kept = tuple(n for k, n in enumerate(shape) if k not in reduced)
        gamma, beta = (pt.tensor(dtype=dtype, shape=(None,) * len(kept)) for _ in range(2))
        scale, shift = (rng.normal(size=kept).astype(dtype) for _ in range(2))
        out, mean, invstd = TRAIN(x, gamma, beta, axes=axes)
        gradients = pytensor.grad(None, [x, gamma, beta], known_grads={out: dy})
        outputs += [out, mean, invstd, *gradients]
        inputs += [x, dy, gamma, beta]
        values += [value, slope, scale, shift]

        v, g = value.astype("float64"), slope.astype("float64")
        m, s = v.mean(reduced, keepdims=True), 1 / np.sqrt(v.var(reduced, keepdims=True) + 1e-4)
        z, wide = (v - m) * s, scale.astype("float64").reshape(m.shape)
        count = v.size / m.size
        by_beta, by_gamma = g.sum(reduced, keepdims=True), (g * z).sum(reduced, keepdims=True)
        by_x = wide * s * (g - by_beta / count - z * by_gamma / count)
        wanted += [z * wide + shift.reshape(m.shape), m.reshape(kept), s.reshape(kept), by_x]
        wanted += [by_gamma.reshape(kept), by_beta.reshape(kept)]
    f = compile_on("c", inputs, outputs)
    assert {BatchNormTrain, BatchNormTrainGrad} <= {type(n.op) for n in f.maker.fgraph.apply_nodes}
    rtol, atol = (2e-4, 1e-4) if dtype == "float32" else (1e-10, 1e-10)
    for k, (found, right) in enumerate(zip(f(*values), wanted, strict=True)):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, right, rtol, atol * 4, err_msg=str(CASES[k // 6]))


def test_running_statistics_over_calls():
    """Against the recurrence with NumPy's unbiased variance; then prediction with them."""
    rng = np.random.default_rng(6)
    x = pt.matrix("x", dtype="float32")
    gamma, beta = np.ones(3, "float32"), np.zeros(3, "float32")
    mean = pytensor.shared(np.zeros(3, "float32"), name="mean")
    var = pytensor.shared(np.ones(3, "float32"), name="var")
    *_, new_mean, new_var = TRAIN(
        x, gamma, beta, running_average_factor=0.2, running_mean=mean, running_var=var
    )
    assert new_mean.type.dtype == new_var.type.dtype == "float32"
    step = pytensor.function([x], [], updates={mean: new_mean, var: new_var}, mode=select("py"))
    m, v = np.zeros(3), np.ones(3)
    for _ in range(4):
        batch = rng.normal(2, 3, size=(7, 3)).astype("float32")
        step(batch)
        m = 0.8 * m + 0.2 * batch.mean(0)
        v = 0.8 * v + 0.2 * batch.var(0, ddof=1)
    np.testing.assert_allclose(mean.get_value(), m, rtol=1e-5)
    np.testing.assert_allclose(var.get_value(), v, rtol=1e-5)
    predict = pytensor.function([x], TEST(x, gamma, beta, mean, var), mode=select("py"))
    found = predict(batch)
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, (batch - m) / np.sqrt(v + 1e-4), rtol=1e-4, atol=1e-5)


def test_types():
    """Static shapes are kept, float32 stays, mixed dtypes meet at the wider one."""
    x = pt.tensor("x", dtype="float32", shape=(None, 3, 8, 8))
    vector = pt.vector(dtype="float32")
    out, mean, invstd = TRAIN(x, vector, vector, axes="spatial")
    assert out.type == x.type and mean.type.dtype == invstd.type.dtype == "float32"
    gradient = pytensor.grad(out.sum() + invstd.sum(), x)
    assert gradient.type.dtype == "float32"
    wide = pt.tensor("wide", dtype="float32", shape=(1, 3, 1, 1))
    _, mean, _ = TRAIN(x, wide, wide, axes="spatial")
    assert mean.type.shape == (1, 3, 1, 1)
    assert TRAIN(x, pt.dvector(), vector, axes="spatial")[0].type.dtype == "float64"
    assert TEST(x, vector, vector, vector, vector, "spatial").type.dtype == "float32"


x4, v, m = pt.tensor4("x"), pt.vector("v"), pt.matrix("m")


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: TRAIN(x4, v, v, axes="columns"), ShapeError, "per-activation"),
        (lambda: TRAIN(x4, v, v, axes=()), ShapeError, "at least one axis"),
        (lambda: TRAIN(x4, v, v, axes=(0, 4)), ShapeError, "0 to 3"),
        (lambda: TRAIN(x4, v, v, axes=(0, 0, 1)), ShapeError, "once"),
        (lambda: TRAIN(x4, v, v), ShapeError, "Reshape gamma"),
        (lambda: TEST(x4, v, v, v, m, "spatial"), ShapeError, "Reshape gamma"),
        (lambda: TRAIN(x4, v, v, "spatial", epsilon=1e-6), RangeError, "1e-05"),
        (lambda: TEST(m, v, v, v, v, epsilon=0), RangeError, "1e-05"),
        (lambda: TRAIN(m, v, v, epsilon=pt.dscalar()), DtypeError, "epsilon"),
        (lambda: TRAIN(m, v, v, running_mean=v), RangeError, "running_var"),
        (lambda: TRAIN(m, pt.zvector(), v), DtypeError, "complex128"),
        (lambda: TRAIN(pt.matrix(dtype="float16"), *[pt.vector(dtype="float16")] * 2), DtypeError,
         "float16"),
        (lambda: batch_normalization(m, v, v, v, v, mode="medium"), RangeError, "low_mem"),
    ],
)
def test_bad_arguments_are_named_errors(make, error, said):
    with pytest.raises(error, match=said):
        make()


@pytest.mark.parametrize("backend", BACKENDS)
def test_parameters_of_another_length_are_refused(backend):
    f = compile_on(backend, [m, v], TRAIN(m, v, v)[0])
    assert np.asarray(f(np.ones((4, 3)), np.ones(3))).tolist() == np.ones((4, 3)).tolist()
    with pytest.raises(Exception, match="batch normalisation expected"):
        f(np.ones((4, 3)), np.ones(2))
