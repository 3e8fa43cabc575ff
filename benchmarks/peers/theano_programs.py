"""Programs for Theano, as its tutorials wrote them, for Theano 1.0.5 and for symgen's namespace.

Shared variables, ``givens`` that cut the minibatch by an index, ``theano.scan`` for the LSTM and the
chain of the Boltzmann machine, draws of ``MRG_RandomStreams``, ``trust_input``. The peers that
import this file have said which Theano it is, and its flags.

An epoch is a loop over steps: Theano has no other.
"""

import numpy as np
import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.signal.pool import pool_2d

from benchmarks.peers import repeat


def fetch(loss):
    """The loss as a float."""
    return float(loss)


class Noise:
    """Draws by name: of Theano's own generator, or variables that stand for fixed numbers."""

    def __init__(self, spec, fixed):
        self._spec = spec
        self._fixed = fixed
        self.srng = MRG_RandomStreams(seed=1)

    def __call__(self, name):
        """The variable of one step's draws."""
        if self._fixed is not None:
            return self._fixed[name]
        kind, shape = self._spec.NOISE[name]
        draw = self.srng.normal if kind == "normal" else self.srng.uniform
        return draw(shape, dtype="float32")


def bernoulli_nats(logits, x):
    """Cross-entropy from logits, summed over everything; softplus is rewritten to be stable."""
    return (T.nnet.softplus(logits) - x * logits).sum()


def vae(spec, p, batch, noise):
    """Document 002's step."""
    x = batch["x"]
    h = T.nnet.relu(T.dot(x, p["W_h"]) + p["b_h"])
    mu = T.dot(h, p["W_mu"]) + p["b_mu"]
    log_var = T.dot(h, p["W_log_var"]) + p["b_log_var"]
    z = mu + noise("epsilon") * T.exp(np.float32(0.5) * log_var)
    g = T.nnet.relu(T.dot(z, p["W_g"]) + p["b_g"])
    logits = T.dot(g, p["W_x"]) + p["b_x"]
    kl = np.float32(-0.5) * (1 + log_var - mu ** 2 - T.exp(log_var)).sum()
    loss = (bernoulli_nats(logits, x) + kl) / np.float32(spec.BATCH_SIZE)
    return loss, rmsprop(spec, loss, list(p.values()))


def cross_entropy(spec, p, batch, noise):
    """The tanh autoencoder's step."""
    x = batch["x"]
    h = T.tanh(T.dot(x, p["W_h"]) + p["b_h"])
    logits = T.dot(h, p["W_x"]) + p["b_x"]
    loss = bernoulli_nats(logits, x) / np.float32(spec.BATCH_SIZE)
    return loss, sgd(spec, loss, list(p.values()))


def squared_error(spec, p, batch, noise):
    """The relu autoencoder's step."""
    x = batch["x"]
    h = T.nnet.relu(T.dot(x, p["W_h"]) + p["b_h"])
    y = T.nnet.relu(T.dot(h, p["W_x"]) + p["b_x"])
    loss = T.mean((y - x) ** 2)
    return loss, sgd(spec, loss, list(p.values()))


def _leaky_stack(spec, variables, below):
    for i in range(0, len(variables), 2):
        if i:
            below = T.nnet.relu(below, np.float32(spec.SLOPE))
        below = T.dot(below, variables[i]) + variables[i + 1]
    return below


def gan(spec, p, batch, noise):
    """A step of the discriminator and one of the generator, in one function."""
    weights = {net: [v for name, v in p.items() if name[2] == net] for net in "gd"}
    size = np.float32(spec.BATCH_SIZE)
    fake = T.tanh(_leaky_stack(spec, weights["g"], noise("z1")))
    logits = _leaky_stack(spec, weights["d"], T.concatenate([batch["x"], fake]))
    signs = np.repeat(np.float32([-1, 1]), spec.BATCH_SIZE)[:, None]
    judged = T.nnet.softplus(signs * logits).sum() / size
    new = rmsprop(spec, judged, weights["d"], [fake])
    trained = [theano.gradient.disconnected_grad(dict(new)[v]) for v in weights["d"]]
    image = T.tanh(_leaky_stack(spec, weights["g"], noise("z2")))
    fooled = T.nnet.softplus(-_leaky_stack(spec, trained, image)).sum() / size
    return judged + fooled, new + rmsprop(spec, fooled, weights["g"])


