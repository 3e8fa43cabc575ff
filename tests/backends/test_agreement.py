"""The same numbers on every backend: ten training steps, the random draws given; samples of a seed."""

import functools
import itertools

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.traversal import ancestors

from symgen import function, models, updates
from symgen.backends import compile_epoch
from symgen.models.weights import load_weights, save_weights
from symgen.ops.philox import PhiloxDraw
from symgen.random import RandomStreams

DIM, BATCH, STEPS = 20, 16, 10
RULES = {
    "sgd": functools.partial(updates.sgd, learning_rate=0.05),
    "adam": functools.partial(updates.adam, learning_rate=0.01),
}
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}
SIZES = {"hidden_dims": (11,), "latent_dim": 3, "seed": 4}
FLOW = {"hidden_dims": (7,), "activation": "tanh", "seed": 4}
IMAGE = {"image_shape": (4, 5), "channels": 4, "first_filter_size": 3, "seed": 4}


def greys(rng, shape):
    return rng.random(shape)


def bits(rng, shape):
    return (rng.random(shape) > 0.8).astype("float64")


def reals(rng, shape):
    return rng.normal(size=shape)


def wide_reals(rng, shape):
    """Of standard deviation 2, so that a flow has something to learn."""
    return rng.normal(scale=2, size=shape)


# How to build a model, the normal draws of a step for each example (None: it draws nothing), and data.
MODELS = {
    "autoencoder": (functools.partial(models.Autoencoder, DIM, **SIZES), None, greys),
    "vae": (functools.partial(models.VAE, DIM, **SIZES), 1, greys),
    "iwae with a VampPrior": (
        functools.partial(models.IWAE, DIM, k=2, prior=models.VampPrior(4), **SIZES), 2, greys
    ),
    "nade": (functools.partial(models.NADE, DIM, 7, seed=4), None, bits),
    "made": (functools.partial(models.MADE, DIM, (11,), "tanh", seed=4), None, bits),
    "pixelcnn": (functools.partial(models.PixelCNN, DIM, n_blocks=1, **IMAGE), None, bits),
    "gated_pixelcnn": (functools.partial(models.GatedPixelCNN, DIM, n_layers=2, **IMAGE), None, bits),
    "pixel_rnn_row": (functools.partial(models.RowPixelRNN, DIM, n_layers=1, **IMAGE), None, bits),
    "pixel_rnn_diagonal": (
        functools.partial(models.DiagonalPixelRNN, DIM, n_layers=1, **IMAGE), None, bits
    ),
    "realnvp": (functools.partial(models.RealNVP, DIM, 2, **FLOW), None, wide_reals),
    "maf": (functools.partial(models.MAF, DIM, 2, **FLOW), None, wide_reals),
    "iaf": (functools.partial(models.IAF, DIM, 1, **FLOW), None, wide_reals),
    "glow": (functools.partial(models.Glow, DIM, 2, **FLOW), None, reals),
    "neural_spline": (functools.partial(models.NeuralSpline, DIM, 1, 3, **FLOW), None, wide_reals),
}  # fmt: skip
DENSITIES = list(MODELS)[3:]


def data(draws, of=greys):
    """Examples, and standard normal noise for each step."""
    rng = np.random.default_rng(7)
    return of(rng, (STEPS * BATCH, DIM)), rng.normal(size=(STEPS, BATCH * (draws or 1), 3))


def built(name, dtype):
    """A model of the table, its parameters moved so that none is zero."""
    model, move = MODELS[name][0](dtype="float64"), np.random.default_rng(8)
    moved = [p.get_value() + move.normal(0, 0.1, p.get_value().shape) for p in model.params]
    model = MODELS[name][0](dtype=dtype)
    for param, value in zip(model.params, moved, strict=True):
        param.set_value(value.astype(dtype))
    return model


