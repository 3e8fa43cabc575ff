"""Every model of the families' tables on every backend: what Python's backend makes of its graphs."""

import functools
import os

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from test_laws_of_models import ROWS, initialized, objectives

import symgen
from symgen.random import RandomStreams

BACKENDS = ("c", "numba", "jax", "torch")
# A row compiles for seconds: these run, unlike each other, and all rows where the environment says
# SYMGEN_TEST_ALL=1. Ten steps of others, and samples of weights loaded: tests/backends/test_agreement.py.
SAMPLE = {
    ("jax", "contractive_autoencoder"),
    ("jax", "rbm_pcd"),
    ("jax", "wgan_gp"),
    ("torch", "boltzmann_machine"),
    ("torch", "contractive_autoencoder"),
    ("torch", "rbm_pcd"),
    ("torch", "realnvp of grey levels"),
    ("torch", "wgan_gp"),
}
CASES = [
    (backend, name)
    for backend in BACKENDS
    for name in ROWS
    if os.environ.get("SYMGEN_TEST_ALL") == "1" or (backend, name) in SAMPLE
]


def step(name, backend):
    """Of each objective its loss, its gradients and the new values of buffers, in float64."""
    model = initialized(ROWS[name], dtype="float64")
    inputs, values, parts = objectives(ROWS[name], model)
    outputs = []
    for part in parts:
        outputs += [part.loss, *pytensor.grad(part.loss, part.params), *part.updates.values()]
    f = symgen.function(inputs, outputs, backend=backend, on_unused_input="ignore")
    return f(*values)


def samples(name, backend):
    """Four of them at a seed."""
    model, context = initialized(ROWS[name], dtype="float64"), {}
    if model.context_dim:
        context["context"] = pt.as_tensor(ROWS[name].context[:4])
    return [symgen.function([], model.sample(4, RandomStreams(5), **context), backend=backend)()]


@functools.cache
def right(values, name):
    return values(name, "py")


def check(values, name, backend):
    if backend in ("jax", "torch"):
        pytest.importorskip(backend)
    for value, expected in zip(values(name, backend), right(values, name), strict=True):
        assert value.dtype == expected.dtype and np.isfinite(value).all()
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize(("backend", "name"), CASES)
def test_losses_gradients_and_buffers_are_the_same(name, backend):
    check(step, name, backend)


@pytest.mark.parametrize(
    ("backend", "name"), [case for case in CASES if hasattr(ROWS[case[1]].build(), "sample")]
)
def test_samples_of_a_seed_are_the_same(name, backend):
    check(samples, name, backend)
