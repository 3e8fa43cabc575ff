"""The benchmark harness: its arithmetic, protocol and workloads. Nothing here asserts a speed."""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytensor
import pytest

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # the harness is not installed: it lies beside the tests

from benchmarks import (
    all as everything,
)
from benchmarks import (
    arithmetic,
    arrays,
    call_overhead,
    environments,
    machine,
    picture,
    report,
    rounds,
    startup,
    step,
)
from benchmarks.peers import FLOORS, PEERS, Peer, is_rival, numpy_by_hand
from benchmarks.process import WorkerProcess, environment_of, thread_settings
from benchmarks.workloads import ALL, OF_MODELS, ON_GPU, SAMPLING, WORKLOADS, flop, load
from benchmarks.workloads.gemm import dense, with_own_matrices
from benchmarks.workloads.noise import draws
from symgen import backends, theano
from symgen.errors import (
    BackendError,
    MissingFileError,
    NonFiniteError,
    SettingsError,
    UnknownNameError,
)

# ------------------------------------------------------------------------------- arithmetic


def test_quantile_is_numpys_linear_one():
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
    for q in (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1):
        assert arithmetic.quantile(values, q) == pytest.approx(np.quantile(values, q))
    assert arithmetic.quantile([7.0], 0.25) == 7.0


def test_summarise_by_hand():
    assert arithmetic.summarise([5, 1, 3, 2, 4]) == {
        "median": 3, "min": 1, "max": 5, "q1": 2, "q3": 4, "n": 5,
    }  # fmt: skip
    with pytest.raises(ValueError, match="finite"):
        arithmetic.summarise([1.0, float("nan")])
    with pytest.raises(ValueError, match="at least one"):
        arithmetic.quantile([], 0.5)


def test_paired_ratios_take_out_what_slows_a_whole_round():
    slow = [1.0, 3.0, 1.0, 10.0]
    ours, theirs = [2 * s for s in slow], [4 * s for s in slow]
    assert arithmetic.paired_ratios(ours, theirs) == [0.5] * 4
    with pytest.raises(ValueError, match="3 and 4"):
        arithmetic.paired_ratios(ours[:3], theirs)


def test_rotated_gives_each_peer_each_place():
    orders = [arithmetic.rotated("abc", r) for r in range(3)]
    assert orders == [list("abc"), list("bca"), list("cab")]
    assert arithmetic.rotated("abc", 3) == list("abc")


# --------------------------------------------------------------------------------- machine


def test_parse_stat_counts_iowait_as_idle_and_steal_as_busy():
    #                  user nice system idle iowait irq softirq steal guest guest_nice
    busy, total = machine.parse_stat("cpu  10 1 5 100 7 2 3 4 6 1")
    assert (busy, total) == (10 + 1 + 5 + 2 + 3 + 4, 132)


def test_parse_process_stat_with_a_name_that_holds_spaces_and_parentheses():
    fields = ["S"] + [str(n) for n in range(1, 20)]
    assert machine.parse_process_stat("12 (a (b) c) " + " ".join(fields)) == 11 + 12 + 13 + 14


# -------------------------------------------------------------------------------- workloads


def test_dense_gemms_of_a_layer():
    forward, weights, below = dense(100, 784, 128)
    assert forward == (100, 784, 128, False, False)
    assert weights == (784, 100, 128, True, False)
    assert below == (100, 128, 784, False, True)
    assert dense(100, 784, 128, input_gradient=False) == [forward, weights]
    assert dense(100, 784, 128, weight_gradient=False) == [forward, below]
    assert flop([forward]) == 2 * 100 * 784 * 128


@pytest.mark.parametrize(
    "name, multiply_adds",
    [
        # batch * (2 or 3 products per layer: forward, weights, and input where there is one below)
        ("vae_002", 100 * (2 * 784 * 128 + 3 * (2 * 128 * 4 + 4 * 128 + 128 * 784))),
        ("autoencoder_784_256", 100 * (2 + 3) * 784 * 256),
        ("autoencoder_004", 32 * (2 + 3) * 784 * 128),
        # G(z1) forward, G(z2) forward and backward; d on twice the batch with its weights, and on
        # G(z2) with the gradient of its input
        (
            "gan_003",
            100 * (1 + 2) * 100 * 256
            + 100 * (1 + 3) * (256 * 512 + 512 * 1024 + 1024 * 784)
            + 100 * (2 * 2 + 2) * 784 * 1024
            + 100 * (2 * 3 + 2) * (1024 * 512 + 512 * 256 + 256),
        ),
        (
            "lenet",
            500 * (2 * 24**2 * 25 * 20 + 3 * 8**2 * 25 * 20 * 50 + 3 * (800 * 500 + 500 * 10)),
        ),
        ("lstm", 100 * (2 * 28 * 28 * 512 + 3 * 27 * 128 * 512 + 3 * 128 * 10)),
        ("rbm_cd15", 20 * (16 + 15 + 2) * 784 * 500),
        ("vae_002_batch8192", 8192 * (2 * 784 * 128 + 3 * (2 * 128 * 4 + 4 * 128 + 128 * 784))),
        # G(z1) forward, G(z2) with all gradients but that of z2; d(x) and d(G(z1)) with the gradients of
        # the weights, and below the first layer none, d(G(z2)) with those of its input
        (
            "dcgan",
            128
            * (
                (1 + 2) * 100 * 6272
                + (1 + 3) * 16 * (49 * 64 * 128 + 196 * 64)
                + (2 * 2 + 2) * 196 * 16 * 64
                + (2 * 3 + 2) * (49 * 16 * 64 * 128 + 6272)
            ),
        ),
        (
            "pixelcnn",
            64
            * 784
            * (2 * 64 * (49 + 7) + 3 * 4 * 64 * 32 * (9 + 3) + 3 * 5 * (64 * 64 + 32 * 32) + 3 * 33 * 32),
        ),
        ("made", 100 * 5 * 784 * 500),
        (
            "iwae",
            20 * (2 * 784 * 200 + 3 * (200 * 200 + 2 * 200 * 50))
            + 100 * 3 * (50 * 200 + 200 * 200 + 200 * 784),
        ),
        # x W_1 once, ten updates, five steps of the chains, the way down, two gradients of each matrix
        (
            "dbm",
            100 * (784 * 500 + 500 * 1000 + 10 * 2 * 500 * 1000 + 784 * 500)
            + 100 * (5 * 2 + 2) * (784 * 500 + 500 * 1000),
        ),
        ("realnvp", 256 * 8 * 3 * (3 * 128 + 128 * 128 + 128 * 6)),
        # G(z1) forward; d on both and on the points between, whose slope is differentiated once more
        (
            "wgan_gp",
            64 * (32 * 128 + 128 * 256 + 256 * 784)
            + 64 * (2 * 2 + 4) * 784 * 256
            + 64 * (2 * 3 + 4) * (256 * 128 + 128),
        ),
        ("mlp", 20 * (2 * 784 * 500 + 3 * 500 * 10)),
        ("da", 20 * 5 * 784 * 500),
    ],
)
def test_workload_flop(name, multiply_adds):
    assert flop(load(name).GEMMS) == 2 * multiply_adds


