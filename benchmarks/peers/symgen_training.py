"""symgen's own training loop: the compiled steps that ``symgen train`` calls, many in one call.

It gathers each minibatch by the numbers of its rows, and returns the terms of the cost beside
it; the peer ``symgen`` cuts a slice, as the other frameworks do.
"""

from functools import partial

import numpy as np

from benchmarks.peers.symgen import (
    autoencoder,
    fetch,
    set_parameters,
    vae,
    versions,
)
from symgen import updates
from symgen.training.step import Step

__all__ = ["WORKLOADS", "fetch", "versions"]


def build_with(model_of, rule_of):
    """``build`` for a model and an update rule."""

    def build(spec, parameters, data, noise):
        if noise is not None:
            raise ValueError("expected own noise: the training loop draws it; got fixed noise")
        model = model_of(spec)
        set_parameters(model.params, parameters)
        batches = len(data["x"]) // spec.BATCH_SIZE
        step = Step(
            model,
            data["x"],
            rule_of(spec),
            learning_rate=spec.LEARNING_RATE,
            seed=0,
            backend=None,
        )
        order = np.arange(batches * spec.BATCH_SIZE).reshape(batches, -1)

        def run(first, count):
            return step(order[np.arange(first, first + count) % batches])[0][-1]

        return run

    return build


WORKLOADS = {
    "vae_002": build_with(
        vae, lambda spec: partial(updates.rmsprop, rho=spec.RHO, epsilon=spec.EPSILON)
    ),
    "autoencoder_784_256": build_with(autoencoder, lambda spec: updates.sgd),
}

_NO_STEP = "symgen.training.Step takes one model and one update rule; this workload has {}"
CANNOT = {
    "autoencoder_004": _NO_STEP.format("no model there: a relu at the output, a mean over pixels"),
    "gan_003": _NO_STEP.format("two losses, each with parameters of its own"),
    "lenet": _NO_STEP.format("classes, which no model there has"),
    "lstm": _NO_STEP.format("classes, which no model there has"),
    "rbm_cd15": _NO_STEP.format("another loss than the one that is descended"),
}
