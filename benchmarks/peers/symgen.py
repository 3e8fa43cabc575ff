"""symgen with its default backend: models of ``symgen.models``, ``givens`` from an index.

The training function is what a user writes: ``pytensor.function`` with the data in a shared
variable, the minibatch cut by ``givens``, updates from ``symgen.updates`` and the mode that
``symgen.backends.select()`` takes. As in symgen's training loop ``trust_input`` spares the check
of the index.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt

from benchmarks.peers import repeat
from symgen import __version__, backends, losses, models, updates
from symgen.backends import blas
from symgen.layers import Dense
from symgen.random import RandomStreams


def versions(threads):
    """Say versions, backend and BLAS; the thread count is taken from the environment."""
    linked = blas.link()
    return {
        "framework": f"symgen {__version__}",
        "pytensor": pytensor.__version__,
        "backend": backends.resolve(),
        "blas": None if linked is None else linked.name,
    }


def fetch(loss):
    """The loss as a float."""
    return float(loss)


class FixedNoise:
    """Stands where ``RandomStreams`` does and gives one variable instead of draws."""

    updates = {}

    def __init__(self, variable):
        self._variable = variable

    def normal(self, size, dtype):
        """The variable; ``size`` is the model's business and known to be right."""
        return self._variable


def set_parameters(params, parameters):
    """Set shared variables from the workload's arrays, which are in the same order."""
    for variable, value in zip(params, parameters.values(), strict=True):
        if variable.get_value(borrow=True).shape != value.shape:
            raise ValueError(f"expected {variable.name} of shape {value.shape}")
        variable.set_value(value)


def vae(spec):
    """Document 002's model."""
    return models.VAE(spec.INPUT_DIM, (spec.HIDDEN_DIM,), spec.LATENT_DIM, dtype="float32")


def autoencoder(spec):
    """784-256-784 with tanh."""
    return models.Autoencoder(
        spec.INPUT_DIM, (), spec.HIDDEN_DIM, activation="tanh", dtype="float32"
    )


class ReluAutoencoder:
    """Document 004's model: relu at the output too, and a mean over everything."""

    def __init__(self, spec):
        options = {"rng": np.random.default_rng(0), "dtype": "float32"}
        self._encoder = Dense(spec.INPUT_DIM, spec.HIDDEN_DIM, "relu", name="encoder", **options)
        self._decoder = Dense(spec.HIDDEN_DIM, spec.INPUT_DIM, "relu", name="decoder", **options)
        self.params = [*self._encoder.params, *self._decoder.params]

    def cost(self, x, srng):
        """The cost, and no terms."""
        return losses.mean_squared_error(self._decoder(self._encoder(x)), x).mean(), {}


def rmsprop(spec, cost, params):
    """Document 002's update rule."""
    return updates.rmsprop(
        cost, params, learning_rate=spec.LEARNING_RATE, rho=spec.RHO, epsilon=spec.EPSILON
    )


def sgd(spec, cost, params):
    """Plain gradient descent."""
    return updates.sgd(cost, params, learning_rate=spec.LEARNING_RATE)


def build_with(model_of, rule):
    """``build`` for a model and an update rule."""

    def build(spec, parameters, data, noise):
        model = model_of(spec)
        set_parameters(model.params, parameters)
        size, batches = spec.BATCH_SIZE, len(data) // spec.BATCH_SIZE
        shared_data = pytensor.shared(data, name="data", borrow=True)
        index, x = pt.lscalar("index"), pt.matrix("x", dtype="float32")
        start = index % batches * size
        givens = {x: shared_data[start : start + size]}
        if noise is None:
            srng = RandomStreams(seed=0)
        else:
            epsilon = pt.matrix("epsilon", dtype="float32")
            srng = FixedNoise(epsilon)
            givens[epsilon] = pytensor.shared(noise, name="noise")[index % len(noise)]
        cost, _ = model.cost(x, srng)
        train = pytensor.function(
            [index],
            cost,
            updates={**rule(spec, cost, model.params), **srng.updates},
            givens=givens,
            mode=backends.select(),
        )
        train.trust_input = True
        return repeat(lambda i: train(np.asarray(i, dtype="int64")))

    return build


WORKLOADS = {
    "vae_002": build_with(vae, rmsprop),
    "autoencoder_784_256": build_with(autoencoder, sgd),
    "autoencoder_004": build_with(ReluAutoencoder, sgd),
}
