"""symgen: a step as its user writes it, on the backend that ``SYMGEN_BACKEND`` names or its default.

The training function is ``symgen.function`` with the data in shared variables, the minibatch
cut by ``givens`` from an index, models of ``symgen.models`` where they are the workload's, and
updates from ``symgen.updates``. As in symgen's training loop ``trust_input`` spares the check of the
index, and with ``fetch=False`` the loss stays where it was computed. An epoch is ``symgen.backends.compile_epoch`` of the same graph.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad
from pytensor.graph.traversal import ancestors

import symgen
from benchmarks.peers import repeat, symgen_models
from benchmarks.workloads import SAMPLING
from symgen import backends, losses, models, updates
from symgen.activations import leaky_relu, log_softmax, relu, sigmoid, softplus, tanh
from symgen.backends import blas
from symgen.layers import Dense
from symgen.ops.batchnorm import batch_normalization_train
from symgen.ops.conv import conv2d, conv2d_transpose
from symgen.ops.pool import pool_2d
from symgen.random import RandomStreams


def versions(threads):
    """Say versions, backend and BLAS; the thread count is taken from the environment."""
    backend = backends.resolve()
    if backend == "torch":
        import torch

        torch.set_num_threads(threads)
    linked = blas.link()
    return {
        "framework": f"symgen {symgen.__version__}",
        "pytensor": pytensor.__version__,
        "backend": backend,
        "blas": None if linked is None else linked.name,
    }


def fetch(loss):
    """The last loss as a float: of a step's, which may lie on a device, or of an epoch's."""
    return float(loss[-1] if loss.ndim else loss)


class FixedNoise:
    """Stands where ``RandomStreams`` does and gives variables, in their order, instead of draws."""

    def __init__(self, variables):
        self._variables = iter(variables)

    def normal(self, size, dtype):
        """The next variable; ``size`` is the model's business and known to be right."""
        return next(self._variables)

    uniform = normal


def set_parameters(params, parameters):
    """Set shared variables from the workload's arrays, which are in the same order."""
    for variable, value in zip(params, parameters.values(), strict=True):
        if variable.get_value(borrow=True).shape != value.shape:
            raise ValueError(f"expected {variable.name} of shape {value.shape}")
        variable.set_value(value)


def shared_parameters(parameters):
    """A shared variable of static shape for each of the workload's arrays."""
    return {
        name: pytensor.shared(value, name=name, shape=value.shape)
        for name, value in parameters.items()
    }


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
    """Running mean squares, as document 002 has them."""
    return updates.rmsprop(
        cost, params, learning_rate=spec.LEARNING_RATE, rho=spec.RHO, epsilon=spec.EPSILON
    )


def sgd(spec, cost, params):
    """Plain gradient descent."""
    return updates.sgd(cost, params, learning_rate=spec.LEARNING_RATE)


def of_model(model_of, rule):
    """A step from a model with ``params`` and ``cost``, and an update rule."""

    def define(spec, parameters, batch, srng):
        model = model_of(spec)
        set_parameters(model.params, parameters)
        cost, _ = model.cost(batch["x"], srng)
        return cost, rule(spec, cost, model.params)

    return define


def _leaky_stack(spec, layers, below):
    """A dense stack's output before its last activation; ``layers`` are (weights, biases)."""
    for i, (W, b) in enumerate(layers):
        below = pt.dot(leaky_relu(below, spec.SLOPE) if i else below, W) + b
    return below


def gan(spec, parameters, batch, srng):
    """Document 003's networks; the generator's loss is of the discriminator as just updated."""
    p = shared_parameters(parameters)
    weights = {net: [v for name, v in p.items() if f"_{net}" in name] for net in "gd"}

    def layers(variables):
        return list(zip(variables[::2], variables[1::2], strict=True))

    def generate(name):
        z = srng.normal(spec.NOISE[name].shape, dtype="float32")
        return tanh(_leaky_stack(spec, layers(weights["g"]), z))

    both = pt.concatenate([batch["x"], disconnected_grad(generate("z1"))])
    logits = _leaky_stack(spec, layers(weights["d"]), both)
    signs = np.repeat(np.float32([-1, 1]), spec.BATCH_SIZE)[:, None]
    size = np.float32(spec.BATCH_SIZE)
    judged = softplus(signs * logits).sum() / size
    new = rmsprop(spec, judged, weights["d"])

    trained = [disconnected_grad(new[v]) for v in weights["d"]]
    fooled = softplus(-_leaky_stack(spec, layers(trained), generate("z2"))).sum() / size
    return judged + fooled, {**new, **rmsprop(spec, fooled, weights["g"])}


def _class_nats(a, y):
    """Mean of ``-log softmax(a)[y]``."""
    return -log_softmax(a)[pt.arange(y.shape[0]), y].mean()


