"""pytensor-ml: layers and update rules of PyTensor's own developers, on the C backend.

That is the default of the PyTensor that its newest release runs with; it is given the OpenBLAS of the
``scipy-openblas32`` wheel, which it does not find by itself.

Its ``Linear`` layers, activations, ``Model`` and ``Optimizer``; the losses and RMSprop that it
lacks are subclasses of its ``Loss`` and ``Optimizer``, as it asks for. It keeps parameters in NumPy
arrays that go in and come out of the compiled function, and data on the host: a minibatch is a
view that goes in too.
"""

import os
from importlib.metadata import version

from benchmarks.peers import openblas, repeat

# It builds everything in floatX, and this is read when PyTensor is imported.
_FLAGS = [flag for flag in os.environ.get("PYTENSOR_FLAGS", "").split(",") if flag]
_FLAGS += ["floatX=float32", "blas__ldflags=" + openblas.ldflags()]
os.environ["PYTENSOR_FLAGS"] = ",".join(_FLAGS)

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor_ml.activations import ReLU, Tanh
from pytensor_ml.layers import Linear
from pytensor_ml.loss import Loss, SquaredError
from pytensor_ml.model import Model
from pytensor_ml.optimizers import SGD, Optimizer

_VERSION = "pytensor-ml " + version("pytensor-ml")


def versions(threads):
    """Threads are taken from the environment."""
    return {
        "framework": _VERSION,
        "pytensor": pytensor.__version__,
        "linker": type(pytensor.compile.mode.get_default_mode().linker).__name__,
        "blas": "OpenBLAS of the scipy-openblas32 wheel",
    }


def fetch(loss):
    """The loss as a float; it comes with the other outputs that are no parameters."""
    return float(loss[0])


class SigmoidCrossEntropy(Loss):
    """Cross-entropy from logits in nats per example."""

    def loss(self, y_true, y_pred):
        """The mean over examples of the sum over pixels."""
        return (pt.softplus(y_pred) - y_true * y_pred).sum(axis=1).mean()


class NegativeELBO(Loss):
    """Bernoulli cross-entropy and the divergence of a code's distribution from N(0, 1)."""

    def __init__(self, mu, log_var):
        self._mu, self._log_var = mu, log_var

    def loss(self, y_true, y_pred):
        """Nats per example."""
        mu, log_var = self._mu, self._log_var
        kl = -0.5 * (1 + log_var - mu**2 - pt.exp(log_var)).sum(axis=1).mean()
        return SigmoidCrossEntropy().loss(y_true, y_pred) + kl


class RMSprop(Optimizer):
    """Running mean squares, as document 002 has them."""

    def __init__(self, model, loss_fn, *, ndim_out, learning_rate, rho, epsilon):
        self._settings = learning_rate, rho, epsilon
        super().__init__(
            model,
            loss_fn,
            ndim_out=ndim_out,
            optimizer_weights=[weight.type() for weight in model.weights],
        )

    def update_parameters(self, weights, loss):
        """New weights and mean squares."""
        learning_rate, rho, epsilon = self._settings
        weights, mean_squares = self._split_weights(weights)
        new_weights, new_squares = [], []
        for w, v, g in zip(weights, mean_squares, pt.grad(loss, weights), strict=True):
            new_squares.append(rho * v + (1 - rho) * g**2)
            step = g / (pt.sqrt(new_squares[-1]) + epsilon)
            new_weights.append(w - learning_rate * step)
        return new_weights + new_squares


def autoencoder(spec, x, activation, output=None):
    """Two linear layers."""
    logits = Linear("h", spec.INPUT_DIM, spec.HIDDEN_DIM)(x)
    y = Linear("x", spec.HIDDEN_DIM, spec.INPUT_DIM)(activation(logits))
    return y if output is None else output(y)


def squared_error(spec, x, epsilon):
    """The relu autoencoder."""
    model = Model(x, autoencoder(spec, x, ReLU(), ReLU()))
    return SGD(model, SquaredError(), ndim_out=2, learning_rate=spec.LEARNING_RATE)


def cross_entropy(spec, x, epsilon):
    """The tanh autoencoder."""
    model = Model(x, autoencoder(spec, x, Tanh()))
    return SGD(model, SigmoidCrossEntropy(), ndim_out=2, learning_rate=spec.LEARNING_RATE)


def vae(spec, x, epsilon):
    """Document 002's model; PyTensor draws the noise, or it is in the shared variable `epsilon`."""
    h = ReLU()(Linear("h", spec.INPUT_DIM, spec.HIDDEN_DIM)(x))
    mu = Linear("mu", spec.HIDDEN_DIM, spec.LATENT_DIM)(h)
    log_var = Linear("log_var", spec.HIDDEN_DIM, spec.LATENT_DIM)(h)
    if epsilon is None:
        rng = pytensor.shared(np.random.default_rng(0))
        _, epsilon = pt.random.normal(size=mu.shape, rng=rng).owner.outputs
    z = mu + epsilon * pt.exp(0.5 * log_var)
    g = ReLU()(Linear("g", spec.LATENT_DIM, spec.HIDDEN_DIM)(z))
    model = Model(x, Linear("x", spec.HIDDEN_DIM, spec.INPUT_DIM)(g))
    rates = {"learning_rate": spec.LEARNING_RATE, "rho": spec.RHO, "epsilon": spec.EPSILON}
    return RMSprop(model, NegativeELBO(mu, log_var), ndim_out=2, **rates)


def build_with(define):
    """``build`` for an optimizer with its model."""

    def build(spec, parameters, data, noise):
        fixed = None if noise is None else noise["epsilon"]
        epsilon = None if fixed is None else pytensor.shared(fixed[0], name="epsilon")
        x = pt.matrix("X", dtype="float32", shape=(None, spec.INPUT_DIM))
        optimizer = define(spec, x, epsilon)
        names = [weight.name for weight in optimizer.model.weights]
        layers = {name: "_".join(reversed(name.split("_", 1))) for name in parameters}
        by_name = {layers[name]: value for name, value in parameters.items()}
        optimizer.model._weight_values = [by_name[name].copy() for name in names]
        data, size = data["x"], spec.BATCH_SIZE
        batches = len(data) // size

        def step(i):
            start = i % batches * size
            x = data[start : start + size]
            if epsilon is not None:
                epsilon.set_value(fixed[i % len(fixed)])
            return optimizer.step(x, x)

        return repeat(step)

    return build


WORKLOADS = {
    "autoencoder_004": build_with(squared_error),
    "vae_002": build_with(vae),
    "autoencoder_784_256": build_with(cross_entropy),
}
CANNOT = {
    "gan_003": _VERSION + " has one model and one optimizer that trains every weight of a loss: "
    "the generator could not learn against a discriminator held fixed",
    "lenet": _VERSION + " has neither convolution nor pooling",
    "lstm": _VERSION + " has no recurrent layer",
    "rbm_cd15": _VERSION + " has no energy-based model, and its optimizers no other gradient than "
    "that of a loss",
}