def _class_nats(a, y):
    """Theano rewrites this form to its stable softmax with cross-entropy."""
    return -T.mean(T.log(T.nnet.softmax(a))[T.arange(y.shape[0]), y])


def mlp(spec, p, batch, noise):
    """The tutorial's perceptron, with its penalty on the weights."""
    h = T.tanh(T.dot(batch["x"], p["W_h"]) + p["b_h"])
    nats = _class_nats(T.dot(h, p["W_y"]) + p["b_y"], batch["y"])
    penalty = (p["W_h"] ** 2).sum() + (p["W_y"] ** 2).sum()
    loss = nats + np.float32(spec.L2) * penalty
    return loss, sgd(spec, loss, list(p.values()))


def da(spec, p, batch, noise):
    """The tutorial's denoising autoencoder, with tied weights and the sigmoid before its logarithm."""
    x = batch["x"]
    kept = T.cast(T.lt(noise("u"), np.float32(1 - spec.CORRUPTION)), "float32")
    h = T.nnet.sigmoid(T.dot(kept * x, p["W"]) + p["b_h"])
    z = T.nnet.sigmoid(T.dot(h, p["W"].T) + p["b_v"])
    loss = T.mean(-T.sum(x * T.log(z) + (1 - x) * T.log(1 - z), axis=1))
    return loss, sgd(spec, loss, list(p.values()))


def lenet(spec, p, batch, noise):
    """The tutorial's network, with the kernels not flipped."""
    shape = (spec.BATCH_SIZE, 1, spec.SIDE, spec.SIDE)
    maps = batch["x"].reshape(shape)
    for i, side in zip("12", spec.POOLED):
        W = p["W_" + i]
        maps = T.nnet.conv2d(
            maps, W, input_shape=shape, filter_shape=W.get_value().shape, filter_flip=False
        )
        maps = pool_2d(maps, (2, 2), ignore_border=True)
        maps = T.tanh(maps + p["b_" + i].dimshuffle("x", 0, "x", "x"))
        shape = (spec.BATCH_SIZE, spec.FILTERS[int(i) - 1], side, side)
    h = T.tanh(T.dot(maps.flatten(2), p["W_h"]) + p["b_h"])
    loss = _class_nats(T.dot(h, p["W_y"]) + p["b_y"], batch["y"])
    return loss, sgd(spec, loss, list(p.values()))


def lstm(spec, p, batch, noise):
    """The rows of all times are multiplied at once; the scan carries state and cell."""
    size, units = spec.BATCH_SIZE, spec.HIDDEN_DIM
    rows = batch["x"].reshape((size, spec.STEPS, spec.ROW_DIM)).dimshuffle(1, 0, 2)
    rows = T.dot(rows.reshape((spec.STEPS * size, spec.ROW_DIM)), p["W_x"]) + p["b"]
    rows = rows.reshape((spec.STEPS, size, 4 * units))

    def step(row, h, c, W_h):
        gates = row + T.dot(h, W_h)
        i, f, g, o = [gates[:, k * units : (k + 1) * units] for k in range(4)]
        c = T.nnet.sigmoid(f) * c + T.nnet.sigmoid(i) * T.tanh(g)
        return T.nnet.sigmoid(o) * T.tanh(c), c

    start = T.zeros((size, units), dtype="float32")
    (h, _), _ = theano.scan(
        step, sequences=rows, outputs_info=[start, start], non_sequences=[p["W_h"]], strict=True
    )
    loss = _class_nats(T.dot(h[-1], p["W_y"]) + p["b_y"], batch["y"])
    return loss, adam(spec, loss, list(p.values()))