def lenet(spec, parameters, batch, srng):
    """Two pooled convolutions and two dense layers."""
    p = shared_parameters(parameters)
    maps = batch["x"].reshape((-1, 1, spec.SIDE, spec.SIDE))
    for i in "12":
        maps = conv2d(maps, p["W_" + i], filter_flip=False)
        maps = pool_2d(maps, (2, 2), ignore_border=True)
        maps = tanh(maps + p["b_" + i][:, None, None])
    h = tanh(pt.dot(maps.reshape((-1, spec.FLAT_DIM)), p["W_h"]) + p["b_h"])
    cost = _class_nats(pt.dot(h, p["W_y"]) + p["b_y"], batch["y"])
    return cost, sgd(spec, cost, list(p.values()))


def lstm(spec, parameters, batch, srng):
    """The rows of all times are multiplied at once; the scan carries state and cell."""
    p = shared_parameters(parameters)
    size, units = spec.BATCH_SIZE, spec.HIDDEN_DIM
    rows = batch["x"].reshape((size, spec.STEPS, spec.ROW_DIM)).transpose(1, 0, 2)
    rows = pt.dot(rows.reshape((-1, spec.ROW_DIM)), p["W_x"]) + p["b"]
    rows = rows.reshape((spec.STEPS, size, 4 * units))

    def step(row, h, c, W_h):
        gates = row + pt.dot(h, W_h)
        i, f, g, o = (gates[:, k * units : (k + 1) * units] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c

    start = pt.zeros((size, units), dtype="float32")
    h, _ = pytensor.scan(
        step, sequences=rows, outputs_info=[start, start], non_sequences=[p["W_h"]], strict=True,
        return_updates=False,
    )  # fmt: skip
    cost = _class_nats(pt.dot(h[-1], p["W_y"]) + p["b_y"], batch["y"])
    rates = {"learning_rate": spec.LEARNING_RATE, "epsilon": spec.EPSILON}
    rates |= {"beta1": spec.BETA1, "beta2": spec.BETA2}
    return cost, updates.adam(cost, list(p.values()), **rates)


def rbm_cd15(spec, parameters, batch, srng):
    """The chain is a scan over uniform numbers; the gradient is that of the free energies."""
    p = shared_parameters(parameters)
    W, b_h, b_v = p.values()
    x = batch["x"]

    def step(u_h, u_v, v, W, b_h, b_v):
        h = (u_h < sigmoid(pt.dot(v, W) + b_h)).astype("float32")
        v = (u_v < sigmoid(pt.dot(h, W.T) + b_v)).astype("float32")
        return v, h

    draws = [srng.uniform(spec.NOISE[name].shape, dtype="float32") for name in "hv"]
    v, h = pytensor.scan(
        step, sequences=draws, outputs_info=[x, None], non_sequences=[W, b_h, b_v], strict=True,
        return_updates=False,
    )  # fmt: skip

    def free_energy(v):
        return -pt.dot(v, b_v) - softplus(pt.dot(v, W) + b_h).sum(axis=1)

    cost = free_energy(x).mean() - free_energy(disconnected_grad(v[-1])).mean()
    logits = pt.dot(h[-1], W.T) + b_v
    nats = losses.binary_cross_entropy_with_logits(logits, x).mean()
    return nats, sgd(spec, cost, list(p.values()))


def graph(define, spec, parameters, data, noise):
    """``(index, loss, updates, givens)`` of a step."""
    if noise is not None and getattr(spec, "DRAWS_INSIDE", False):
        raise ValueError("expected own noise: the model draws it inside a loop; got fixed noise")
    index = pt.lscalar("index")
    batches = len(data["x"]) // spec.BATCH_SIZE
    start = index % batches * spec.BATCH_SIZE
    batch, givens = {}, {}
    for name, values in data.items():
        shape = (None, *values.shape[1:])
        shared = pytensor.shared(values, name="data." + name, borrow=True, shape=shape)
        batch[name] = pt.tensor(name, dtype=values.dtype, shape=(spec.BATCH_SIZE, *shape[1:]))
        givens[batch[name]] = shared[start : start + spec.BATCH_SIZE]
    if noise is None:
        srng = RandomStreams(seed=0)
    else:
        drawn = {}
        for name, values in noise.items():
            drawn[name] = pt.tensor(name, dtype="float32", shape=values.shape[1:])
            shared = pytensor.shared(values, name="noise." + name, shape=values.shape)
            givens[drawn[name]] = shared[index % len(values)]
        srng = FixedNoise(drawn[name] for name in spec.NOISE)
    loss, new = define(spec, parameters, batch, srng)
    used = set(ancestors([loss, *new.values()]))  # a sampler looks at no data
    return index, loss, new, {variable: given for variable, given in givens.items() if variable in used}


def build_with(define):
    """``build`` of one step a call."""

    def build(spec, parameters, data, noise):
        index, loss, new, givens = graph(define, spec, parameters, data, noise)
        train = symgen.function(
            [index], loss, updates=new, givens=givens, fetch=False, on_unused_input="ignore"
        )
        train.trust_input = True
        return repeat(lambda i: train(np.asarray(i, dtype="int64")))

    return build


def epoch_with(define):
    """``build`` of many steps a call."""

    def build(spec, parameters, data, noise):
        index, loss, new, givens = graph(define, spec, parameters, data, noise)
        epoch = backends.compile_epoch(index, loss, updates=new, givens=givens)
        return lambda first, count: epoch(np.arange(first, first + count))

    return build


def _normalised(inputs, gamma, beta, spec):
    return batch_normalization_train(inputs, gamma, beta, "spatial", spec.NORM_EPSILON)[0]


def dcgan(spec, parameters, batch, srng):
    """Transposed convolutions of the generator are gradients of convolutions by their images."""
    p = shared_parameters(parameters)
    weights = {net: [v for name, v in p.items() if f"_{net}" in name] for net in "gd"}
    size, (deep, wide) = spec.BATCH_SIZE, spec.CHANNELS
    strided = {"border_mode": (1, 1), "filter_flip": False}

    def generate(name):
        z = srng.normal(spec.NOISE[name].shape, dtype="float32")
        maps = pt.dot(z, p["W_g1"]).reshape((size, deep, 7, 7))
        maps = relu(_normalised(maps, p["gamma_g1"], p["beta_g1"], spec))
        shape = (size, wide, 14, 14)
        maps = conv2d_transpose(maps, p["W_g2"], shape, input_dilation=(2, 2), **strided)
        maps = relu(_normalised(maps, p["gamma_g2"], p["beta_g2"], spec))
        shape = (size, 1, 28, 28)
        maps = conv2d_transpose(maps, p["W_g3"], shape, input_dilation=(2, 2), **strided)
        return tanh(maps + p["b_g3"][:, None, None])

    def judge(images, W_1, b_1, W_2, gamma, beta, W_3, b_3):
        maps = conv2d(images, W_1, subsample=(2, 2), **strided) + b_1[:, None, None]
        maps = conv2d(leaky_relu(maps, spec.SLOPE), W_2, subsample=(2, 2), **strided)
        maps = leaky_relu(_normalised(maps, gamma, beta, spec), spec.SLOPE)
        return pt.dot(maps.reshape((size, spec.FLAT_DIM)), W_3) + b_3

    def adam(cost, params):
        options = {"beta1": spec.BETA1, "beta2": spec.BETA2, "epsilon": spec.EPSILON}
        return updates.adam(cost, params, learning_rate=spec.LEARNING_RATE, **options)

    real = batch["x"].reshape((size, 1, spec.SIDE, spec.SIDE))
    judged = softplus(-judge(real, *weights["d"])).mean()
    judged += softplus(judge(disconnected_grad(generate("z1")), *weights["d"])).mean()
    new = adam(judged, weights["d"])
    trained = [disconnected_grad(new[v]) for v in weights["d"]]
    fooled = softplus(-judge(generate("z2"), *trained)).mean()
    return judged + fooled, {**new, **adam(fooled, weights["g"])}


def pixelcnn(spec, parameters, batch, srng):
    """The masks are constants that the filters are multiplied by."""
    p = shared_parameters(parameters)
    channels = spec.CHANNELS

    def convolved(maps, W):
        rows, columns = W.type.shape[2:]
        return conv2d(maps, W, border_mode=(rows // 2, columns // 2), filter_flip=False)

    def biased(maps, b):
        return maps + b[:, None, None]

    def gate(maps):
        return tanh(maps[:, :channels]) * sigmoid(maps[:, channels:])

    image = batch["x"].reshape((spec.BATCH_SIZE, 1, spec.SIDE, spec.SIDE))
    v = h = image
    for k in range(1, spec.LAYERS + 1):
        rows_above, columns_left = spec.masks(k)
        a_v = biased(convolved(v, p[f"W_v{k}"] * rows_above), p[f"b_v{k}"])
        a_h = convolved(h, p[f"W_h{k}"] * columns_left) + convolved(a_v, p[f"W_vh{k}"])
        out = biased(convolved(gate(biased(a_h, p[f"b_h{k}"])), p[f"W_o{k}"]), p[f"b_o{k}"])
        v, h = gate(a_v), out if k == 1 else out + h
    h = relu(biased(convolved(relu(h), p["W_1"]), p["b_1"]))
    logits = biased(convolved(h, p["W_2"]), p["b_2"])
    nats = losses.binary_cross_entropy_with_logits(logits, image).sum() / spec.BATCH_SIZE
    rates = {"beta1": spec.BETA1, "beta2": spec.BETA2, "epsilon": spec.EPSILON}
    return nats, updates.adam(nats, list(p.values()), learning_rate=spec.LEARNING_RATE, **rates)


STEPS = {
    "autoencoder_004": of_model(ReluAutoencoder, sgd),
    "vae_002": of_model(vae, rmsprop),
    "vae_002_batch8192": of_model(vae, rmsprop),
    "autoencoder_784_256": of_model(autoencoder, sgd),
    "gan_003": gan,
    "lenet": lenet,
    "lstm": lstm,
    "rbm_cd15": rbm_cd15,
    "dcgan": dcgan,
    "pixelcnn": pixelcnn,
    **symgen_models.STEPS,
}
WORKLOADS = {name: build_with(define) for name, define in STEPS.items()}
EPOCHS = {name: epoch_with(define) for name, define in STEPS.items() if name not in SAMPLING}
