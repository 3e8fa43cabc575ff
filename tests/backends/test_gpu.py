"""On a GPU: the numbers of the CPU, and parameters that stay where they are."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import backends, models, updates
from symgen.backends import compile_epoch, transfers
from symgen.random import RandomStreams

pytestmark = pytest.mark.gpu

BATCH, STEPS = 32, 6


def epoch_of(backend, device):
    """Adam on a VAE: (compiled epoch, its parameters)."""
    if backend in ("jax", "torch"):
        pytest.importorskip(backend)
    model = models.VAE(40, hidden_dims=(24,), latent_dim=3, dtype="float32", seed=1)
    rng = np.random.default_rng(2)
    examples = pytensor.shared(rng.random((STEPS * BATCH, 40)).astype("float32"))
    x, i, srng = pt.fmatrix("x"), pt.lscalar("i"), RandomStreams(3)
    loss, _ = model.cost(x, srng)
    step = updates.adam(loss, model.params, learning_rate=1e-3)
    givens = {x: examples[i * BATCH : (i + 1) * BATCH]}
    run = compile_epoch(i, loss, step, givens, backend=backend, device=device)
    return run, model.params


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_an_epoch_gives_the_numbers_of_the_cpu(backend):
    run, params = epoch_of(backend, "gpu")
    right_run, right_params = epoch_of("py", "cpu")
    np.testing.assert_allclose(run(np.arange(STEPS)), right_run(np.arange(STEPS)), rtol=1e-4)
    for param, right in zip(params, right_params, strict=True):
        np.testing.assert_allclose(param.get_value(), right.get_value(), rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_only_losses_come_to_the_host(backend):
    run, _ = epoch_of(backend, "gpu")
    run(np.arange(STEPS))
    before = transfers.copy()
    run(np.arange(STEPS))
    moved = transfers - before
    assert moved.arrays_to_host <= 1 and moved.bytes_to_host <= 4 * STEPS
    assert moved.arrays_to_device <= 1


def test_auto_takes_the_gpu():
    assert backends.resolve("auto") == backends.gpu.backend()
