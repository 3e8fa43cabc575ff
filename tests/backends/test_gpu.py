"""On a GPU: the numbers of the CPU, and state that stays where it is."""

import importlib
import os
import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import test_agreement
import test_constructs
from constructs import CONSTRUCTS

import symgen
from symgen import backends, models, updates
from symgen.backends import compile_epoch, transfers
from symgen.errors import BackendError
from symgen.ops.batchnorm import batch_normalization_train
from symgen.ops.conv import conv2d, conv2d_transpose
from symgen.ops.pool import pool_2d
from symgen.random import RandomStreams

pytestmark = pytest.mark.gpu

BATCH, STEPS = 32, 6
both = pytest.mark.parametrize("backend", ["jax", "torch"])


@pytest.fixture(autouse=True)
def needs_the_library(request):
    backend = getattr(request.node, "callspec", None) and request.node.callspec.params.get("backend")
    if backend:
        pytest.importorskip(backend)


def vae():
    """Adam on a VAE with draws of its own: (index, loss, updates, givens, parameters)."""
    model = models.VAE(40, hidden_dims=(24,), latent_dim=3, dtype="float32", seed=1)
    rng = np.random.default_rng(2)
    examples = pytensor.shared(rng.random((STEPS * BATCH, 40)).astype("float32"))
    x, i, srng = pt.fmatrix("x"), pt.lscalar("i"), RandomStreams(3)
    loss, _ = model.cost(x, srng)
    step = updates.adam(loss, model.params, learning_rate=1e-3)
    return i, loss, step, {x: examples[i * BATCH : (i + 1) * BATCH]}, model.params


def epoch_of(backend, device):
    """The VAE's compiled epoch, and its parameters."""
    *graph, params = vae()
    return compile_epoch(*graph, backend=backend, device=device), params


def stepper(backend, device, **options):
    """The VAE's compiled step, and its parameters."""
    index, loss, step, givens, params = vae()
    options = {"backend": backend, "device": device, **options}
    return symgen.function([index], loss, updates=step, givens=givens, **options), params


def on_gpu(value):
    """Whether a value of JAX or PyTorch lies on a GPU."""
    if hasattr(value, "is_cuda"):
        return value.is_cuda
    return {device.platform for device in value.devices()} == {"gpu"}


# -- the numbers of the CPU -------------------------------------------------------------------------


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda row: row.name)
def test_construct(construct, dtype, backend):
    test_constructs.check(construct, backend, dtype, "gpu")


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rule", test_agreement.RULES)
@pytest.mark.parametrize("name", test_agreement.MODELS)
def test_ten_steps_agree(name, rule, dtype, backend):
    test_agreement.check(name, rule, dtype, backend, "gpu")


def convolutional(dtype, backend, device):
    """Losses and parameters of ten steps through strides, a normalisation, a pool and a transpose."""
    rng = np.random.default_rng(4)
    images = pytensor.shared(rng.random((80, 1, 12, 12)).astype(dtype))
    shapes = {"W": (6, 1, 4, 4), "V": (6, 1, 4, 4), "U": (8, 6, 3, 3)}
    p = {k: pytensor.shared(rng.normal(0, 0.3, s).astype(dtype), name=k) for k, s in shapes.items()}
    p |= {k: pytensor.shared(np.full(6, n, dtype), name=k) for k, n in (("gamma", 1), ("beta", 0))}
    x, i = pt.tensor4("x", dtype=dtype), pt.lscalar("i")
    strides = {"border_mode": (1, 1), "filter_flip": False}
    maps = conv2d(x, p["W"], subsample=(2, 2), **strides)
    maps = pt.tanh(batch_normalization_train(maps, p["gamma"], p["beta"], "spatial")[0])
    pooled = pool_2d(conv2d(maps, p["U"], border_mode="half"), (2, 2), ignore_border=True)
    again = conv2d_transpose(maps, p["V"], x.shape, input_dilation=(2, 2), **strides)
    loss = pt.sqr(again - x).mean() + pt.sqr(pooled).mean()
    step = updates.sgd(loss, list(p.values()), learning_rate=0.05)
    givens = {x: images[i * 8 : (i + 1) * 8]}
    run = compile_epoch(i, loss, step, givens, backend=backend, device=device)
    return [run(np.arange(10)), *(v.get_value() for v in p.values())]


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ten_steps_with_convolutions_agree(dtype, backend):
    right = convolutional("float64", "py", "cpu")
    assert right[0][-1] < right[0][0]
    for value, expected in zip(convolutional(dtype, backend, "gpu"), right, strict=True):
        error = np.abs(value - expected).max() / np.abs(expected).max()
        assert error <= test_agreement.TOLERANCE[dtype]