def train(name, rule, dtype, backend, device=None):
    """(losses of ten steps, parameters after them), the draws being `data()`'s noise."""
    _, draws, of = MODELS[name]
    model = built(name, dtype)
    examples, noise = (pytensor.shared(array.astype(dtype)) for array in data(draws, of))
    x, i, srng = pt.matrix("x", dtype=dtype), pt.lscalar("i"), RandomStreams(1)
    loss, _ = model.cost(x, srng)
    nodes = {v.owner for v in ancestors([loss]) if v.owner and isinstance(v.owner.op, PhiloxDraw)}
    givens = {x: examples[i * BATCH : (i + 1) * BATCH]}
    givens |= {node.outputs[1]: noise[i] for node in nodes}
    assert len(nodes) == (draws is not None)
    step = RULES[rule](loss, model.params)
    epoch = compile_epoch(i, loss, step, givens, backend=backend, device=device)
    minibatches = [*range(STEPS - 1), 0]  # of the first one the last loss tells whether the model has learnt
    return epoch(np.array(minibatches)), [param.get_value() for param in model.params]


@functools.cache
def reference(name, rule):
    return train(name, rule, "float64", "py")


CASES = [
    *itertools.product(["autoencoder", "vae"], RULES, TOLERANCE),
    ("iwae with a VampPrior", "sgd", "float64"),  # one of a larger graph is enough: it compiles long
]


@pytest.mark.parametrize("backend", ["c", "numba", "jax", "torch"])
@pytest.mark.parametrize(("name", "rule", "dtype"), CASES)
def test_ten_steps_agree(name, rule, dtype, backend):
    if backend in ("jax", "torch"):
        pytest.importorskip(backend)
    check(name, rule, dtype, backend)


ON_TORCH = ["nade", "made", "pixelcnn", "realnvp", "maf", "iaf", "neural_spline"]
ON_C = ["nade", "made", "maf"]  # its compiler takes long; models' own tests and all training run on it


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        *itertools.product(DENSITIES, ["jax"]),
        *itertools.product(ON_TORCH, ["torch"]),
        *itertools.product(ON_C, ["c"]),
    ],
)
def test_ten_steps_of_densities_agree(name, backend):
    if backend != "c":
        pytest.importorskip(backend)
    check(name, "sgd", "float64", backend)


def check(name, rule, dtype, backend, device=None):
    """Compare with the Python backend in float64."""
    losses, params = train(name, rule, dtype, backend, device)
    right_losses, right_params = reference(name, rule)
    assert right_losses[-1] < right_losses[0]
    for value, right in zip([losses, *params], [right_losses, *right_params], strict=True):
        assert value.dtype == dtype
        error = np.abs(value - right).max() / np.abs(right).max()
        assert error <= TOLERANCE[dtype], f"relative error {error:.1e}"


def sampler(model, seed, backend):
    """A function of three samples, the streams begun at `seed`."""
    return function([], model.sample(3, RandomStreams(seed)), backend=backend)


@functools.cache
def reference_samples(name):
    return sampler(built(name, "float64"), 5, "py")()


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        *itertools.product(DENSITIES, ["jax"]),
        *itertools.product([*ON_TORCH, "gated_pixelcnn"], ["torch"]),
        *itertools.product(ON_C, ["c"]),
    ],
)
def test_samples_of_loaded_weights_agree(name, backend, tmp_path):
    """Compiled before its weights are loaded, a model draws what the one that saved them draws."""
    if backend != "c":
        pytest.importorskip(backend)
    path = tmp_path / "weights.safetensors"
    save_weights(built(name, "float64"), path)
    loaded = MODELS[name][0](dtype="float64")
    draw = sampler(loaded, 5, backend)
    load_weights(loaded, path)
    samples, right = draw(), reference_samples(name)
    assert samples.dtype == "float64" and (samples != draw()).any()
    if MODELS[name][2] is bits:
        np.testing.assert_array_equal(samples, right)
    else:
        assert np.abs(samples - right).max() / np.abs(right).max() <= TOLERANCE["float64"]
