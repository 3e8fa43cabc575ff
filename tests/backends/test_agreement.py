"""Ten training steps of each model, the random draws given: the same numbers on every backend."""

import functools
import itertools

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.traversal import ancestors

from symgen import models, updates
from symgen.backends import compile_epoch
from symgen.ops.philox import PhiloxDraw
from symgen.random import RandomStreams

DIM, BATCH, STEPS = 20, 16, 10
RULES = {
    "sgd": functools.partial(updates.sgd, learning_rate=0.05),
    "adam": functools.partial(updates.adam, learning_rate=0.01),
}
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}
SIZES = {"hidden_dims": (11,), "latent_dim": 3, "seed": 4}
# How to build a model, and the normal draws of a step for each example (None: it draws nothing).
MODELS = {
    "autoencoder": (functools.partial(models.Autoencoder, DIM, **SIZES), None),
    "vae": (functools.partial(models.VAE, DIM, **SIZES), 1),
    "iwae with a VampPrior": (
        functools.partial(models.IWAE, DIM, k=2, prior=models.VampPrior(4), **SIZES), 2
    ),
}  # fmt: skip


def data(draws):
    """Grey levels, and standard normal noise for each step."""
    rng = np.random.default_rng(7)
    return rng.random((STEPS * BATCH, DIM)), rng.normal(size=(STEPS, BATCH * (draws or 1), 3))


def train(name, rule, dtype, backend, device=None):
    """(losses of ten steps, parameters after them), the draws being `data()`'s noise."""
    build, draws = MODELS[name]
    model = build(dtype=dtype)
    start = np.random.default_rng(8)
    for param in model.params:
        param.set_value(start.normal(0, 0.3, param.get_value().shape).astype(dtype))
    examples, noise = (pytensor.shared(array.astype(dtype)) for array in data(draws))
    x, i, srng = pt.matrix("x", dtype=dtype), pt.lscalar("i"), RandomStreams(1)
    loss, _ = model.cost(x, srng)
    nodes = {v.owner for v in ancestors([loss]) if v.owner and isinstance(v.owner.op, PhiloxDraw)}
    givens = {x: examples[i * BATCH : (i + 1) * BATCH]}
    givens |= {node.outputs[1]: noise[i] for node in nodes}
    assert len(nodes) == (draws is not None)
    step = RULES[rule](loss, model.params)
    epoch = compile_epoch(i, loss, step, givens, backend=backend, device=device)
    return epoch(np.arange(STEPS)), [param.get_value() for param in model.params]


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


def check(name, rule, dtype, backend, device=None):
    """Compare with the Python backend in float64."""
    losses, params = train(name, rule, dtype, backend, device)
    right_losses, right_params = reference(name, rule)
    assert right_losses[-1] < right_losses[0]
    for value, right in zip([losses, *params], [right_losses, *right_params], strict=True):
        assert value.dtype == dtype
        error = np.abs(value - right).max() / np.abs(right).max()
        assert error <= TOLERANCE[dtype], f"relative error {error:.1e}"