@both
def test_a_convolution_is_multiplied_in_its_own_precision(backend):
    """0.05 in float32 is another number."""
    rng, image, filters = np.random.default_rng(9), pt.dtensor4("image"), pt.dtensor4("filters")
    values = rng.normal(size=(16, 1, 7, 5)), rng.normal(size=(4, 1, 3, 3))
    out = conv2d(image, filters)
    outputs = [0.05 * out, 0.05 * pytensor.grad(pt.sqr(out).sum(), filters)]
    results = pytensor.function([image, filters], outputs, mode=backends.select(backend, "gpu"))(*values)
    right = pytensor.function([image, filters], outputs, mode=backends.select("py"))(*values)
    for value, expected in zip(results, right, strict=True):
        np.testing.assert_allclose(value, expected, rtol=0, atol=1e-13 * np.abs(expected).max())


@both
def test_an_epoch_gives_the_numbers_of_the_cpu(backend):
    run, params = epoch_of(backend, "gpu")
    right_run, right_params = epoch_of("py", "cpu")
    for _ in range(2):  # the second call works with what the first has compiled or recorded
        losses, right = run(np.arange(STEPS)), right_run(np.arange(STEPS))
        np.testing.assert_allclose(losses, right, rtol=1e-4)
    for param, right in zip(params, right_params, strict=True):
        np.testing.assert_allclose(param.get_value(), right.get_value(), rtol=1e-2, atol=1e-4)


@both
def test_parameters_set_between_epochs_are_taken(backend):
    losses = []
    for given in ((backend, "gpu"), ("py", "cpu")):
        run, params = epoch_of(*given)
        run(np.arange(STEPS))
        for param in params:
            param.set_value(param.get_value() / 2)
        losses.append(run(np.arange(STEPS)))
    np.testing.assert_allclose(*losses, rtol=1e-4)


@both
def test_a_seed_gives_the_same_bits(backend):
    results = []
    for _ in range(2):
        f, params = stepper(backend, "gpu")
        results.append([*(f(i) for i in range(STEPS)), *(p.get_value() for p in params)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


@both
@pytest.mark.parametrize("product", ["dot", "conv2d"])
def test_products_are_exact_unless_told_otherwise(product, backend, monkeypatch):
    """The factors of TF32 have 11 bits, those of float32 24."""
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(2, 512, 512)).astype("float32")
    right = a.astype("float64") @ b.astype("float64")
    errors = {}
    for tf32 in "01":
        monkeypatch.setenv("SYMGEN_TF32", tf32)
        x, y = pt.fmatrix("x"), pt.fmatrix("y")
        if product == "dot":
            out = pt.dot(x, y)
        else:  # 512 places, 512 channels, filters of one tap
            image, filters = x.T.dimshuffle("x", 0, 1, "x"), y.T.dimshuffle(0, 1, "x", "x")
            out = conv2d(image, filters)[0, :, :, 0].T
        mode = fresh_mode(backend)
        value = pytensor.function([x, y], out, mode=mode)(a, b)
        errors[tf32] = np.abs(value - right).max() / np.abs(right).max()
    assert errors["0"] < 2e-6
    assert 2e-5 < errors["1"] < 5e-3


def fresh_mode(backend):
    """A mode that no other test has used."""
    module = importlib.import_module(f"symgen.backends.{backend}")
    return module.mode.__wrapped__("gpu")


def test_what_the_user_told_pytorch_stays():
    torch = pytest.importorskip("torch")
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    stepper("torch", "gpu")[0](0)
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32) == before