def rbm_cd15(spec, p, batch, noise):
    """The tutorial's chain by scan; with its own noise the draws are inside."""
    W, b_h, b_v = p["W"], p["b_h"], p["b_v"]
    x = batch["x"]
    own = noise.srng if noise._fixed is None else None

    def binomial(probability, u):
        if own is not None:
            return own.binomial(size=probability.shape, p=probability, dtype="float32")
        return T.cast(T.lt(u, probability), "float32")

    def step(*arguments):
        u_h, u_v = (None, None) if own is not None else arguments[:2]
        v = arguments[-4]
        h = binomial(T.nnet.sigmoid(T.dot(v, W) + b_h), u_h)
        logits = T.dot(h, W.T) + b_v
        return binomial(T.nnet.sigmoid(logits), u_v), logits

    (v, logits), draws = theano.scan(
        step,
        sequences=[] if own is not None else [noise("h"), noise("v")],
        outputs_info=[x, None],
        non_sequences=[W, b_h, b_v],
        strict=True,
        n_steps=spec.STEPS,
    )
    chain_end = v[-1]

    def free_energy(v):
        return -T.dot(v, b_v) - T.nnet.softplus(T.dot(v, W) + b_h).sum(axis=1)

    cost = T.mean(free_energy(x)) - T.mean(free_energy(chain_end))
    loss = bernoulli_nats(logits[-1], x) / np.float32(spec.BATCH_SIZE)
    new = sgd(spec, cost, list(p.values()), [chain_end])
    return loss, new + list(draws.items())


def sgd(spec, loss, params, constant=None):
    """Plain gradient descent."""
    gradients = T.grad(loss, params, consider_constant=constant)
    return [(p, p - np.float32(spec.LEARNING_RATE) * g) for p, g in zip(params, gradients)]


def _zeros_like(p):
    return theano.shared(np.zeros_like(p.get_value()))


def rmsprop(spec, loss, params, constant=None):
    """Running mean squares, as document 002 has them."""
    new = []
    for p, g in zip(params, T.grad(loss, params, consider_constant=constant)):
        mean_square = _zeros_like(p)
        v = np.float32(spec.RHO) * mean_square + np.float32(1 - spec.RHO) * g ** 2
        new.append((mean_square, v))
        step = g / (T.sqrt(v) + np.float32(spec.EPSILON))
        new.append((p, p - np.float32(spec.LEARNING_RATE) * step))
    return new


def adam(spec, loss, params):
    """Adam with bias correction."""
    count = theano.shared(np.float32(0))
    number = count + np.float32(1)
    new = [(count, number)]
    first = 1 - np.float32(spec.BETA1) ** number
    second = T.sqrt(1 - np.float32(spec.BETA2) ** number)
    for p, g in zip(params, T.grad(loss, params)):
        m, v = _zeros_like(p), _zeros_like(p)
        m_new = np.float32(spec.BETA1) * m + np.float32(1 - spec.BETA1) * g
        v_new = np.float32(spec.BETA2) * v + np.float32(1 - spec.BETA2) * g ** 2
        scale = T.sqrt(v_new) / second + np.float32(spec.EPSILON)
        new += [(m, m_new), (v, v_new)]
        new.append((p, p - np.float32(spec.LEARNING_RATE) / first * m_new / scale))
    return new


def build_with(define):
    """``build`` of one step a call."""

    def build(spec, parameters, data, noise):
        index = T.lscalar("index")
        start = index % (len(data["x"]) // spec.BATCH_SIZE) * spec.BATCH_SIZE
        batch, givens = {}, {}
        for name, values in data.items():
            batch[name] = T.matrix(name) if values.ndim == 2 else T.lvector(name)
            shared = theano.shared(values, borrow=True)
            givens[batch[name]] = shared[start : start + spec.BATCH_SIZE]
        fixed = None
        if noise is not None:
            fixed = {}
            for name, values in noise.items():
                fixed[name] = T.TensorType("float32", (False,) * (values.ndim - 1))(name)
                givens[fixed[name]] = theano.shared(values)[index % len(values)]
        p = {name: theano.shared(value, name=name) for name, value in parameters.items()}
        loss, new = define(spec, p, batch, Noise(spec, fixed))
        train = theano.function([index], loss, updates=new, givens=givens)
        train.trust_input = True
        return repeat(lambda i: train(np.asarray(i, dtype="int64")))

    return build


WORKLOADS = {
    "autoencoder_004": build_with(squared_error),
    "vae_002": build_with(vae),
    "autoencoder_784_256": build_with(cross_entropy),
    "gan_003": build_with(gan),
    "mlp": build_with(mlp),
    "da": build_with(da),
    "lenet": build_with(lenet),
    "lstm": build_with(lstm),
    "rbm_cd15": build_with(rbm_cd15),
}