@pytest.mark.parametrize("name", ALL)
def test_workload_specification(name):
    spec = load(name)
    parameters = spec.initial_parameters(np.random.default_rng(0))
    again = spec.initial_parameters(np.random.default_rng(0))
    assert {value.dtype for value in parameters.values()} == {np.dtype("float32")}
    assert all(np.array_equal(parameters[key], again[key]) for key in parameters)
    assert spec.SUMMARY.endswith(f"batch {spec.BATCH_SIZE}, float32")
    assert spec.RANGE in ((0, 1), (-1, 1)) and spec.LABELS in (False, True)
    if hasattr(spec, "noise"):
        assert spec.NOISE == spec.noise(spec.BATCH_SIZE)
    else:
        assert all(draw.shape[-2] == spec.BATCH_SIZE for draw in spec.NOISE.values())


def test_initial_weights_fill_their_bounds():
    parameters = load("vae_002").initial_parameters(np.random.default_rng(0))
    assert parameters["W_h"].shape == (784, 128) and parameters["b_x"].shape == (784,)
    filters = load("lenet").initial_parameters(np.random.default_rng(0))["W_2"]
    assert filters.shape == (50, 20, 5, 5)
    # The tutorial's fan in 20 * 25, fan out 50 * 25 / 4.
    bounds = ((parameters["W_h"], 784 + 128), (filters, 20 * 25 + 50 * 25 // 4))
    for values, fans in bounds:
        bound = np.sqrt(6 / fans)
        assert 0.99 * bound < np.abs(values).max() <= np.float32(bound)


def test_unknown_workload_names_the_known():
    with pytest.raises(LookupError, match="vae_002"):
        load("vae_003")


# ------------------------------------------------------------------ what the peers compute

OURS = {name: peer for name, peer in PEERS.items() if peer.environment == "symgen"}
TRAINERS = [name for name, peer in OURS.items() if not peer.floor]


def _small_case(name, steps=3, batch_size=6):
    """A workload with few examples in a batch: specification, parameters, data, noise."""
    spec = SimpleNamespace(**vars(load(name)))
    spec.BATCH_SIZE = batch_size
    if hasattr(spec, "noise"):
        spec.NOISE = spec.noise(batch_size)
    else:
        spec.NOISE = {
            key: draw._replace(shape=(*draw.shape[:-2], batch_size, draw.shape[-1]))
            for key, draw in spec.NOISE.items()
        }
    rng = np.random.default_rng(3)
    if hasattr(spec, "examples"):
        x = spec.examples(rng, 3 * batch_size)
    else:
        x = arrays.random_images(rng, 3 * batch_size, spec.INPUT_DIM)
        x = arrays.scaled(np.round(x) if getattr(spec, "BINARISED", False) else x, *spec.RANGE)
    data = {"x": x}
    if spec.LABELS:
        data["y"] = arrays.random_labels(x, spec.CLASSES)
    noise = draws(rng, spec.NOISE, steps) if spec.NOISE else None
    return spec, spec.initial_parameters(rng), data, noise


def _losses(peer_name, case, name, steps=3):
    peer = importlib.import_module(PEERS[peer_name].module)
    run = peer.WORKLOADS[name](*case)
    return [peer.fetch(run(i, 1)) for i in range(steps)]


@pytest.fixture
def nothing_compiled(monkeypatch):
    """Run graphs in NumPy: no compiler."""
    monkeypatch.setenv("SYMGEN_BACKEND", "py")


@pytest.mark.parametrize("name", WORKLOADS)
def test_symgen_peer_trains_as_numpy_by_hand(name, nothing_compiled):
    case = _small_case(name)
    expected = _losses("numpy_by_hand", case, name)
    assert max(expected) > min(expected)
    np.testing.assert_allclose(_losses("symgen", case, name), expected, rtol=1e-5)


@pytest.fixture
def theano_programs(nothing_compiled):
    """Programs for Theano take their default dtype and mode from its configuration."""
    importlib.import_module(PEERS["symgen_theano"].module)
    with pytensor.config.change_flags(floatX="float32", mode="Mode"):
        yield


@pytest.mark.parametrize("name", ["lstm", "rbm_cd15"])
def test_a_program_for_theano_trains_as_numpy_by_hand(name, theano_programs):
    case = _small_case(name)
    expected = _losses("numpy_by_hand", case, name)
    np.testing.assert_allclose(_losses("symgen_theano", case, name), expected, rtol=1e-5)


def test_the_tutorials_perceptron_by_hand(theano_programs):
    spec, p, data, noise = case = _small_case("mlp")
    expected, p = [], {name: value.astype("float64") for name, value in p.items()}
    for i in range(3):
        part = slice(spec.BATCH_SIZE * i, spec.BATCH_SIZE * (i + 1))
        x, y = data["x"][part].astype("float64"), np.eye(spec.CLASSES)[data["y"][part]]
        h = np.tanh(x @ p["W_h"] + p["b_h"])
        a = h @ p["W_y"] + p["b_y"]
        q = np.exp(a) / np.exp(a).sum(1, keepdims=True)
        penalty = (p["W_h"] ** 2).sum() + (p["W_y"] ** 2).sum()
        expected.append(-np.log((q * y).sum(1)).mean() + spec.L2 * penalty)
        da = (q - y) / len(x)
        du = da @ p["W_y"].T * (1 - h**2)
        slopes = {"W_h": x.T @ du + 2 * spec.L2 * p["W_h"], "b_h": du.sum(0),
                  "W_y": h.T @ da + 2 * spec.L2 * p["W_y"], "b_y": da.sum(0)}
        p = {name: value - spec.LEARNING_RATE * slopes[name] for name, value in p.items()}
    np.testing.assert_allclose(_losses("symgen_theano", case, "mlp"), expected, rtol=1e-5)


def test_the_tutorials_denoising_autoencoder_by_hand(theano_programs):
    spec, p, data, noise = case = _small_case("da")
    expected, p = [], {name: value.astype("float64") for name, value in p.items()}
    for i in range(3):
        part = slice(spec.BATCH_SIZE * i, spec.BATCH_SIZE * (i + 1))
        x = data["x"][part].astype("float64")
        seen = (noise["u"][i] < np.float32(1 - spec.CORRUPTION)) * x
        h = 1 / (1 + np.exp(-(seen @ p["W"] + p["b_h"])))
        z = 1 / (1 + np.exp(-(h @ p["W"].T + p["b_v"])))
        expected.append(-(x * np.log(z) + (1 - x) * np.log(1 - z)).sum(1).mean())
        dz = (z - x) / len(x)
        du = dz @ p["W"] * h * (1 - h)
        slopes = {"W": seen.T @ du + dz.T @ h, "b_h": du.sum(0), "b_v": dz.sum(0)}
        p = {name: value - spec.LEARNING_RATE * slopes[name] for name, value in p.items()}
    np.testing.assert_allclose(_losses("symgen_theano", case, "da"), expected, rtol=1e-5)


def test_an_epoch_of_the_symgen_peer_ends_where_its_steps_do(nothing_compiled):
    case = _small_case("autoencoder_784_256")
    peer = importlib.import_module(PEERS["symgen"].module)
    run = peer.EPOCHS["autoencoder_784_256"](*case)
    expected = _losses("numpy_by_hand", case, "autoencoder_784_256")
    assert peer.fetch(run(0, 2)) == pytest.approx(expected[1], rel=1e-5)
    assert peer.fetch(run(2, 1)) == pytest.approx(expected[2], rel=1e-5)
    assert set(peer.EPOCHS) == {*WORKLOADS, *ON_GPU, *OF_MODELS}
    assert set(peer.WORKLOADS) == {*peer.EPOCHS, *SAMPLING}


@pytest.mark.parametrize("name", ["dcgan", "pixelcnn"])
def test_symgen_peer_trains_as_torch(name, monkeypatch):
    """Convolutions, transposed ones and normalisations: PyTorch is the oracle."""
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    monkeypatch.setenv("SYMGEN_BACKEND", "jax")
    case = _small_case(name)
    expected = _losses("torch_eager", case, name)
    assert max(expected) > min(expected)
    np.testing.assert_allclose(_losses("symgen", case, name), expected, rtol=1e-5)


# Not those that take long without a compiler, nor the one that cannot be given draws: each measurement
# compares their losses.
SLOW = ("realnvp", "neural_spline", "glow_images", "nade", "dbm")


@pytest.mark.parametrize("name", [name for name in OF_MODELS if name not in SLOW])
def test_models_train_as_torch(name, nothing_compiled):
    """The models' own training step, given the same weights and draws: PyTorch is the oracle."""
    pytest.importorskip("torch")
    case = _small_case(name)
    expected = _losses("torch_eager", case, name)
    assert max(expected) > min(expected)
    np.testing.assert_allclose(_losses("symgen", case, name), expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["vae_002", "lenet", "conv_vae"])
def test_symgen_on_c_trains_as_torch(name, monkeypatch):
    """Whole steps of the workload's own size, compiled: blocks, threads and results in place."""
    pytest.importorskip("torch")
    monkeypatch.setenv("SYMGEN_BACKEND", "c")
    spec, *_ = case = _small_case(name, steps=5, batch_size=load(name).BATCH_SIZE)
    expected = _losses("torch_eager", case, name, steps=5)
    assert max(expected) > min(expected)
    np.testing.assert_allclose(_losses("symgen", case, name, steps=5), expected, rtol=spec.TOLERANCE)


@pytest.mark.parametrize("name", ["sample_realnvp", "sample_maf"])
def test_models_draw_as_torch(name, nothing_compiled):
    """The models' own samplers, given the same weights and numbers."""
    pytest.importorskip("torch")
    case = _small_case(name)
    expected = _losses("torch_eager", case, name)
    assert max(expected) > min(expected)
    np.testing.assert_allclose(_losses("symgen", case, name), expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["dcgan", "pixelcnn", *OF_MODELS, *SAMPLING[:1], *SAMPLING[2:]])
def test_jax_peer_trains_as_torch(name):
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    case = _small_case(name)
    expected = _losses("torch_eager", case, name)
    np.testing.assert_allclose(_losses("jax_jit", case, name), expected, rtol=1e-5)


def test_a_model_that_draws_inside_a_loop_takes_no_noise(nothing_compiled):
    with pytest.raises(ValueError, match="expected own noise"):
        _losses("symgen", _small_case("dbm"), "dbm")


def test_a_pixel_depends_on_those_before_it_alone():
    """The masks of the PixelCNN: the logit of a pixel does not see it, nor what comes after."""
    torch = pytest.importorskip("torch")
    spec, parameters, *_ = _small_case("pixelcnn", batch_size=1)
    peer = importlib.import_module(PEERS["torch_eager"].module)
    image = torch.full((1, spec.INPUT_DIM), 0.5, requires_grad=True)
    place = 13 * spec.SIDE + 14
    logits = []
    original, peer.F = peer.F, SimpleNamespace(
        **{**vars(peer.F), "binary_cross_entropy_with_logits": lambda a, x, **_: logits.append(a) or a.sum()}
    )
    try:
        peer.pixelcnn_loss(spec, peer.tensors(parameters), {"x": image}, None)
    finally:
        peer.F = original
    logits[0].reshape(-1)[place].backward()
    seen = image.grad.reshape(-1) != 0
    assert not seen[place:].any() and seen[place - 1] and seen[place - spec.SIDE : place - spec.SIDE + 2].all()


def test_symgen_training_peer_trains_as_numpy_by_hand(nothing_compiled):
    case = _small_case("autoencoder_784_256")
    expected = _losses("numpy_by_hand", case, "autoencoder_784_256")
    actual = _losses("symgen_training", case, "autoencoder_784_256")
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "name, gradients_of",
    [
        ("vae_002", numpy_by_hand.vae_gradients),
        ("autoencoder_784_256", numpy_by_hand.cross_entropy_gradients),
        ("autoencoder_004", numpy_by_hand.squared_error_gradients),
        ("gan_003", numpy_by_hand.discriminator_gradients),
        ("gan_003", numpy_by_hand.generator_gradients),
        ("lenet", numpy_by_hand.lenet_gradients),
        ("lstm", numpy_by_hand.lstm_gradients),
    ],
)
def test_numpy_by_hand_has_the_gradient_of_its_loss(name, gradients_of):
    """Central differences in float64, along a random direction for each parameter."""
    spec, parameters, data, noise = _small_case(name)
    parameters = {key: value.astype("float64") for key, value in parameters.items()}
    batch = {key: values[: spec.BATCH_SIZE] for key, values in data.items()}
    batch["x"] = batch["x"].astype("float64")
    noise = noise and {key: values[0].astype("float64") for key, values in noise.items()}
    _, gradients = gradients_of(spec, parameters, batch, noise)
    rng = np.random.default_rng(5)
    step = 1e-8 if name == "lenet" else 1e-7  # few rectifiers and maxima have a kink so near
    for key in gradients:
        value = parameters[key]
        direction = rng.standard_normal(value.shape)
        above, below = (
            gradients_of(
                spec, {**parameters, key: value + sign * step * direction}, batch, noise
            )[0]
            for sign in (1, -1)
        )
        slope = (above - below) / (2 * step)
        assert np.sum(gradients[key] * direction) == pytest.approx(slope, rel=1e-4), key


def test_divergence_is_the_difference_of_free_energies():
    """Central differences of ``mean F(x) - mean F(v_15)``, the chain's end ``v_15`` held fixed."""
    spec, parameters, data, noise = _small_case("rbm_cd15")
    p = {key: value.astype("float64") for key, value in parameters.items()}
    x = v = data["x"][: spec.BATCH_SIZE].astype("float64")

    def probability(a):
        return 1 / (1 + np.exp(-a))

    for u_h, u_v in zip(noise["h"][0], noise["v"][0], strict=True):
        h = (u_h < probability(v @ p["W"] + p["b_h"])).astype("float64")
        v = (u_v < probability(h @ p["W"].T + p["b_v"])).astype("float64")

    def difference(W, b_h, b_v):
        energies = [-u @ b_v - np.logaddexp(0, u @ W + b_h).sum(1) for u in (x, v)]
        return np.mean(energies[0]) - np.mean(energies[1])

    now = {key: values[0] for key, values in noise.items()}
    loss, gradients = numpy_by_hand.divergence_gradients(spec, p, {"x": x}, now)
    a = h @ p["W"].T + p["b_v"]
    nats = -(x * np.log(probability(a)) + (1 - x) * np.log(1 - probability(a)))
    assert loss == pytest.approx(nats.sum(1).mean())
    rng = np.random.default_rng(5)
    for key, value in p.items():
        direction = rng.standard_normal(value.shape)
        above, below = (
            difference(**{**p, key: value + sign * 1e-5 * direction}) for sign in (1, -1)
        )
        slope = (above - below) / 2e-5
        assert np.sum(gradients[key] * direction) == pytest.approx(slope, rel=1e-5), key


def test_every_peer_of_this_environment_lists_known_workloads():
    for peer in OURS.values():
        module = importlib.import_module(peer.module)
        assert set(module.WORKLOADS) <= set(ALL), peer.name
    assert set(FLOORS) == {"gemm_openblas", "gemm_torch"}


def test_rivals_are_the_other_frameworks():
    rivals = [name for name, peer in PEERS.items() if is_rival(peer)]
    assert rivals == [
        *("torch_eager", "torch_compile", "torch_cuda_graph"),
        *("jax_jit", "pytensor_ml", "theano_105"),
    ]
    backends = {n: p.variables for n, p in PEERS.items() if p.variables}
    assert backends == {f"symgen_{b}": {"SYMGEN_BACKEND": b} for b in ("jax", "torch", "numba")}
    assert set(everything.TRAINERS.split(",")) <= set(PEERS)
    assert set(picture.LOOKS) == {name for name, peer in PEERS.items() if not peer.floor}


@pytest.mark.parametrize("name", ALL)
def test_gemm_floor_multiplies_the_products_it_names(name):
    pytest.importorskip("scipy_openblas32")
    floor = importlib.import_module(PEERS["gemm_openblas"].module)
    floor.versions(1)
    spec = load(name)
    run = floor.WORKLOADS[name](spec, {}, None, None)
    actual = floor.fetch(run(0, 1))
    rng = np.random.default_rng(0)
    for gemm in with_own_matrices(spec.GEMMS):
        a = rng.random((gemm.k, gemm.m) if gemm.transpose_a else (gemm.m, gemm.k), "float32")
        b = rng.random((gemm.n, gemm.k) if gemm.transpose_b else (gemm.k, gemm.n), "float32")
    a, b = a.T if gemm.transpose_a else a, b.T if gemm.transpose_b else b
    assert actual == pytest.approx(float((a @ b)[0, 0]), rel=1e-5)


# --------------------------------------------------------------------------------- protocol

FAKE_PEER = """
import json, os, sys
print("a library that prints while it is imported")

def versions(threads):
    words = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "FAKE_VARIABLE")}
    return {"framework": "fake 1", "threads": threads, **words}

def fetch(loss):
    return float(loss)

def build(spec, parameters, data, noise):
    print("and one that prints while it is built")
    first = float(data["x"][0, 0]) + float(parameters["W_h"].sum())
    def run(first_step, count):
        total = 0
        for _ in range(2000 * count):
            total += 1
        return LOSS
    return run

def fails(spec, parameters, data, noise):
    raise RuntimeError("no such layer")

def in_one_call(spec, parameters, data, noise):
    step = build(spec, parameters, data, noise)
    def run(first_step, count):
        print("%d steps in one call" % count)
        return step(first_step, count)
    return run

WORKLOADS = {"vae_002": build, "autoencoder_004": fails}
EPOCHS = {"vae_002": in_one_call}
CANNOT = {"lstm": "it has no memory"}
"""


@pytest.fixture
def fake_peer(tmp_path, monkeypatch):
    """Make a peer in this interpreter whose loss of step ``i`` is the expression given."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("SYMGEN_DATA", raising=False)

    def make(name, loss, **variables):
        (tmp_path / f"{name}.py").write_text(FAKE_PEER.replace("LOSS", loss))
        return Peer(name, None, name, variables=variables)

    return make


def _options(*arguments):
    small = ["--rounds", "3", "--turn-seconds", "0.002", "--examples", "1000"]
    return step.parse([*small, *arguments])


def _measure(peers, *arguments, workload="vae_002", **settings):
    options = _options(*arguments)
    return step.measure(
        peers, [], workload, {None: sys.executable}, options, print, **settings
    )


def test_peers_take_turns_in_rotating_order(fake_peer):
    peers = [fake_peer(name, "100.0 - first_step") for name in ("one", "two")]
    peers.append(fake_peer("three", "100.0 - first_step", FAKE_VARIABLE="set"))
    record = _measure(peers)
    turns = [(turn["round"], turn["peer"]) for turn in record["turns"]]
    assert turns == [
        (0, "one"), (0, "two"), (0, "three"),
        (1, "two"), (1, "three"), (1, "one"),
        (2, "three"), (2, "one"), (2, "two"),
    ]  # fmt: skip
    assert all(turn["ms_per_step"] > 0 for turn in record["turns"])
    assert record["check"]["two"]["losses"] == [100.0 - i for i in range(rounds.CHECKED_STEPS)]
    versions = record["versions"]
    assert versions["one"]["OMP_NUM_THREADS"] == "1" and versions["one"]["threads"] == 1
    assert versions["one"]["FAKE_VARIABLE"] is None and versions["three"]["FAKE_VARIABLE"] == "set"
    assert "random values" in record["data"] and "1000 x 784" in record["data"]
    for memory in record["memory_mib"].values():
        assert memory["data"] == pytest.approx(1000 * 784 * 4 / 2**20)
        assert memory["peak"] is None or memory["peak"] > memory["imported"] > 1
    rows = record["analysis"]["peers"]
    assert "reference_over_peer" not in rows["one"]
    assert rows["two"]["reference_over_peer"]["n"] == 3
    json.dumps(record)


def test_an_epoch_is_one_call_of_all_its_steps(fake_peer):
    peers = [fake_peer("one", "count"), fake_peer("two", "count")]
    record = _measure(peers, "--per", "epoch", "--rounds", "2")
    assert record["steps_per_epoch"] == 10 and record["in_one_call"] == {"one": True, "two": True}
    assert [turn["loss"] for turn in record["turns"]] == [10.0] * 4
    assert record["steps_per_turn"] == {"one": 10, "two": 10}
    assert "s/epoch" in report.markdown(record)


def test_a_peer_that_cannot_or_fails_is_left_out_by_name(fake_peer):
    right, wrong = fake_peer("right", "100.0"), fake_peer("wrong", "107.0")
    record = _measure([right, wrong, fake_peer("also", "101.0")], keep_going=True)
    assert set(record["analysis"]["peers"]) == {"right", "also"}
    assert "wrong to train with the losses of right" in record["failed"]["wrong"]
    assert "wrong failed: " in report.markdown(record)
    with pytest.raises(SettingsError, match="it has no memory"):
        _measure([right], workload="lstm", keep_going=True)


def test_losses_that_differ_stop_the_measurement(fake_peer):
    peers = [fake_peer("right", "100.0"), fake_peer("wrong", "100.02")]
    _measure(peers, "--check-only")  # own noise: within 5 %
    with pytest.raises(SettingsError, match="wrong to train with the losses of right"):
        _measure(peers, "--check-only", "--noise", "fixed")
    with pytest.raises(SettingsError, match="--noise fixed"):
        _measure([peers[0], fake_peer("far", "106.0")], "--check-only")
    with pytest.raises(SettingsError):
        _measure([peers[0], fake_peer("nan", "float('nan')")], "--check-only")


def test_a_loss_that_is_not_finite_stops_the_measurement(fake_peer):
    diverging = fake_peer("diverging", "1.0 if first_step < 10 else float('inf')")
    with pytest.raises(NonFiniteError, match="diverging"):
        _measure([diverging])


def test_worker_reports_what_went_wrong(fake_peer, tmp_path):
    peer = fake_peer("fails", "1.0")
    with pytest.raises(BackendError, match="no such layer"):
        _measure([peer], "--check-only", workload="autoencoder_004")
    with pytest.raises(BackendError, match="does not implement .*autoencoder_784_256"):
        _measure([peer], "--check-only", workload="autoencoder_784_256")
    with pytest.raises(BackendError, match="no_such_module"):
        _measure([Peer("absent", None, "no_such_module")], "--check-only")


def test_worker_that_ends_or_hangs_is_reported(fake_peer):
    ending = fake_peer("ending", "os._exit(3)")
    with pytest.raises(BackendError, match="end of its output"):
        _measure([ending], "--check-only")


def test_worker_that_hangs_is_reported(fake_peer, tmp_path):
    hanging = fake_peer("hanging", "__import__('time').sleep(60)")
    arrays.write(tmp_path, load("vae_002"), "own", 0, 200)
    with WorkerProcess("hanging", sys.executable, {}) as worker:
        worker.ask("prepare", module="hanging", workload="vae_002", folder=str(tmp_path),
                   threads=1, cpus=None)  # fmt: skip
        with pytest.raises(BackendError, match="no answer within 0.1 s"):
            worker.ask("losses", steps=1, timeout=0.1)
    assert hanging.module == "hanging"


def test_noise_is_written_only_when_fixed(tmp_path, monkeypatch):
    monkeypatch.delenv("SYMGEN_DATA", raising=False)
    spec = load("vae_002")
    arrays.write(tmp_path, spec, "own", 0, 200)
    assert not (tmp_path / "noise.npz").exists()
    parameters = dict(np.load(tmp_path / "parameters.npz"))
    arrays.write(tmp_path, spec, "fixed", 0, 200)
    noise = np.load(tmp_path / "noise.npz")["epsilon"]
    assert noise.shape == (arrays.NOISE_STEPS, 100, 4) and noise.min() < 0
    again = np.load(tmp_path / "parameters.npz")
    assert all(np.array_equal(parameters[key], again[key]) for key in parameters)


def test_uniform_noise_lies_between_0_and_1():
    noise = draws(np.random.default_rng(0), load("rbm_cd15").NOISE, 2)
    assert noise["v"].shape == (2, 15, 20, 784) and noise["v"].dtype == np.float32
    assert 0 <= noise["v"].min() < 0.01 and 0.99 < noise["v"].max() < 1


def test_data_in_the_range_of_a_workload_with_labels_where_it_needs_them(tmp_path, monkeypatch):
    monkeypatch.delenv("SYMGEN_DATA", raising=False)
    words = arrays.write(tmp_path, load("gan_003"), "own", 0, 50)
    x = np.load(tmp_path / "x.npy")
    assert x.min() == -1 and 0.9 < x.max() <= 1 and x.dtype == np.float32
    assert "50 x 784 in [-1, 1]" in words and not (tmp_path / "y.npy").exists()
    arrays.write(tmp_path, load("lstm"), "own", 0, 50)
    y = np.load(tmp_path / "y.npy")
    assert y.dtype == np.int64 and y.shape == (50,) and set(y) <= set(range(10))


def test_mnist_is_found_and_scaled(tmp_path, monkeypatch):
    header = b"".join(n.to_bytes(4, "big") for n in (2051, 2, 28, 28))
    pixels = np.arange(2 * 784, dtype="uint8")
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / arrays.MNIST_FILE).write_bytes(header + pixels.tobytes())
    monkeypatch.setenv("SYMGEN_DATA", str(tmp_path))
    images = arrays.read_images(arrays.find_mnist())
    assert images.shape == (2, 784) and images.dtype == np.float32
    assert images.max() == 1.0 and images[0, 51] == np.float32(0.2)
    labels = tmp_path / "mnist" / arrays.LABELS_FILE
    labels.write_bytes(b"".join(n.to_bytes(4, "big") for n in (2049, 3)) + bytes([7, 0, 9]))
    assert arrays.read_labels(labels).tolist() == [7, 0, 9]


def test_thread_settings():
    variables, cpus = thread_settings(1)
    assert variables["OMP_NUM_THREADS"] == variables["PJRT_NPROC"] == "1"
    assert "--xla_cpu_multi_thread_eigen=false" in variables["XLA_FLAGS"]
    assert cpus is None or len(cpus) == 1
    for wrong in (0, 10**6):
        if cpus is not None or wrong == 0:
            with pytest.raises(SettingsError, match="--threads"):
                thread_settings(wrong)


# ----------------------------------------------------------------------------------- report


def _turns(times, others):
    """Turns from ``{peer: [ms per round]}`` and the CPU use of others in each round."""
    return [
        {"round": r, "peer": peer, "ms_per_step": ms[r], "cpu_others": others[r], "cpu_own": 0.5}
        for r in range(len(others))
        for peer, ms in times.items()
    ]


def test_analyse_by_hand():
    times = {"ours": [2, 4, 30], "theirs": [4, 4, 10], "slow_floor": [2, 3, 9], "floor": [1, 2, 4]}
    result = report.analyse(
        _turns(times, [0.0, 0.02, 0.5]),
        ["ours", "theirs"],
        ["slow_floor", "floor"],
        "ours",
        4,
        ["theirs"],
    )
    assert result["fastest_rival"] == "theirs"
    assert result["peers"]["ours"]["over_fastest"]["median"] == 1.0  # of 0.5, 1, 3
    assert "over_fastest" not in result["peers"]["floor"]
    assert result["floor"] == "floor"
    assert result["disturbed_rounds"] == [2]
    theirs = result["peers"]["theirs"]
    assert theirs["reference_over_peer"]["median"] == 1.0
    assert theirs["reference_over_peer"]["max"] == 3.0
    assert theirs["reference_over_peer_calm"]["median"] == 0.75  # of 0.5 and 1
    assert theirs["times_floor"]["median"] == 2.5  # of 4, 2, 2.5
    assert theirs["cpus_used"] == 2.0
    assert "reference_over_peer" not in result["peers"]["ours"]
    assert "reference_over_peer" not in result["peers"]["floor"]


def test_analyse_without_floor_or_usage():
    turns = _turns({"ours": [2.0], "theirs": [1.0]}, [None])
    for turn in turns:
        turn["cpu_own"] = None
    result = report.analyse(turns, ["ours", "theirs"], [], "ours", 2)
    assert result["floor"] is None and result["cpu_others"] is None
    assert result["fastest_rival"] is None
    assert result["peers"]["theirs"]["reference_over_peer"]["median"] == 2.0
    assert result["peers"]["theirs"]["cpus_used"] is None


def test_step_command_writes_json_and_prints_the_table(fake_peer, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(PEERS, "one", fake_peer("one", "5.0"))
    monkeypatch.setitem(PEERS, "two", fake_peer("two", "5.0"))
    arguments = ["--peers", "one,two", "--rounds", "2", "--turn-seconds", "0.002"]
    arguments += ["--examples", "1000"]
    assert step.main([*arguments, "--results", str(tmp_path / "out"), "--name", "try"]) == 0
    printed = capsys.readouterr().out
    assert "| two | " in printed and "one / peer, paired" in printed
    record = json.loads((tmp_path / "out" / "try.json").read_text())
    assert record["analysis"]["rounds"] == 2 and record["threads"] == 1
    assert record["command"].startswith("python -m benchmarks.step --peers one,two")


def test_all_command_writes_results_table_and_picture(
    fake_peer, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(PEERS, "one", fake_peer("one", "5.0"))
    monkeypatch.setitem(PEERS, "two", fake_peer("two", "5.0"))
    monkeypatch.setitem(PEERS, "fails", fake_peer("fails", "50.0"))
    arguments = ["--workloads", "vae_002", "--peers", "one,two,fails", "--threads", "1"]
    arguments += ["--rounds", "2", "--turn-seconds", "0.002", "--epoch-rounds", "1"]
    arguments += ["--epoch-examples", "1000", "--repeats", "1", "--results", str(tmp_path)]
    monkeypatch.setattr(arrays, "N_EXAMPLES", 1000)
    assert everything.main(arguments) == 0
    folder = tmp_path / "all-threads1"
    table = (folder / "table.md").read_text()
    assert table in capsys.readouterr().out
    row = next(line for line in table.splitlines() if line.startswith("| two |"))
    assert "-" not in row.split("|")[5]  # an epoch was timed
    assert "per step: fails failed: " in table and "per epoch: fails failed: " in table
    result = json.loads((folder / "vae_002.json").read_text())
    assert result["epoch"]["steps_per_epoch"] == 10
    assert result["first_steps"]["one"]["cold"] > 0
    assert (folder / "ratios.png").read_bytes().startswith(b"\x89PNG")
    (folder / "ratios.png").unlink()
    assert picture.main([str(folder)]) == 0 and (folder / "ratios.png").exists()
    assert picture.main([str(tmp_path)]) == 1
    assert everything.main([*arguments[2:], "--workloads", "vae_003"]) == 1
    assert "vae_002" in capsys.readouterr().err


def test_ratios_of_the_picture_are_times_over_the_references():
    times = {"ours": [2.0, 4.0], "theirs": [4.0, 16.0], "floor": [1.0, 2.0]}
    turns = _turns(times, [0.0, 0.0])
    analysis = report.analyse(turns, ["ours", "theirs"], ["floor"], "ours", 2)
    peers, floor = picture.ratios({"analysis": analysis})
    assert peers["ours"] == (1.0, 1.0, 1.0) and floor == 0.5
    low, middle, high = peers["theirs"]
    assert 2 <= low < middle < high <= 4  # of 2 and 4
    assert middle == pytest.approx(1 / np.median([1 / 2, 1 / 4]))


def test_step_command_names_what_is_missing(tmp_path, capsys):
    assert step.main(["--peers", "symgn", "--envs", str(tmp_path)]) == 1
    assert "symgen" in capsys.readouterr().err
    assert step.main(["--peers", "torch_eager", "--envs", str(tmp_path)]) == 1
    assert "benchmarks.environments build torch" in capsys.readouterr().err
    assert step.main(["--python", "torch", "--envs", str(tmp_path)]) == 1
    assert "ENVIRONMENT=INTERPRETER" in capsys.readouterr().err


# ----------------------------------------------------------------------------- environments


def test_environment_is_current_only_when_built_from_these_requirements(tmp_path, monkeypatch):
    (tmp_path / "benchmarks").mkdir()
    requirements = tmp_path / "benchmarks" / "few.txt"
    requirements.write_text("# nothing\n")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    few = environments.Environment("few", "few.txt", (3, 11), (3, 13))
    monkeypatch.setitem(environments.ENVIRONMENTS, "few", few)
    with pytest.raises(MissingFileError, match="build few"):
        environments.built_python(tmp_path, "few")
    (tmp_path / "few").mkdir()
    stamp = tmp_path / "few" / environments.STAMP
    stamp.write_text(environments._fingerprint(few) + "\n")
    assert Path(environments.built_python(tmp_path, "few")).is_relative_to(tmp_path / "few")
    requirements.write_text("# changed\n")
    with pytest.raises(MissingFileError):
        environments.built_python(tmp_path, "few")
    with pytest.raises(UnknownNameError):
        environments.built_python(tmp_path, "fewer")


def test_requirements_are_pinned_and_every_peer_has_an_environment():
    for environment in environments.ENVIRONMENTS.values():
        text = (ROOT / "benchmarks" / environment.requirements).read_text()
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert any("==" in line for line in lines)
    assert {peer.environment for peer in PEERS.values()} == set(environments.ENVIRONMENTS)


def test_build_refuses_a_folder_that_is_no_environment(tmp_path, capsys):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "thesis.txt").write_text("keep")
    assert environments.main(["build", "torch", "--envs", str(tmp_path)]) == 1
    assert "Move it away" in capsys.readouterr().err
    assert (tmp_path / "torch" / "thesis.txt").read_text() == "keep"


# ---------------------------------------------------------------------------------- startup


def test_time_until_sees_the_first_match_on_a_terminal():
    program = (
        "import os, sys, time; assert sys.stdout.isatty(); "
        "assert os.get_terminal_size(1).columns == 120; "
        "print('step 1', flush=True); "
        "time.sleep(1); print('step 2')"
    )
    first, end = startup.time_until([sys.executable, "-c", program], {}, r"step \d")
    assert 0 < first < end - 0.2  # the program slept between them


@pytest.mark.parametrize(
    "program, message",
    [("raise SystemExit(3)", "exit code 3"), ("print('other')", "no output that matches")],
)
def test_time_until_reports_failure(program, message):
    with pytest.raises(BackendError, match=message):
        startup.time_until([sys.executable, "-c", program], {}, "step")


def test_cold_and_warm_share_one_fresh_cache_folder(monkeypatch):
    monkeypatch.setenv("PYTENSOR_FLAGS", "floatX=float32,base_compiledir=/elsewhere")
    seen = []

    def run(variables, folder):
        files = Path(variables["SYMGEN_CACHE"])
        seen.append((variables["PYTENSOR_FLAGS"], files.exists()))
        files.mkdir(exist_ok=True)
        return folder

    result = startup.cold_and_warm(run, 2)
    assert result["warm"] == [result["cold"]] * 2
    assert [existed for _, existed in seen] == [False, True, True]
    assert seen[0][0] == f"floatX=float32,base_compiledir={result['cold']}/pytensor"
    assert not Path(result["cold"]).exists()


def test_startup_options_take_a_command_after_two_dashes():
    options = startup.parse(["--repeats", "2", "--", "python", "train.py", "--epochs", "1"])
    assert options.command == ["python", "train.py", "--epochs", "1"] and options.repeats == 2
    assert startup.parse([]).command[1:4] == ["-m", "symgen", "train"]
    assert startup.parse(["--no-command"]).command is None
    with pytest.raises(SystemExit):
        startup.parse(["--no-command", "--", "python"])


def test_only_the_same_interpreter_gets_the_paths_of_packages(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "some/folder")
    monkeypatch.setenv("SOME_VARIABLE", "kept")
    assert environment_of(sys.executable)["PYTHONPATH"] == "some/folder"
    other = environment_of("another/python")
    assert "PYTHONPATH" not in other and other["SOME_VARIABLE"] == "kept"


def test_overhead_compares_functions_that_compute_the_same(nothing_compiled, capsys):
    mode = backends.select()
    for inputs, outputs, counter in call_overhead.cases().values():
        values = [
            np.asarray(call_overhead.compiled(function, inputs, outputs, counter, mode)(2.0))
            for function in (pytensor.function, theano.function)
        ]
        np.testing.assert_array_equal(*values)
        assert counter is None or counter.get_value() == 2
    assert call_overhead.main(["--rounds", "1", "--calls", "3"]) == 0
    assert capsys.readouterr().out.count("\n| ") == 6


@pytest.mark.parametrize("workload", WORKLOADS)
def test_the_training_loop_trains_a_workload_or_says_why_not(workload):
    peer = importlib.import_module("benchmarks.peers.symgen_training")
    assert (workload in peer.WORKLOADS) != (workload in peer.CANNOT)