# -- where things are -------------------------------------------------------------------------------


@both
def test_only_losses_come_to_the_host(backend):
    run, _ = epoch_of(backend, "gpu")
    run(np.arange(STEPS))
    before = transfers.copy()
    run(np.arange(STEPS))
    moved = transfers - before
    assert moved.arrays_to_host <= 1 and moved.bytes_to_host <= 4 * STEPS
    assert moved.arrays_to_device <= 1


@both
def test_steps_that_fetch_nothing_move_nothing_to_the_host(backend):
    f, params = stepper(backend, "gpu", fetch=False)
    f(0)
    before = transfers.copy()
    losses = [f(i) for i in range(STEPS)]
    moved = transfers - before
    assert moved.arrays_to_host == 0
    assert moved.bytes_to_device <= 8 * STEPS  # the index
    assert all(on_gpu(loss) for loss in losses)
    assert all(on_gpu(param.container.storage[0]) for param in params)
    reference, _ = stepper("py", "cpu")
    reference(0)
    np.testing.assert_allclose([float(v) for v in losses], [reference(i) for i in range(STEPS)], 1e-4)


def test_jax_writes_new_state_into_the_memory_of_the_old():
    pytest.importorskip("jax")
    f, params = stepper("jax", "gpu")
    f(0)
    old = params[0].container.storage[0]
    place = old.unsafe_buffer_pointer()
    f(1)
    assert old.is_deleted() and not params[0].container.storage[0].is_deleted()
    f(2)
    assert place in {p.container.storage[0].unsafe_buffer_pointer() for p in params}


def test_stepping_takes_no_more_memory():
    jax = pytest.importorskip("jax")
    f, _ = stepper("jax", "gpu")
    f(0)
    f(1)
    before = jax.devices()[0].memory_stats()["bytes_in_use"]
    for i in range(STEPS):
        f(i)
    assert jax.devices()[0].memory_stats()["bytes_in_use"] <= before


def test_pytorch_records_a_step_once():
    pytest.importorskip("torch")
    run, _ = epoch_of("torch", "gpu")
    run(np.arange(STEPS))
    recorded = run._steps._replays
    assert recorded is not None and len(recorded._recordings) == 1
    run(np.arange(STEPS))
    assert run._steps._replays is recorded and len(recorded._recordings) == 1


def test_auto_takes_the_gpu():
    assert backends.resolve("auto") == backends.gpu.backend()


# -- errors -----------------------------------------------------------------------------------------


@both
def test_no_memory_left_is_a_named_error(backend):
    pressed = pytensor.shared(np.zeros(2, "float32"), name="pressed")
    v = pt.fvector("v")
    f = symgen.function(
        [v], pt.outer(v, v) + 1, updates={pressed: pressed + 1}, backend=backend, device="gpu"
    )
    f(np.ones(3, "float32"))
    with pytest.raises(BackendError, match="enough memory") as caught:
        f(np.ones(1 << 20, "float32"))  # 4 TiB
    assert "minibatch" in caught.value.remedy
    if backend == "torch":
        np.testing.assert_array_equal(pressed.get_value(), [1, 1])
    pressed.set_value(np.zeros(2, "float32"))
    f(np.ones(3, "float32"))
    np.testing.assert_array_equal(pressed.get_value(), [1, 1])


@both
def test_a_hidden_gpu_is_a_named_error(backend):
    code = f"from symgen import backends; backends.select({backend!r}, 'gpu')"
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    call = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert call.returncode and f"a GPU for backend '{backend}'" in call.stderr
    assert "symgen[cuda]" in call.stderr


@pytest.mark.parametrize("name", ["c", "numba", "py"])
def test_backends_of_the_cpu_say_so(name):
    with pytest.raises(BackendError, match="device='gpu' for backend"):
        backends.select(name, "gpu")
